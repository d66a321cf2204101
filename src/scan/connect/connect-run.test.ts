import { isDeepStrictEqual as isEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { formatAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan } from '#domain/scans/plan.js';
import { NO_RESPONSE } from '#net/probe/ports/outcome.js';
import { createGate, type Gate } from '#net/send/gate.js';
import { createPace, type Pace } from '#net/send/pace.js';
import { MAX_LOCAL_FAILURES } from '#scan/connect/concurrency.js';
import { createConnectEngine, DESCRIPTOR_HEADROOM } from '#scan/connect/connect-engine.js';
import { MAX_PARKED_POSITIONS, MAX_UNREAD_RESULTS, WINDOW_POSITIONS } from '#scan/connect/connect-run.js';
import { type Completed, DRAIN_MS } from '#scan/engine/engine.js';
import {
  CLOSED,
  clock,
  LATENCY_MS,
  read,
  rowsOf,
  run,
  runsOf,
  SimulatedNetwork,
} from '../../../test/support/network/simulated-network.ts';

function perHost(packetsPerSecondPerHost: number): Pace {
  return createPace({ packetsPerSecond: undefined, packetsPerSecondPerHost, clock });
}

function sortedPositions(completed: readonly Completed[]): number[] {
  return completed.map(({ position }) => position).sort((a, b) => a - b);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, position) => position);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('connect engine: asking', () => {
  it('settles every position once and never has more in flight than it may', async () => {
    const network = new SimulatedNetwork(() => CLOSED);
    const reading = read(run(network, { concurrency: 7 }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(reading.isEnded).toBe(true);
    expect(sortedPositions(reading.completed)).toEqual(upTo(100));
    expect(
      reading.completed.every(({ attempts, outcome }) => attempts === 1 && isEqual(outcome, CLOSED)),
    ).toBe(true);
    expect(network.mostInFlight).toBe(7);
    expect(new Set(network.sent.map(({ probe }) => probe.port)).size).toBe(100);
  });

  it('asks its part of the plan alone', async () => {
    const network = new SimulatedNetwork(() => CLOSED);
    const reading = read(run(network, { first: 30, end: 40 }));
    const none = read(run(network, { first: 40, end: 40 }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sortedPositions(reading.completed)).toEqual(upTo(10).map((position) => position + 30));
    expect(none).toMatchObject({ completed: [], isEnded: true });
  });

  it('leaves descriptors to the rest of the process', async () => {
    const network = new SimulatedNetwork(() => CLOSED);
    read(run(network, { concurrency: 1_000, descriptorLimit: DESCRIPTOR_HEADROOM + 4 }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(network.mostInFlight).toBe(4);
  });

  it('leaves a further run of the same process one connection until there is room', async () => {
    const network = new SimulatedNetwork(() => CLOSED);
    const next = runsOf(network, { concurrency: 1_000, descriptorLimit: DESCRIPTOR_HEADROOM + 12 });
    const readings = [read(next()), read(next())];
    expect(network.inFlight).toBe(13);
    await vi.advanceTimersByTimeAsync(LATENCY_MS);
    expect(network.inFlight).toBeLessThanOrEqual(13);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(readings.map(({ isEnded }) => isEnded)).toEqual([true, true]);
    expect(network.mostInFlight).toBe(13);
  });

  it('ends sixteen runs that would each take all descriptors', async () => {
    const network: SimulatedNetwork = new SimulatedNetwork(() =>
      network.inFlight > 40 ? { kind: 'local', code: 'EMFILE' } : CLOSED,
    );
    const next = runsOf(network, { concurrency: 1_000, descriptorLimit: DESCRIPTOR_HEADROOM + 24 });
    const readings = upTo(16).map(() => read(next()));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(readings.map(({ completed, isEnded }) => [completed.length, isEnded])).toEqual(
      upTo(16).map(() => [100, true]),
    );
    expect(network.sent).toHaveLength(1_600);
  });

  it.each([1, 16])('leaves few behind a gap while %i hosts have their share each', async (hosts) => {
    const network = new SimulatedNetwork(() => CLOSED);
    const targets = [`198.18.0.0/${hosts === 1 ? 32 : 28}`];
    const abort = new AbortController();
    // Time goes on while the engine is at work, so no two that wait for one share hear the same delay.
    let calls = 0;
    const ticking = { ...clock, monotonic: () => clock.monotonic() + ((calls++ * 7) % 1_000) / 2_000 };
    const pace = createPace({ packetsPerSecond: undefined, packetsPerSecondPerHost: 40, clock: ticking });
    const setup = { targets, ports: '1-1000', pace, concurrency: 1_000, signal: abort.signal };
    const reading = read(run(network, setup));
    for (let second = 1; second <= 8; second += 1) {
      await vi.advanceTimersByTimeAsync(1_000);
      const positions = new Set(reading.completed.map(({ position }) => position));
      const firstGap = upTo(positions.size + 1).find((position) => !positions.has(position)) ?? 0;
      // What waits is asked from below, so a stop loses little: it keeps what has no gap before it.
      expect(positions.size - firstGap).toBeLessThanOrEqual(hosts === 1 ? 8 : 2 * MAX_PARKED_POSITIONS);
      expect(positions.size).toBeGreaterThan(35 * second * hosts);
    }
    abort.abort();
    await vi.advanceTimersByTimeAsync(DRAIN_MS);
    expect(reading.isEnded).toBe(true);
  });

  it('asks the silent again, as often as told, and no others', async () => {
    const network = new SimulatedNetwork((probe, time) => {
      if (probe.port === 1) return NO_RESPONSE;
      return probe.port === 2 && time === 1 ? NO_RESPONSE : CLOSED;
    });
    const reading = read(run(network, { retries: 2 }));
    await vi.advanceTimersByTimeAsync(1_000);
    const byPort = (port: number) => reading.completed.filter(({ probe }) => probe.port === port);
    expect(byPort(1)).toMatchObject([{ attempts: 3, outcome: NO_RESPONSE }]);
    expect(byPort(2)).toMatchObject([{ attempts: 2, outcome: CLOSED }]);
    expect(byPort(3)).toMatchObject([{ attempts: 1, outcome: CLOSED }]);
  });

  it('asks the silent more often where packets get lost, and misses less than one open port in a thousand', async () => {
    let state = 42;
    const isLost = () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return state / 0x7fff_ffff < 0.05;
    };
    const open = { state: 'open', reason: 'syn-ack' } as const;
    const network = new SimulatedNetwork(({ port }) => {
      if (port % 8 === 0 || isLost() || isLost()) return NO_RESPONSE;
      return port % 3 === 0 && port <= 36_000 ? open : CLOSED;
    });
    const reading = read(run(network, { ports: '1-36000', concurrency: 1_000 }));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(reading).toMatchObject({ isEnded: true, error: undefined });
    expect(sortedPositions(reading.completed)).toEqual(upTo(36_000));
    const truly = reading.completed.filter(({ probe: { port } }) => port % 3 === 0 && port % 8 !== 0);
    expect(truly).toHaveLength(10_500);
    const found = truly.filter(({ outcome }) => isEqual(outcome, open));
    expect(found.length / truly.length).toBeGreaterThanOrEqual(0.999);
  });

  it('asks the silent no more often for the late reports of routers', async () => {
    const filtered = { state: 'filtered', reason: 'host-unreach' } as const;
    const network = new SimulatedNetwork(({ port }, time) => {
      if (port <= 50) return CLOSED;
      return port <= 100 && time === 2 ? filtered : NO_RESPONSE;
    });
    const reading = read(run(network, { ports: '1-200', concurrency: 200 }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(reading.isEnded).toBe(true);
    expect(new Set(reading.completed.map(({ attempts }) => attempts))).toEqual(new Set([1, 2]));
  });

  it('refuses a plan with UDP ports rather than inventing answers', async () => {
    const reading = read(run(new SimulatedNetwork(() => CLOSED), { ports: 'U:53' }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(reading).toMatchObject({ completed: [], isEnded: true, error: { code: 'engine_failed' } });
  });
});

describe('connect engine: bounds', () => {
  it('runs no further ahead of a silent position than its window', async () => {
    const network: SimulatedNetwork = new SimulatedNetwork(() =>
      network.sent.length === 1 ? 'hang' : CLOSED,
    );
    const controller = new AbortController();
    const reading = read(run(network, { ports: '1-65535', concurrency: 5_000, signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(network.sent.length).toBe(WINDOW_POSITIONS);
    expect(reading.completed.length).toBe(WINDOW_POSITIONS - 1);
    controller.abort();
    await vi.advanceTimersByTimeAsync(DRAIN_MS);
    expect(reading.isEnded).toBe(true);
  });

  it('asks nothing new while nobody reads', async () => {
    const network = new SimulatedNetwork(() => CLOSED);
    const iterator = run(network, { ports: '1-65535', concurrency: 500 })[Symbol.asyncIterator]();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(network.sent.length).toBe(MAX_UNREAD_RESULTS);
    const { value } = await iterator.next();
    expect(value).toHaveLength(MAX_UNREAD_RESULTS);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(network.sent.length).toBe(2 * MAX_UNREAD_RESULTS);
    await iterator.return?.();
  });

  it('closes everything when the reader leaves', async () => {
    const network = new SimulatedNetwork(({ port }) => (port % 2 === 0 ? 'hang' : CLOSED));
    const leaving = (async () => {
      for await (const chunk of run(network)) if (chunk.length > 0) break;
    })();
    await vi.advanceTimersByTimeAsync(LATENCY_MS);
    await leaving;
    const sentCount = network.sent.length;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(network.inFlight).toBe(0);
    expect(network.abortedCount).toBeGreaterThan(0);
    expect(network.sent.length).toBe(sentCount);
  });

  it('holds its budgets, and asks other hosts while one has had its share', async () => {
    const network = new SimulatedNetwork(() => CLOSED);
    const pace = createPace({ packetsPerSecond: 100, packetsPerSecondPerHost: 20, clock });
    const reading = read(run(network, { targets: ['198.18.0.0/29'], ports: '1-50', concurrency: 100, pace }));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(network.sent.length).toBeGreaterThan(270);
    expect(network.sent.length).toBeLessThanOrEqual(310);
    const perHost = Map.groupBy(network.sent, ({ probe }) => formatAddress(probe.address));
    for (const sent of perHost.values()) expect(sent.length).toBeLessThanOrEqual(62);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(sortedPositions(reading.completed)).toEqual(upTo(400));
  });
});

describe('connect engine: hosts that have had their share', () => {
  it('do not keep the others waiting', async () => {
    const network = new SimulatedNetwork(() => 'hang');
    const controller = new AbortController();
    read(
      run(network, {
        targets: ['198.18.0.0/29'],
        pace: perHost(10),
        concurrency: 100,
        signal: controller.signal,
      }),
    );
    expect(new Set(network.sent.map(({ probe }) => formatAddress(probe.address))).size).toBe(8);
    expect(network.sent).toHaveLength(8);
    controller.abort();
    await vi.advanceTimersByTimeAsync(DRAIN_MS);
  });

  it('do not make it look ahead without bound', async () => {
    const network = new SimulatedNetwork(() => CLOSED);
    const plan = createPlan({
      targets: AddressSet.parse(['198.18.0.1']),
      ports: parsePorts('1-1000'),
      seed: 1n,
    });
    const locate = vi.spyOn(plan, 'locate');
    const iterator = run(network, { plan, end: plan.positions, pace: perHost(10) })[Symbol.asyncIterator]();
    expect(locate).toHaveBeenCalledTimes(1 + MAX_PARKED_POSITIONS);
    await iterator.return?.();
    await vi.advanceTimersByTimeAsync(LATENCY_MS);
  });
});

describe('connect engine: the gate', () => {
  it('skips what is excluded while it runs, from that moment on', async () => {
    const network = new SimulatedNetwork(() => CLOSED);
    const gate: Gate = createGate({ exclusions: AddressSet.EMPTY });
    const reading = read(run(network, { targets: ['198.18.0.0/30'], gate }));
    await vi.advanceTimersByTimeAsync(10 * LATENCY_MS);
    gate.exclude(AddressSet.parse(['198.18.0.2']));
    const excludedAtMs = performance.now();
    const toExcluded = () =>
      network.sent.filter(({ probe }) => formatAddress(probe.address) === '198.18.0.2');
    const sentBefore = toExcluded().length;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sentBefore).toBeGreaterThan(0);
    expect(toExcluded().length).toBe(sentBefore);
    expect(sortedPositions(reading.completed)).toEqual(upTo(400));
    const skipped = reading.completed.filter(({ outcome }) => outcome === 'skipped');
    expect(skipped).toHaveLength(100 - sentBefore);
    expect(gate.refusedCount).toBe(skipped.length);
    expect(network.sent.some(({ atMs }) => atMs > excludedAtMs)).toBe(true);
  });

  it('concludes nothing of a silent port that was excluded before it was asked again', async () => {
    const gate = createGate({ exclusions: AddressSet.EMPTY });
    const network = new SimulatedNetwork(() => NO_RESPONSE);
    const reading = read(run(network, { ports: '1', gate }));
    gate.exclude(AddressSet.parse(['198.18.0.1']));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(reading.completed).toMatchObject([{ attempts: 1, outcome: 'skipped' }]);
  });
});

describe('connect engine: trouble of this machine', () => {
  it('asks fewer at once when descriptors run out, and loses and invents nothing', async () => {
    const network: SimulatedNetwork = new SimulatedNetwork(() =>
      network.inFlight > 20 ? { kind: 'local', code: 'EMFILE' } : CLOSED,
    );
    const reading = read(run(network, { ports: '1-500', concurrency: 100 }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(reading).toMatchObject({ isEnded: true, error: undefined });
    expect(sortedPositions(reading.completed)).toEqual(upTo(500));
    expect(
      reading.completed.every(({ attempts, outcome }) => attempts === 1 && isEqual(outcome, CLOSED)),
    ).toBe(true);
  });

  it('fails when it lasts, after handing over what it had seen', async () => {
    let isShort = false;
    const network = new SimulatedNetwork(() => (isShort ? { kind: 'local', code: 'EADDRNOTAVAIL' } : CLOSED));
    const reading = read(run(network, { ports: '1-1000' }));
    await vi.advanceTimersByTimeAsync(100);
    isShort = true;
    const answeredCount = network.sent.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(reading.error).toMatchObject({ code: 'engine_failed', facts: { code: 'EADDRNOTAVAIL' } });
    expect(reading.completed).toHaveLength(answeredCount);
    expect(network.sent.length).toBeLessThan(answeredCount + 10 * MAX_LOCAL_FAILURES);
  });

  it('fails when one address alone is forbidden to us, though others answer', async () => {
    const network = new SimulatedNetwork(({ port }) =>
      port === 7 ? { kind: 'local', code: 'EPERM' } : CLOSED,
    );
    const reading = read(run(network, { ports: '1-1000', concurrency: 2 }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(reading.error).toMatchObject({ code: 'engine_failed', facts: { code: 'EPERM', port: 7 } });
    expect(network.sent.filter(({ probe }) => probe.port === 7)).toHaveLength(MAX_LOCAL_FAILURES);
    expect(reading.completed.some(({ probe }) => probe.port === 7)).toBe(false);
  });

  it('hands on what a probe throws', async () => {
    const engine = createConnectEngine({ clock, connect: () => Promise.reject(new TypeError('a defect')) });
    const plan = createPlan({ targets: AddressSet.parse(['198.18.0.1']), ports: parsePorts('1'), seed: 1n });
    const gate = createGate({ exclusions: AddressSet.EMPTY });
    const pace = createPace({ packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, clock });
    const request = { plan, first: 0, end: 1, gate, pace, retries: 0, timeoutMs: 1, concurrency: 1 };
    const reading = read(rowsOf(engine.run(request, new AbortController().signal), request.plan));
    await vi.advanceTimersByTimeAsync(10);
    expect(reading.error).toBeInstanceOf(TypeError);
  });
});

describe('connect engine: stop', () => {
  it('sends nothing more, keeps answers that still come, gives up the others and ends', async () => {
    const controller = new AbortController();
    const network = new SimulatedNetwork(({ port }) => {
      if (port % 3 === 0) return 'hang';
      return port % 3 === 1 ? NO_RESPONSE : CLOSED;
    });
    const reading = read(run(network, { signal: controller.signal, concurrency: 60 }));
    await vi.advanceTimersByTimeAsync(LATENCY_MS - 1);
    controller.abort();
    const sentCount = network.sent.length;
    await vi.advanceTimersByTimeAsync(DRAIN_MS - 1);
    expect(reading.isEnded).toBe(false);
    expect(network.inFlight).toBeGreaterThan(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(reading).toMatchObject({ isEnded: true, error: undefined });
    expect(network.inFlight).toBe(0);
    expect(network.sent.length).toBe(sentCount);
    const answered = network.sent.filter(({ probe }) => probe.port % 3 === 2).map(({ probe }) => probe.port);
    expect(answered.length).toBeGreaterThan(0);
    expect(new Set(reading.completed.map(({ probe }) => probe.port))).toEqual(new Set(answered));
    expect(reading.completed).toHaveLength(answered.length);
  });

  it('ends as soon as nothing is in flight', async () => {
    const controller = new AbortController();
    const network = new SimulatedNetwork(() => CLOSED);
    const reading = read(run(network, { signal: controller.signal }));
    controller.abort();
    await vi.advanceTimersByTimeAsync(LATENCY_MS);
    expect(reading.isEnded).toBe(true);
    expect(reading.completed).toHaveLength(10);
  });

  it('asks nothing when it was stopped before it began', async () => {
    const network = new SimulatedNetwork(() => CLOSED);
    const reading = read(run(network, { signal: AbortSignal.abort() }));
    await vi.advanceTimersByTimeAsync(0);
    expect(reading).toMatchObject({ completed: [], isEnded: true, error: undefined });
    expect(network.sent).toEqual([]);
  });

  it('takes its listener off a signal that outlives it', async () => {
    const { signal } = new AbortController();
    const remove = vi.spyOn(signal, 'removeEventListener');
    read(run(new SimulatedNetwork(() => CLOSED), { signal }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(remove).toHaveBeenCalledOnce();
  });
});
