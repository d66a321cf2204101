import { formatAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan, type Plan, type Probe } from '#domain/scans/plan.js';
import type { Outcome, ProbeResult } from '#net/probe/ports/outcome.js';
import { createGate } from '#net/send/gate.js';
import { createPace } from '#net/send/pace.js';
import { type Connect, createConnectEngine } from '#scan/connect/connect-engine.js';
import type { Completed, EngineRequest } from '#scan/engine/engine.js';
import { type CompletedChunk, completedOf } from '#scan/results/completed-chunk.js';

export const clock = { now: () => Date.now(), monotonic: () => performance.now() };
export const CLOSED: Outcome = { state: 'closed', reason: 'conn-refused' };
/** How long a simulated response takes. */
export const LATENCY_MS = 5;

interface Sent {
  readonly probe: Probe;
  readonly atMs: number;
}

/** A network that responds as configured after `LATENCY_MS`, or not until the wait for it is aborted. */
export class SimulatedNetwork {
  readonly sent: Sent[] = [];
  inFlight = 0;
  mostInFlight = 0;
  abortedCount = 0;
  readonly #times = new Map<string, number>();
  readonly #answer: (probe: Probe, time: number) => ProbeResult | 'hang';

  constructor(answer: (probe: Probe, time: number) => ProbeResult | 'hang') {
    this.#answer = answer;
  }

  readonly connect: Connect = (permit, { signal }) => {
    const { probe } = permit;
    const key = `${formatAddress(probe.address)} ${probe.port}`;
    const time = (this.#times.get(key) ?? 0) + 1;
    this.#times.set(key, time);
    this.sent.push({ probe, atMs: performance.now() });
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    const answer = this.#answer(probe, time);
    return new Promise((resolve) => {
      const end = (result: ProbeResult) => {
        this.inFlight -= 1;
        resolve(result);
      };
      if (answer !== 'hang') setTimeout(end, LATENCY_MS, answer);
      else
        signal.addEventListener('abort', () => {
          this.abortedCount += 1;
          end({ kind: 'aborted', code: 'ABORTED' });
        });
    });
  };
}

export interface Setup extends Partial<EngineRequest> {
  readonly targets?: string[];
  readonly ports?: string;
  readonly signal?: AbortSignal;
  readonly descriptorLimit?: number;
}

/** A connect engine on a simulated network, with a plan of 100 ports of one host unless `setup` specifies another. */
export function run(network: SimulatedNetwork, setup: Setup = {}): AsyncIterable<readonly Completed[]> {
  return runsOf(network, setup)();
}

/** The same for as many calls, all with one engine. */
export function runsOf(
  network: SimulatedNetwork,
  setup: Setup = {},
): () => AsyncIterable<readonly Completed[]> {
  const {
    targets = ['198.18.0.1'],
    ports = '1-100',
    signal = new AbortController().signal,
    descriptorLimit,
  } = setup;
  const plan = createPlan({ targets: AddressSet.parse(targets), ports: parsePorts(ports), seed: 1n });
  const request: EngineRequest = {
    plan,
    first: 0,
    end: plan.positions,
    gate: createGate({ exclusions: AddressSet.EMPTY }),
    pace: createPace({ packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, clock }),
    retries: 1,
    timeoutMs: 1_000,
    concurrency: 10,
    ...setup,
  };
  const engine = createConnectEngine({ clock, descriptorLimit, connect: network.connect });
  return () => rowsOf(engine.run(request, signal), request.plan);
}

/** The chunks of an engine as rows; the engine starts when the iterator is created, before the first read. */
export function rowsOf(
  chunks: AsyncIterable<CompletedChunk>,
  plan: Plan,
): AsyncIterable<readonly Completed[]> {
  return {
    [Symbol.asyncIterator]: () => {
      const source = chunks[Symbol.asyncIterator]();
      return {
        next: async () => {
          const { done, value } = await source.next();
          return done === true
            ? { done, value: undefined }
            : { done: false, value: completedOf(value, plan) };
        },
        return: async () => {
          await source.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** Reads to the end in the background; `error` is what the iteration threw. */
export function read(source: AsyncIterable<readonly Completed[]>) {
  const reading = { completed: [] as Completed[], isEnded: false, error: undefined as unknown };
  const loop = async () => {
    for await (const chunk of source) reading.completed.push(...chunk);
  };
  loop()
    .catch((error: unknown) => {
      reading.error = error;
    })
    .finally(() => {
      reading.isEnded = true;
    });
  return reading;
}
