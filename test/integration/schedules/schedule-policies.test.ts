import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CATCH_UP_RUNS, MAX_WAITING_RUNS } from '#domain/schedules/schedule.js';
import { startableRuns } from '#store/schedules/schedule-runs.js';
import { finishRestored } from '#work/retention/finish-restore.js';
import { beginDueRun } from '#work/schedules/schedule-runs.js';
import { runNow } from '#work/schedules/schedules.js';
import {
  HOUR_MS,
  MINUTE_MS,
  openScheduleLab,
  RETENTION,
  type ScheduleLab,
  START_MS,
} from '../../support/api/schedule-lab.ts';

let lab: ScheduleLab;
beforeEach(async () => {
  lab = await openScheduleLab();
});
afterEach(() => lab.close());

describe('a run that is due while the one before has not ended', () => {
  it('is skipped with an event', async () => {
    await lab.make();
    await lab.runSchedulerAt(START_MS + HOUR_MS);
    await lab.runSchedulerAt(START_MS + 2 * HOUR_MS);
    expect(await lab.statesOf()).toEqual([
      ['01:00', 'running'],
      ['02:00', 'skipped: overlap'],
    ]);
  });

  it('waits where configured, and begins when the other has ended', async () => {
    await lab.make({ overlap: 'queue' });
    await lab.runSchedulerAt(START_MS + HOUR_MS);
    await lab.runSchedulerAt(START_MS + 2 * HOUR_MS);
    await lab.runSchedulerAt(START_MS + 3 * HOUR_MS);
    expect((await lab.statesOf()).map(([, state]) => state)).toEqual(['running', 'pending', 'pending']);
    await lab.endScan('completed');
    await lab.runSchedulerAt(START_MS + 3 * HOUR_MS + MINUTE_MS);
    expect((await lab.statesOf()).map(([, state]) => state)).toEqual(['completed', 'running', 'pending']);
  });

  it('waits only up to a limit', async () => {
    await lab.make({ overlap: 'queue' });
    for (let hour = 1; hour <= MAX_WAITING_RUNS + 3; hour += 1)
      await lab.runSchedulerAt(START_MS + hour * HOUR_MS);
    const states = (await lab.statesOf()).map(([, state]) => state);
    expect(states.filter((state) => state === 'pending')).toHaveLength(MAX_WAITING_RUNS);
    expect(states.at(-1)).toBe('skipped: queue_full');
  });

  it('is skipped while that one is still delayed by its jitter, also where that is longer than allowed', async () => {
    await lab.make({ ...RETENTION, jitterMs: HOUR_MS });
    await lab.runSchedulerAt(START_MS + HOUR_MS);
    // A jitter stored before longer ones were refused may be this long.
    const startsAt = new Date(START_MS + 10 * HOUR_MS);
    await sql`UPDATE schedule_runs SET starts_at = ${startsAt}, state = 'pending', attempt = 0, started_at = NULL,
      finished_at = NULL, owner = NULL, lease_expires_at = NULL`.execute(lab.db.store.read);
    for (let hour = 2; hour <= 4; hour += 1) await lab.runSchedulerAt(START_MS + hour * HOUR_MS);
    expect((await lab.statesOf()).map(([, state]) => state)).toEqual([
      'pending',
      ...Array.from({ length: 3 }, () => 'skipped: overlap'),
    ]);
    await lab.change({ overlap: 'queue' });
    await lab.runSchedulerAt(START_MS + 5 * HOUR_MS);
    expect((await lab.statesOf()).at(-1)).toEqual(['05:00', 'pending']);
  });

  it('is reported only where it has an effect', async () => {
    await lab.make();
    await runNow(lab.context, 'hourly', { actor: 'a user', now: lab.now });
    const reported = async () => {
      const { rows } = await sql`SELECT FROM events WHERE kind = 'schedule.run'`.execute(lab.db.store.read);
      return rows.length;
    };
    const before = await reported();
    const at = { now: new Date(START_MS), tasksToo: true };
    const [run] = await startableRuns(lab.db.store.read, at, 1);
    if (run === undefined) throw new Error('there is a run to begin');
    // The previous run has ended since it was found.
    await beginDueRun(lab.context, { ...run, isOverlap: true }, { nowMs: START_MS, signal: lab.signal });
    expect(await lab.statesOf()).toEqual([['00:00', 'pending']]);
    expect(await reported()).toBe(before);
    await beginDueRun(lab.context, run, { nowMs: START_MS, signal: lab.signal });
    expect(await lab.statesOf()).toEqual([['00:00', 'running']]);
    expect(await reported()).toBe(before + 1);
  });

  it('is refused for a triggered run, and runs beside what is due otherwise', async () => {
    await lab.make({ ...RETENTION, enabled: false });
    await runNow(lab.context, 'hourly', { actor: 'a user', now: lab.now });
    await lab.runSchedulerAt(START_MS + 1);
    expect(await lab.runs()).toMatchObject([{ state: 'completed', cause: 'manual', requestedBy: 'a user' }]);
    await lab.make({ name: 'scans' });
    await runNow(lab.context, 'scans', { actor: 'a user', now: lab.now });
    await lab.runSchedulerAt(START_MS + 2);
    await expect(runNow(lab.context, 'scans', { actor: 'a user', now: lab.now })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('is refused for a triggered run before that one has begun, too, unless it waits for it', async () => {
    await lab.make(RETENTION);
    const probe = () => runNow(lab.context, 'hourly', { actor: 'a user', now: lab.now });
    await probe();
    lab.nowMs += 1;
    await expect(probe()).rejects.toMatchObject({ code: 'conflict' });
    await lab.change({ overlap: 'queue' });
    await probe();
    await lab.runSchedulerAt(lab.nowMs);
    await lab.runSchedulerAt(lab.nowMs + 1);
    expect((await lab.statesOf()).map(([, state]) => state)).toEqual(['completed', 'completed']);
  });
});

describe('times that were due while no scheduler ran', () => {
  const after = START_MS + 30 * HOUR_MS + 30 * MINUTE_MS;

  it('do not run where none is caught up with, and leave an event', async () => {
    await lab.make({ ...RETENTION, catchUp: 'none' });
    await lab.runSchedulerAt(after);
    expect(await lab.runs()).toMatchObject([
      {
        state: 'skipped',
        skipReason: 'missed',
        dueAt: new Date(START_MS + 30 * HOUR_MS),
        missedFrom: new Date(START_MS + HOUR_MS),
      },
    ]);
  });

  it('run once for the latest', async () => {
    await lab.make(RETENTION);
    await lab.runSchedulerAt(after);
    expect(await lab.runs()).toMatchObject([
      {
        state: 'completed',
        cause: 'catch_up',
        dueAt: new Date(START_MS + 30 * HOUR_MS),
        missedFrom: new Date(START_MS + HOUR_MS),
      },
    ]);
  });

  it('run all, one after the other, up to a limit', async () => {
    await lab.make({ ...RETENTION, catchUp: 'all' });
    await lab.runSchedulerAt(after);
    for (let poll = 0; poll < CATCH_UP_RUNS; poll += 1) await lab.runSchedulerAt(after + poll + 1);
    const all = await lab.runs();
    expect(all).toHaveLength(CATCH_UP_RUNS);
    expect(new Set(all.map(({ state }) => state))).toEqual(new Set(['completed']));
    expect(all[0]).toMatchObject({
      dueAt: new Date(START_MS + 7 * HOUR_MS),
      missedFrom: new Date(START_MS + HOUR_MS),
    });
  });
});

describe('a restore', () => {
  it('pauses every schedule and leaves no waiting run, so that nothing is probed because of it', async () => {
    await lab.make({ jitterMs: HOUR_MS });
    await lab.make({ ...RETENTION, name: 'paused before', enabled: false });
    await lab.runSchedulerAt(START_MS + HOUR_MS);
    expect(await lab.statesOf()).toEqual([['01:00', 'pending']]);
    const completed = await lab.context.store.transaction((executor) =>
      finishRestored(lab.context, executor, { revokeKeys: false }),
    );
    expect(completed.stoppedSchedules).toEqual(['hourly']);
    expect(await lab.shown()).toMatchObject({
      enabled: false,
      stoppedReason: expect.stringContaining('restored'),
    });
    await lab.runSchedulerAt(START_MS + 9 * HOUR_MS);
    expect(await lab.statesOf()).toEqual([['01:00', 'failed']]);
  });
});
