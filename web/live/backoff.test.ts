import { describe, expect, it } from 'vitest';
import { retryDelayMs } from './backoff.ts';

describe('retryDelayMs', () => {
  it('doubles from half a second', () => {
    const delays = [0, 1, 2, 3].map((attempt) => retryDelayMs(attempt, () => 1));
    expect(delays).toEqual([500, 1_000, 2_000, 4_000]);
  });

  it('never leaves its bounds, however often it failed and whatever chance says', () => {
    for (const attempt of [0, 5, 40, 5_000]) {
      expect(retryDelayMs(attempt, () => 0)).toBeGreaterThanOrEqual(250);
      expect(retryDelayMs(attempt, () => 1)).toBeLessThanOrEqual(15_000);
    }
  });
});
