import { describe, expect, it } from 'vitest';
import {
  Concurrency,
  localBackoffMs,
  MAX_LOCAL_BACKOFF_MS,
  MAX_LOCAL_FAILURES,
} from '#scan/connect/concurrency.js';

function allowed(concurrency: Concurrency): number {
  let inFlight = 0;
  while (concurrency.allows(inFlight)) inFlight += 1;
  return inFlight;
}

describe('concurrency', () => {
  it('halves what was in flight, once a burst, and rests', () => {
    const concurrency = new Concurrency(1_000);
    expect(concurrency.failed(99, 0)).toBe(true);
    expect(allowed(concurrency)).toBe(50);
    for (let i = 0; i < 100; i += 1) concurrency.failed(98 - i, 5);
    expect(allowed(concurrency)).toBe(50);
    expect(concurrency.restUntilMs).toBe(localBackoffMs(1));
  });

  it('grows by about one a round of answers, never above its ceiling', () => {
    const concurrency = new Concurrency(12);
    concurrency.failed(19, 0);
    expect(allowed(concurrency)).toBe(6);
    for (let i = 0; i < 7; i += 1) concurrency.observed();
    expect(allowed(concurrency)).toBe(7);
    for (let i = 0; i < 1_000; i += 1) concurrency.observed();
    expect(allowed(concurrency)).toBe(12);
  });

  it('gives up after too many failures in a row and keeps at least one probe until then', () => {
    const concurrency = new Concurrency(8);
    const verdicts = Array.from({ length: MAX_LOCAL_FAILURES }, () =>
      concurrency.failed(0, concurrency.restUntilMs),
    );
    expect(verdicts).toEqual([...Array.from({ length: MAX_LOCAL_FAILURES - 1 }, () => true), false]);
    expect(allowed(concurrency)).toBe(1);
  });

  it('starts counting anew at an answer', () => {
    const concurrency = new Concurrency(8);
    for (let i = 0; i < MAX_LOCAL_FAILURES * 3; i += 1) {
      expect(concurrency.failed(0, concurrency.restUntilMs)).toBe(true);
      concurrency.observed();
    }
  });

  it('rests longer each time, within bounds', () => {
    expect([1, 2, 3].map(localBackoffMs)).toEqual([100, 200, 400]);
    expect(localBackoffMs(MAX_LOCAL_FAILURES)).toBe(MAX_LOCAL_BACKOFF_MS);
  });
});
