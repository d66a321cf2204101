import { expect } from 'vitest';
import { AddressSet } from '#domain/addresses/address-set.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan } from '#domain/scans/plan.js';
import type { Clock } from '#domain/time/clock.js';
import { createGate } from '#net/send/gate.js';
import { createPace } from '#net/send/pace.js';
import type { Completed, EngineRequest } from '#scan/engine/engine.js';
import { createRawEngine, type RawEngineName } from '#scan/raw-engine/raw-engine.js';
import { completedOf } from '#scan/results/completed-chunk.js';
import { type Answering, SimulatedWires } from '../network/simulated-wire.ts';

/** More than a busy engine lets pass between two reads of the clock. */
const MOST_BETWEEN_POLLS_MS = 10;

/** Time passes while an engine works or waits, and not while this process waits for a processor. */
function patientClock(): Clock {
  let shownMs = 0;
  let checkedAtMs = performance.now();
  const monotonic = (): number => {
    const nowMs = performance.now();
    shownMs += Math.min(nowMs - checkedAtMs, MOST_BETWEEN_POLLS_MS);
    checkedAtMs = nowMs;
    return shownMs;
  };
  return { now: () => Date.now(), monotonic };
}

export const clock = patientClock();

export interface Setup extends Partial<EngineRequest> {
  readonly name?: RawEngineName;
  readonly targets?: readonly string[];
  readonly ports?: string;
  readonly signal?: AbortSignal;
}

export function requestOf({ targets = ['198.18.0.2'], ports = '1-50', ...more }: Setup): EngineRequest {
  const plan = createPlan({ targets: AddressSet.parse(targets), ports: parsePorts(ports), seed: 5n });
  return {
    plan,
    first: 0,
    end: plan.positions,
    gate: createGate({ exclusions: AddressSet.EMPTY }),
    pace: createPace({ packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, clock }),
    retries: 1,
    timeoutMs: 20,
    concurrency: 1,
    ...more,
  };
}

/** The outcome names of a short scan over a simulated network. */
export async function scan(answer: Answering, setup: Setup = {}) {
  const network = new SimulatedWires(answer);
  const request = requestOf(setup);
  const engine = createRawEngine({
    name: setup.name ?? 'syn',
    clock,
    randomize: (texts) => crypto.getRandomValues(texts),
    openNetwork: () => network,
  });
  const completed: Completed[] = [];
  for await (const chunk of engine.run(request, setup.signal ?? new AbortController().signal))
    completed.push(...completedOf(chunk, request.plan));
  expect(network.openWires.size).toBe(0);
  return { completed, network, engine, request };
}

/** The complete scan over a network that the test created. */
export async function completedOn(network: SimulatedWires, setup: Setup = {}): Promise<Completed[]> {
  const request = requestOf(setup);
  const engine = createRawEngine({ name: 'syn', clock, randomize: () => {}, openNetwork: () => network });
  const completed: Completed[] = [];
  for await (const chunk of engine.run(request, new AbortController().signal))
    completed.push(...completedOf(chunk, request.plan));
  expectComplete(completed, request);
  return completed;
}

export function expectComplete(completed: readonly Completed[], { first, end }: EngineRequest): void {
  const positions = completed.map(({ position }) => position).sort((a, b) => a - b);
  expect(positions).toEqual(Array.from({ length: end - first }, (_, at) => first + at));
}
