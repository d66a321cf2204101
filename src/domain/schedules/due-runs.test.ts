import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextDues } from '#domain/schedules/cron.js';
import { type DueTimes, dueRuns, jitterOf } from '#domain/schedules/due-runs.js';
import { CATCH_UP_RUNS, CATCH_UPS, LATE_MS } from '#domain/schedules/schedule.js';

const MINUTE_MS = 60_000;
const START_MS = Date.parse('2026-03-28T00:00:00Z');
const times = (more: Partial<DueTimes> = {}): DueTimes => ({
  uid: '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47',
  cron: '*/20 * * * *',
  timezone: 'Europe/Berlin',
  catchUp: 'all',
  jitterMs: 0,
  nextDueMs: START_MS,
  ...more,
});

describe('what is due', () => {
  it('is each time once, whenever it is looked at, over a turn of the clock', () => {
    // With a minute more, a look could find one time more than are caught up, and pass it over.
    const later = fc.integer({ min: 1, max: CATCH_UP_RUNS * 20 - 1 });
    const polls = fc.array(later, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(polls, (minutes) => {
        let schedule = times();
        let nowMs = START_MS;
        const dues: number[] = [];
        for (const later of minutes) {
          nowMs += later * MINUTE_MS;
          const { runs, nextDueMs } = dueRuns(schedule, nowMs);
          dues.push(...runs.map(({ dueMs }) => dueMs));
          schedule = times({ nextDueMs });
        }
        expect(dues).toEqual(nextDues(schedule, START_MS - 1, dues.length));
        expect(schedule.nextDueMs).toBeGreaterThan(nowMs);
      }),
      { numRuns: 20, examples: [[[CATCH_UP_RUNS * 20 - 1, 1]]] },
    );
  });

  it('tells of all that is passed over by its first, and of none twice', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CATCH_UPS), fc.integer({ min: 0, max: 1_000 }), (catchUp, later) => {
        const nowMs = START_MS + later * MINUTE_MS;
        const { runs } = dueRuns(times({ catchUp }), nowMs);
        const all = nextDues(times(), START_MS - 1, 1 + Math.floor(later / 20));
        expect(runs.map(({ dueMs }) => dueMs)).toEqual(all.slice(-runs.length));
        expect(runs.length).toBe(Math.min(all.length, catchUp === 'all' ? CATCH_UP_RUNS : 1));
        expect(runs[0]?.missedFromMs).toBe(runs.length < all.length ? START_MS : null);
        for (const run of runs)
          expect(run.skip).toBe(catchUp === 'none' && nowMs - run.dueMs > LATE_MS ? 'missed' : null);
      }),
    );
  });

  it('is nothing before its time', () => {
    expect(dueRuns(times(), START_MS - 1)).toEqual({ runs: [], nextDueMs: START_MS });
  });
});

describe('the jitter', () => {
  it('is the same for whoever computes it, within its bound, and spread over it', () => {
    const { uid } = times();
    const jitters = Array.from({ length: 1_000 }, (_, day) =>
      jitterOf(uid, START_MS + day * 86_400_000, 1_000),
    );
    expect(jitters.every((jitter) => jitter >= 0 && jitter < 1_000)).toBe(true);
    for (const quarter of [0, 250, 500, 750]) {
      const share = jitters.filter((jitter) => jitter >= quarter && jitter < quarter + 250).length;
      expect(share).toBeGreaterThan(180);
    }
    expect(jitterOf(uid, START_MS, 1_000)).toBe(jitterOf(uid, START_MS, 1_000));
    expect(jitterOf(uid, START_MS, 0)).toBe(0);
  });
});
