import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ProbeQueue } from '#discovery/probe-queue.js';
import type { Address } from '#domain/addresses/address.js';
import { createPace, type PaceLimits } from '#net/send/pace.js';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const host = (value: number): Address => ({ family: 4, value: 0xc612_0000n + BigInt(value) });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function queueOf(limits: Partial<PaceLimits> & { concurrency?: number } = {}) {
  const { concurrency = 100, packetsPerSecond, packetsPerSecondPerHost } = limits;
  const abort = new AbortController();
  const pace = createPace({ packetsPerSecond, packetsPerSecondPerHost, clock });
  const queue = new ProbeQueue({ pace, clock, concurrency, signal: abort.signal });
  const started: { host: number; atMs: number }[] = [];
  const probe = (value: number, takesMs = 0) =>
    queue.probe(host(value), () => {
      started.push({ host: value, atMs: performance.now() });
      return new Promise<number>((resolve) => {
        setTimeout(resolve, takesMs, value);
      });
    });
  return { probe, started, abort };
}

describe('the queue of a discovery run', () => {
  test('gives each probe its own response', async () => {
    const { probe } = queueOf();
    const answers = Promise.all([probe(1, 30), probe(2, 10), probe(3, 20)]);
    await vi.advanceTimersByTimeAsync(30);
    await expect(answers).resolves.toEqual([1, 2, 3]);
  });

  test('has no more in flight than its concurrency', async () => {
    const { probe, started } = queueOf({ concurrency: 3 });
    const all = Promise.all(Array.from({ length: 10 }, (_, at) => probe(at, 100)));
    await vi.advanceTimersByTimeAsync(99);
    expect(started).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(301);
    await all;
    expect(started).toHaveLength(10);
  });

  test('keeps the pace', async () => {
    const { probe, started } = queueOf({ packetsPerSecond: 100 });
    const all = Promise.all(Array.from({ length: 100 }, (_, at) => probe(at)));
    await vi.advanceTimersByTimeAsync(500);
    expect(started.length).toBeGreaterThan(40);
    expect(started.length).toBeLessThanOrEqual(60);
    await vi.advanceTimersByTimeAsync(700);
    await all;
  });

  test('lets a host over its rate delay no other host', async () => {
    const { probe, started } = queueOf({ packetsPerSecondPerHost: 10 });
    const all = Promise.all([...Array.from({ length: 5 }, () => probe(1)), probe(2), probe(3)]);
    await vi.advanceTimersByTimeAsync(10);
    expect(started.map((one) => one.host)).toEqual([1, 2, 3]);
    await vi.advanceTimersByTimeAsync(500);
    await all;
    const times = started.filter((one) => one.host === 1).map(({ atMs }) => atMs);
    expect(times).toHaveLength(5);
    for (const [at, time] of times.entries()) {
      if (at > 0) expect(time - (times[at - 1] ?? 0)).toBeGreaterThanOrEqual(100);
    }
  });

  test('starts no probe after an abort, and resolves those that wait', async () => {
    const { probe, started, abort } = queueOf({ packetsPerSecond: 10, packetsPerSecondPerHost: 10 });
    const all = Promise.all([probe(1), probe(1), probe(2), probe(3)]);
    await vi.advanceTimersByTimeAsync(1);
    abort.abort();
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(all).resolves.toEqual([1, undefined, undefined, undefined]);
    await expect(probe(4)).resolves.toBeUndefined();
    expect(started).toHaveLength(1);
  });

  test('passes on what a probe throws', async () => {
    const pace = createPace({ packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, clock });
    const queue = new ProbeQueue({ pace, clock, concurrency: 1, signal: new AbortController().signal });
    const failing = queue.probe(host(1), () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    await expect(queue.probe(host(2), () => Promise.resolve('fine'))).resolves.toBe('fine');
  });
});
