import type { Clock } from '#domain/clock.js';
import { ScanoramaError } from '#domain/error.js';
import { createPlan } from '#domain/plan.js';
import type { EngineName } from '#domain/scan-type.js';
import type { Engine } from '#scan/engine.js';
import type { MissingEngine, ProbeOrder, ProbeRun, Prober, ProberFacts, ProberSurvey } from '#scan/prober.js';
import type { SettledChunk } from '#scan/settled-chunk.js';
import { Freshness } from '#send/freshness.js';
import { createGate, type Gate } from '#send/gate.js';
import { heldPace } from '#send/held-pace.js';
import type { ScanPaces } from '#send/scan-pace.js';

export interface LocalProberParts {
  readonly engines: readonly Engine[];
  readonly missing: readonly MissingEngine[];
  readonly paces: ScanPaces;
  readonly clock: Clock;
  readonly facts: ProberFacts;
  /** Makes of an engine one that asks live hosts alone; absent where hosts cannot be swept. */
  readonly onlyLiveHosts?: (engine: Engine, order: ProbeOrder) => Engine;
  /** Makes of an engine one that asks open ports what the order wants to know; absent where nobody wants to. */
  readonly collecting?: (engine: Engine, order: ProbeOrder) => Engine;
}

/** Engines in this very process: each order gets its plan, a gate of its own and the pace of its scan. */
export function createLocalProber(parts: LocalProberParts): Prober {
  const { engines, missing, paces, clock, facts, onlyLiveHosts, collecting = asItIs } = parts;
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
      return {
        exclude: (more) => gate.exclude(more),
        renew: (goodUntilMs) => gate.freshness.renew(goodUntilMs),
        [Symbol.asyncIterator]: () => {
          const engine = engines.find(({ name }) => name === order.engine);
          if (engine === undefined) return failing(missingEngineError(survey, order.engine));
          if (order.liveHosts && onlyLiveHosts === undefined) return failing(noSweepError(facts));
          const meant = order.liveHosts ? (onlyLiveHosts ?? asItIs)(engine, order) : engine;
          return start(collecting(meant, order), { order, gate, paces, signal });
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
    hint: 'Ask `scanorama doctor` which there are.',
    facts: { engine: name },
  });
}

/** What looking for live hosts comes to where they cannot be swept. */
export function noSweepError({ platform, where }: ProberFacts): ScanoramaError {
  return new ScanoramaError(
    'engine_unavailable',
    'Which hosts are alive can be found out only in a prober process of its own on Linux, and there is none here.',
    {
      hint:
        platform === 'linux' && where === 'in-process'
          ? 'Start Scanorama without SCANORAMA_PROBER=in-process: `unset SCANORAMA_PROBER`. Or scan all hosts.'
          : 'Scan all hosts, without `--live-hosts`.',
      at: '--live-hosts',
    },
  );
}

interface Start {
  readonly order: ProbeOrder;
  readonly gate: Gate;
  readonly paces: ScanPaces;
  readonly signal: AbortSignal;
}

/** Written out instead of a generator, so that a reader that leaves is heard at once, also while it waits. */
function start(engine: Engine, { order, gate, paces, signal }: Start): AsyncIterator<SettledChunk> {
  const plan = createPlan(order.plan);
  const { first, end, retries, timeoutMs, concurrency, rate, sweep } = order;
  const lent = paces.lend(order.scan, order.rate);
  const nmap = order.nmap === undefined ? undefined : { detection: order.nmap, rate, budget: lent.pace };
  const pace = heldPace(lent.pace, gate.freshness);
  const request = { plan, first, end, gate, pace, retries, timeoutMs, concurrency, nmap, sweep };
  const chunks = engine.run(request, signal)[Symbol.asyncIterator]();
  let isGivenBack = false;
  const giveBack = (): void => {
    if (!isGivenBack) lent.giveBack();
    isGivenBack = true;
  };
  return {
    async next() {
      try {
        const result = await chunks.next();
        if (result.done === true) giveBack();
        return result;
      } catch (error) {
        giveBack();
        throw error;
      }
    },
    async return() {
      giveBack();
      await chunks.return?.();
      return { done: true, value: undefined };
    },
  };
}

function failing(reason: ScanoramaError): AsyncIterator<SettledChunk> {
  return { next: () => Promise.reject(reason) };
}
