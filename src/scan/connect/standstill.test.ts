import { isDeepStrictEqual as isEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AddressSet } from '#domain/addresses/address-set.js';
import { NO_RESPONSE } from '#net/probe/ports/outcome.js';
import { Freshness } from '#net/send/exclusion-freshness.js';
import { HELD_POLL_MS } from '#net/send/exclusion-pace.js';
import { createGate } from '#net/send/gate.js';
import { MAX_HOLD_MS } from '#scan/impostors/rules.js';
import {
  CLOSED,
  clock,
  LATENCY_MS,
  read,
  run,
  SimulatedNetwork,
} from '../../../test/support/network/simulated-network.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('connect engine: exclusions that are too old to send by', () => {
  it('sends nothing then, takes the answers in flight, settles nothing for it, and goes on by itself', async () => {
    const network = new SimulatedNetwork(({ port }, time) =>
      port === 9 && time === 1 ? NO_RESPONSE : CLOSED,
    );
    const freshness = new Freshness(clock);
    freshness.renew(performance.now() + 4 * LATENCY_MS);
    const gate = createGate({ exclusions: AddressSet.EMPTY, freshness });
    const reading = read(run(network, { gate }));
    await vi.advanceTimersByTimeAsync(4 * LATENCY_MS + 1);
    const sentBefore = network.sent.length;
    expect(sentBefore).toBeGreaterThan(0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(network.sent).toHaveLength(sentBefore);
    expect(network.inFlight).toBe(0);
    expect(reading.isEnded).toBe(false);
    const endedBefore = reading.completed.length;
    expect(endedBefore).toBeGreaterThanOrEqual(sentBefore - 1);
    freshness.renew(performance.now() + 60_000);
    await vi.advanceTimersByTimeAsync(HELD_POLL_MS + 1);
    expect(network.sent.length).toBeGreaterThan(sentBefore);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(reading.isEnded).toBe(true);
    expect(new Set(reading.completed.map(({ position }) => position)).size).toBe(100);
    expect(reading.completed).toHaveLength(100);
    expect(reading.completed.every(({ outcome }) => isEqual(outcome, CLOSED))).toBe(true);
  });

  it('believes no host because nobody could be asked for longer than an answer is waited for', async () => {
    const network = new SimulatedNetwork(() => ({ state: 'open', reason: 'syn-ack' }));
    const freshness = new Freshness(clock);
    freshness.renew(performance.now() + LATENCY_MS / 2);
    const gate = createGate({ exclusions: AddressSet.EMPTY, freshness });
    const reading = read(run(network, { ports: '1-10', gate }));
    await vi.advanceTimersByTimeAsync(4 * MAX_HOLD_MS);
    expect(network.sent).toHaveLength(10);
    expect(reading.completed).toEqual([]);
    freshness.renew(performance.now() + 60_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(reading.completed).toHaveLength(10);
    for (const { outcome } of reading.completed)
      expect(outcome).toMatchObject({ state: 'unknown', reason: 'answers-all' });
  });
});
