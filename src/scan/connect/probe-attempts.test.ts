import { describe, expect, it } from 'vitest';
import {
  Attempts,
  LEAST_MEASURED_ANSWERS,
  MAX_PROBE_ATTEMPTS,
  MISSED_SHARE,
} from '#scan/connect/probe-attempts.js';

function measured(lossShare: number, answers: number, retries = 1): Attempts {
  const attempts = new Attempts(retries);
  for (let answer = 0; answer < answers; answer += 1) attempts.answered(answer < lossShare * answers ? 2 : 1);
  return attempts;
}

describe('Attempts', () => {
  it('asks as often as was wished while nothing is lost', () => {
    expect(measured(0, 1_000, 0).needed).toBe(1);
    expect(measured(0, 1_000, 3).needed).toBe(4);
    expect(new Attempts(1).needed).toBe(2);
  });

  it('asks no more often than was wished before it has measured', () => {
    for (const answers of [1, 2, LEAST_MEASURED_ANSWERS - 1]) {
      expect(measured(1, answers, 1).needed).toBe(2);
      expect(measured(0.5, answers, 3).needed).toBe(4);
    }
    expect(measured(1, LEAST_MEASURED_ANSWERS, 1).needed).toBe(MAX_PROBE_ATTEMPTS);
  });

  it.each([0.01, 0.05, 0.0975, 0.2, 0.3])('asks often enough at a loss of %d', (lossShare) => {
    const { needed } = measured(lossShare, 10_000);
    expect(lossShare ** needed).toBeLessThanOrEqual(MISSED_SHARE);
    expect(needed).toBeLessThanOrEqual(MAX_PROBE_ATTEMPTS);
  });

  it('stops at the cap, and at the wish where that is more', () => {
    expect(measured(0.9, 1_000).needed).toBe(MAX_PROBE_ATTEMPTS);
    expect(measured(0.9, 1_000, 20).needed).toBe(21);
  });

  it('forgets a loss that is over', () => {
    const attempts = measured(0.2, 20_000);
    for (let answer = 0; answer < 200_000; answer += 1) attempts.answered(1);
    expect(attempts.lossShare).toBeLessThan(0.01);
  });
});
