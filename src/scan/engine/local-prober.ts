import { ScanoramaError } from '#domain/errors/error.js';
import { createPlan } from '#domain/scans/plan.js';
import type { EngineName } from '#domain/scans/scan-type.js';
import type { Clock } from '#domain/time/clock.js';
import { Freshness } from '#net/send/exclusion-freshness.js';
import { heldPace } from '#net/send/exclusion-pace.js';
import { createGate, type Gate } from '#net/send/gate.js';
import type { Pace } from '#net/send/pace.js';
import type { LentPace, RateTerms, ScanPaces } from '#net/send/scan-pace.js';
import type { Engine } from '#scan/engine/engine.js';
import type {
  MissingEngine,
  ProbeOrder,
  ProbeRun,
  Prober,
  ProberFacts,
  ProberSurvey,
} from '#scan/engine/prober.js';
import type { CompletedChunk } from '#scan/results/completed-chunk.js';

export interface LocalProberParts {
  readonly engines: readonly Engine[];
  readonly missing: readonly MissingEngine[];
  readonly paces: ScanPaces;
  readonly clock: Clock;
  readonly facts: ProberFacts;
  /** Makes of an engine one that asks live hosts alone; absent where hosts cannot be swept. */
  readonly onlyLiveHosts?: (engine: Engine, order: ProbeOrder) => Engine;
  /** Makes of an engine one that asks open ports what the order wants to know; absent where nobody wants to. */
  readonly enriching?: (engine: Engine, order: ProbeOrder) => Engine;
}

/** Engines in this very process: each order gets its plan, a gate of its own and the pace of its scan. */
export function createLocalProber(parts: LocalProberParts): Prober {
  const { engines, missing, paces, clock, facts, onlyLiveHosts, enriching = asItIs } = parts;
  const survey: ProberSurvey = {
    available: engines.map(({ name, protocols }) => ({ name, protocols })),
    missing,
    facts,
  };
  return {
    survey: () => Promise.resolve(survey),
    close: () => Promise.resolve(),
    run(order, signal): ProbeRun {
      const gate = gateOf(order, clock);
      const rates = new OrderRates(order, paces);
      return {
        exclude: (more) => gate.exclude(more),
        renew: (goodUntilMs, terms) => {
          // Slower first: with the old terms nothing may leave that only the new instant allows.
          if (terms !== undefined) rates.renew(terms);
          gate.freshness.renew(goodUntilMs);
        },
        [Symbol.asyncIterator]: () => {
          const engine = engines.find(({ name }) => name === order.engine);
          if (engine === undefined) return failing(missingEngineError(survey, order.engine));
          if (order.liveHosts && onlyLiveHosts === undefined) return failing(discoveryUnavailable(facts));
          const meant = order.liveHosts ? (onlyLiveHosts ?? asItIs)(engine, order) : engine;
          return start(enriching(meant, order), { order, gate, rates, signal });
        },
      };
    },
  };
}

function asItIs(engine: Engine): Engine {
  return engine;
}

function gateOf({ exclusions, exclusionsGoodUntilMs }: ProbeOrder, clock: Clock): Gate {
  if (exclusionsGoodUntilMs === null) return createGate({ exclusions });
  const freshness = new Freshness(clock);
  freshness.renew(exclusionsGoodUntilMs);
  return createGate({ exclusions, freshness });
}

/** What asking for an engine comes to that is not available. */
export function missingEngineError({ missing }: ProberSurvey, name: EngineName): ScanoramaError {
  const known = missing.find((engine) => engine.name === name);
  if (known !== undefined) {
    return new ScanoramaError(known.code, known.message, { hint: known.hint, facts: { engine: name } });
  }
  return new ScanoramaError('engine_unavailable', `There is no ${name} engine on this machine.`, {
    hint: '`scanorama doctor` says which there are.',
    facts: { engine: name },
  });
}

/** What looking for live hosts comes to where they cannot be swept. */
export function discoveryUnavailable({ platform, where }: ProberFacts): ScanoramaError {
  return new ScanoramaError(
    'engine_unavailable',
    'Which hosts are alive can be found out only in a prober process of its own on Linux, and there is none here.',
    {
      hint:
        platform === 'linux' && where === 'in-process'
          ? 'Start Scanorama without SCANORAMA_PROBER=in-process: `unset SCANORAMA_PROBER`. Or scan all hosts.'
          : 'Scan all hosts instead.',
      at: '--live-hosts',
    },
  );
}

/** The pace of an order, from its begin to its end by the newest terms. */
class OrderRates {
  readonly #order: ProbeOrder;
  readonly #paces: ScanPaces;
  #terms: RateTerms | undefined;
  #lent: LentPace | undefined;

  constructor(order: ProbeOrder, paces: ScanPaces) {
    this.#order = order;
    this.#paces = paces;
    this.#terms = order.terms;
  }

  lend(): Pace {
    this.#lent ??= this.#paces.lend(this.#order.scan, this.#order.rate, this.#terms);
    return this.#lent.pace;
  }

  renew(terms: RateTerms): void {
    this.#terms = terms;
    this.#lent?.renew(terms);
  }

  /** Once. */
  giveBack(): void {
    this.#lent?.giveBack();
    this.#lent = undefined;
  }
}

interface Start {
  readonly order: ProbeOrder;
  readonly gate: Gate;
  readonly rates: OrderRates;
  readonly signal: AbortSignal;
}

/** Written out instead of a generator, so that a reader that leaves is heard at once, also while it waits. */
function start(engine: Engine, { order, gate, rates, signal }: Start): AsyncIterator<CompletedChunk> {
  const plan = createPlan(order.plan);
  const { first, end, retries, timeoutMs, concurrency, rate, discovery } = order;
  const lent = rates.lend();
  const nmap = order.nmap === undefined ? undefined : { detection: order.nmap, rate, budget: lent };
  const pace = heldPace(lent, gate.freshness);
  const request = { plan, first, end, gate, pace, retries, timeoutMs, concurrency, nmap, discovery };
  const chunks = engine.run(request, signal)[Symbol.asyncIterator]();
  return {
    async next() {
      try {
        const result = await chunks.next();
        if (result.done === true) rates.giveBack();
        return result;
      } catch (error) {
        rates.giveBack();
        throw error;
      }
    },
    async return() {
      rates.giveBack();
      await chunks.return?.();
      return { done: true, value: undefined };
    },
  };
}

function failing(reason: ScanoramaError): AsyncIterator<CompletedChunk> {
  return { next: () => Promise.reject(reason) };
}
