import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CATCH_UP_RUNS, MAX_WAITING_RUNS, type ScanWhat } from '#domain/schedule.js';
import { createScheduler, type Scheduler } from '#jobs/scheduler.js';
import { listRuns, type RunView } from '#store/schedule-runs.js';
import { findScheduleView, type ScheduleView } from '#store/schedules.js';
import type { WorkContext } from '#work/context.js';
import { purgeScan } from '#work/delete-scan.js';
import type { ScheduleTools } from '#work/schedule-kinds.js';
import {
  changeSchedule,
  createSchedule,
  removeSchedule,
  runNow,
  type ScheduleOrder,
} from '#work/schedules.js';
import { cancelScan, failScan } from '#work/settle-scan.js';
import { openTestDatabase, type TestDatabase } from '../database.ts';
import { createWorkContext } from '../work-context.ts';
import { openTestWorker, settled } from '../worker.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START_MS = Date.parse('2026-06-01T00:00:00Z');
const signal = new AbortController().signal;

let db: TestDatabase;
let context: WorkContext;
let nowMs = START_MS;
const now = () => Promise.resolve(nowMs);
let retention: ScheduleTools['applyRetention'];
let scheduler: Scheduler;

beforeEach(async () => {
  db = await openTestDatabase();
  context = createWorkContext(db.store);
  nowMs = START_MS;
  retention = () => Promise.resolve();
  scheduler = schedulerOf(context);
});
afterEach(async () => {
  await scheduler.close();
  await db.close();
});

function schedulerOf(of: WorkContext): Scheduler {
  const tools: ScheduleTools = {
    verifyRuns: { join: () => Promise.reject(new Error('nobody verifies here')) },
    applyRetention: (...parts) => retention(...parts),
  };
  return createScheduler(of, { tools, now });
}

const WHAT: ScanWhat = {
  targets: ['127.0.60.1'],
  exclude: [],
  settings: { ports: '1' },
  outsideScope: false,
  confirmLarge: false,
  confirmUnscoped: true,
};

function order(more: Partial<ScheduleOrder> = {}): ScheduleOrder {
  return {
    name: 'hourly',
    description: null,
    wish: { kind: 'scan', what: WHAT },
    site: 'default',
    profile: null,
    cron: '0 * * * *',
    zone: 'UTC',
    catchUp: 'latest',
    overlap: 'skip',
    enabled: true,
    jitterMs: 0,
    maxFailures: null,
    retries: 0,
    retryDelayMs: MINUTE_MS,
    actor: 'test',
    ...more,
  };
}

const RETENTION: Partial<ScheduleOrder> = { wish: { kind: 'retention', what: {} }, site: null };
const make = (more: Partial<ScheduleOrder> = {}) => createSchedule(context, order(more), { signal, now });
const change = (more: Parameters<typeof changeSchedule>[2]['change'], name = 'hourly') =>
  changeSchedule(context, name, { change: more, actor: 'test', signal, now });
const shown = (name = 'hourly'): Promise<ScheduleView> => findScheduleView(db.store.read, name);
async function runs(name = 'hourly'): Promise<readonly RunView[]> {
  const { id } = await shown(name);
  return (await listRuns(db.store.read, id, { limit: 1_000, offset: 0 })).toReversed();
}
const statesOf = async (name?: string) =>
  (await runs(name)).map(({ dueAt, state, skipReason }) => [
    dueAt.toISOString().slice(11, 16),
    skipReason === null ? state : `skipped: ${skipReason}`,
  ]);

/** Looks until nothing moves by itself any more. */
async function lookAt(instantMs: number): Promise<void> {
  nowMs = instantMs;
  await scheduler.look(signal);
  await expect.poll(openTasks).toBe(0);
}

async function openTasks(): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM schedule_runs WHERE state = 'running' AND owner IS NOT NULL`.execute(
    db.store.read,
  );
  return rows[0]?.count ?? 0;
}

/** Ends the scan that a schedule started last. */
async function endScan(how: 'failed' | 'stopped' | 'completed'): Promise<void> {
  const uid = (await runs()).findLast(({ scans }) => scans.length > 0)?.scans[0]?.uid ?? '';
  if (how === 'failed') await failScan(context, uid, { code: 'engine_failed', message: 'The engine broke.' });
  else if (how === 'stopped') {
    await sql`UPDATE scan_jobs SET stop_requested_at = now() WHERE uid = ${uid}`.execute(db.store.read);
    await cancelScan(context, uid, true);
  } else {
    await sql`UPDATE scan_jobs SET status = 'running', started_at = clock_timestamp() WHERE uid = ${uid}`.execute(
      db.store.read,
    );
    await sql`UPDATE scan_jobs SET status = 'completed', completed_at = clock_timestamp() WHERE uid = ${uid}`.execute(
      db.store.read,
    );
  }
}

describe('a due time', () => {
  it('becomes a run with its scan, visible while it runs, and ends with it', async () => {
    const schedule = await make();
    expect(schedule.nextDueAt?.toISOString()).toBe('2026-06-01T01:00:00.000Z');
    await lookAt(START_MS + HOUR_MS - 1);
    expect(await runs()).toEqual([]);
    await lookAt(START_MS + HOUR_MS);
    const [run] = await runs();
    expect(run).toMatchObject({ state: 'running', attempt: 1, cause: 'due', scans: [{ status: 'pending' }] });
    const { rows } = await sql<{ name: string; by: string; schedule: string }>`
      SELECT name, created_by AS by, schedule_name AS schedule FROM scan_jobs`.execute(db.store.read);
    expect(rows).toEqual([{ name: 'hourly', by: 'schedule:hourly', schedule: 'hourly' }]);
    await endScan('completed');
    await lookAt(START_MS + HOUR_MS + MINUTE_MS);
    expect(await runs()).toMatchObject([{ state: 'completed', scans: [{ status: 'completed' }] }]);
    expect((await shown()).nextDueAt?.toISOString()).toBe('2026-06-01T02:00:00.000Z');
  });

  it('is run by a worker as any scan', async () => {
    const worker = await openTestWorker(db);
    try {
      await make();
      await lookAt(START_MS + HOUR_MS);
      const [run] = await runs();
      const uid = run?.scans[0]?.uid ?? '';
      expect(await settled(context, uid)).toMatchObject({ status: 'completed', scheduleName: 'hourly' });
      await lookAt(START_MS + HOUR_MS + MINUTE_MS);
      expect(await statesOf()).toEqual([['01:00', 'completed']]);
    } finally {
      await worker.close();
    }
  });

  it('has one run, however many schedulers look at once', async () => {
    await make();
    const others = ['two', 'three', 'four'].map((owner) =>
      schedulerOf(createWorkContext(db.store, { owner })),
    );
    nowMs = START_MS + HOUR_MS;
    await Promise.all([scheduler, ...others].flatMap((each) => [each.look(signal), each.look(signal)]));
    expect(await statesOf()).toEqual([['01:00', 'running']]);
    const { rows } = await sql`SELECT FROM scan_jobs`.execute(db.store.read);
    expect(rows).toHaveLength(1);
    await Promise.all(others.map((each) => each.close()));
  });

  it('begins later by its jitter, the same for whoever looks', async () => {
    await make({ ...RETENTION, jitterMs: 30 * MINUTE_MS });
    await lookAt(START_MS + HOUR_MS);
    const [run] = await runs();
    expect(run?.state).toBe('pending');
    const startsMs = run?.startsAt.getTime() ?? 0;
    expect(startsMs).toBeGreaterThan(START_MS + HOUR_MS);
    await lookAt(startsMs - 1);
    expect(await statesOf()).toEqual([['01:00', 'pending']]);
    await lookAt(startsMs);
    expect(await statesOf()).toEqual([['01:00', 'completed']]);
  });
});

describe('a change', () => {
  it('of times, of being enabled, and of what is done is in force at the next look of any program', async () => {
    await make();
    const other = schedulerOf(createWorkContext(db.store, { owner: 'other' }));
    await change({ cron: '30 0 * * *' });
    nowMs = START_MS + 30 * MINUTE_MS;
    await other.look(signal);
    expect(await statesOf()).toEqual([['00:30', 'running']]);
    await endScan('failed');
    await change({
      cron: '*/10 * * * *',
      wish: { kind: 'scan', what: { ...WHAT, targets: ['127.0.60.9'] } },
    });
    await lookAt(START_MS + 40 * MINUTE_MS);
    const { rows } = await sql<{
      targets: string[];
    }>`SELECT targets FROM scan_jobs ORDER BY id DESC LIMIT 1`.execute(db.store.read);
    expect(rows).toEqual([{ targets: ['127.0.60.9'] }]);
    await change({ enabled: false });
    nowMs = START_MS + HOUR_MS;
    await other.look(signal);
    await lookAt(START_MS + 2 * HOUR_MS);
    expect(await statesOf()).toHaveLength(2);
    await change({ enabled: true });
    expect((await shown()).nextDueAt?.toISOString()).toBe('2026-06-01T02:10:00.000Z');
    await other.close();
  });

  it('skips what waits by other times, and all that waits of a schedule that is paused', async () => {
    await make({ ...RETENTION, jitterMs: HOUR_MS });
    await lookAt(START_MS + HOUR_MS);
    await change({ cron: '0 5 * * *' });
    expect(await statesOf()).toEqual([['01:00', 'skipped: changed']]);
    await lookAt(START_MS + 5 * HOUR_MS);
    await change({ enabled: false });
    expect(await statesOf()).toEqual([
      ['01:00', 'skipped: changed'],
      ['05:00', 'skipped: paused'],
    ]);
  });

  it('that was thought of before another one is refused', async () => {
    const { revision } = await make();
    await change({ description: 'first' });
    await expect(change({ description: 'second', revision })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('leaves the scans of a schedule that is removed, with its name', async () => {
    await make();
    await lookAt(START_MS + HOUR_MS);
    await removeSchedule(context, 'HOURLY', 'test');
    const { rows } = await sql`SELECT schedule_run_id AS run, schedule_name AS name FROM scan_jobs`.execute(
      db.store.read,
    );
    expect(rows).toEqual([{ run: null, name: 'hourly' }]);
    await scheduler.look(signal);
  });
});

describe('a run that fails', () => {
  it('is tried again as often as it may, leaves a trace, and stops the schedule after the set number', async () => {
    await make({ retries: 1, maxFailures: 2 });
    await lookAt(START_MS + HOUR_MS);
    await endScan('failed');
    await lookAt(START_MS + HOUR_MS + 1);
    expect(await runs()).toMatchObject([{ state: 'pending', attempt: 1, errorCode: 'engine_failed' }]);
    await lookAt(START_MS + HOUR_MS + 1 + MINUTE_MS);
    const [run] = await runs();
    expect(run).toMatchObject({ state: 'running', attempt: 2, scans: [{}, { status: 'failed' }] });
    await endScan('failed');
    await lookAt(START_MS + HOUR_MS + 5 * MINUTE_MS);
    expect(await runs()).toMatchObject([
      { state: 'failed', attempt: 2, errorCode: 'engine_failed', errorMessage: 'The engine broke.' },
    ]);
    expect(await shown()).toMatchObject({ enabled: true, failures: 1 });
    await lookAt(START_MS + 2 * HOUR_MS);
    await endScan('failed');
    await lookAt(START_MS + 2 * HOUR_MS + 1);
    await lookAt(START_MS + 2 * HOUR_MS + 5 * MINUTE_MS);
    await endScan('failed');
    await lookAt(START_MS + 2 * HOUR_MS + 6 * MINUTE_MS);
    expect(await shown()).toMatchObject({
      enabled: false,
      failures: 2,
      nextDueAt: null,
      stoppedReason: 'Its last 2 runs failed: The engine broke.',
    });
    const { rows } =
      await sql`SELECT payload->>'name' AS name FROM events WHERE kind = 'schedule.stopped'`.execute(
        db.store.read,
      );
    expect(rows).toEqual([{ name: 'hourly' }]);
    await lookAt(START_MS + 9 * HOUR_MS);
    expect(await statesOf()).toHaveLength(2);
    await change({ enabled: true });
    expect(await shown()).toMatchObject({ enabled: true, failures: 0, stoppedReason: null });
  });

  it('before it could begin leaves the same trace', async () => {
    await make();
    await sql`UPDATE schedules SET what = jsonb_set(what, '{targets}', '["network:gone"]')`.execute(
      db.store.read,
    );
    await lookAt(START_MS + HOUR_MS);
    expect(await runs()).toMatchObject([{ state: 'failed', attempt: 1, errorCode: 'not_found', scans: [] }]);
    expect((await runs())[0]?.errorMessage).toMatch(/network.*gone/);
    const { rows } = await sql`SELECT FROM scan_jobs`.execute(db.store.read);
    expect(rows).toEqual([]);
  });

  it('counts no more once one succeeds, and a scan that somebody stops is no failure', async () => {
    await make({ maxFailures: 2, retries: 3 });
    await lookAt(START_MS + HOUR_MS);
    await endScan('stopped');
    await lookAt(START_MS + HOUR_MS + 1);
    expect(await statesOf()).toEqual([['01:00', 'cancelled']]);
    expect(await shown()).toMatchObject({ failures: 0, enabled: true });
    await sql`UPDATE schedules SET failures = 1`.execute(db.store.read);
    await lookAt(START_MS + 2 * HOUR_MS);
    await endScan('completed');
    await lookAt(START_MS + 2 * HOUR_MS + 1);
    expect(await shown()).toMatchObject({ failures: 0 });
  });

  it('whose scan was purged has failed, and holds nothing up', async () => {
    await make();
    await lookAt(START_MS + HOUR_MS);
    const uid = (await runs())[0]?.scans[0]?.uid ?? '';
    await failScan(context, uid, { code: 'engine_failed', message: 'The engine broke.' });
    await purgeScan(context, uid, 'test');
    await lookAt(START_MS + HOUR_MS + 1);
    expect(await runs()).toMatchObject([{ state: 'failed', errorCode: 'interrupted', scans: [] }]);
  });
});

describe('a run that is due while the one before has not ended', () => {
  it('is skipped with a trace', async () => {
    await make();
    await lookAt(START_MS + HOUR_MS);
    await lookAt(START_MS + 2 * HOUR_MS);
    expect(await statesOf()).toEqual([
      ['01:00', 'running'],
      ['02:00', 'skipped: overlap'],
    ]);
  });

  it('waits where that is wanted, and begins when the other has ended', async () => {
    await make({ overlap: 'queue' });
    await lookAt(START_MS + HOUR_MS);
    await lookAt(START_MS + 2 * HOUR_MS);
    await lookAt(START_MS + 3 * HOUR_MS);
    expect((await statesOf()).map(([, state]) => state)).toEqual(['running', 'pending', 'pending']);
    await endScan('completed');
    await lookAt(START_MS + 3 * HOUR_MS + MINUTE_MS);
    expect((await statesOf()).map(([, state]) => state)).toEqual(['completed', 'running', 'pending']);
  });

  it('waits for no more than a bound', async () => {
    await make({ overlap: 'queue' });
    for (let hour = 1; hour <= MAX_WAITING_RUNS + 3; hour += 1) await lookAt(START_MS + hour * HOUR_MS);
    const states = (await statesOf()).map(([, state]) => state);
    expect(states.filter((state) => state === 'pending')).toHaveLength(MAX_WAITING_RUNS);
    expect(states.at(-1)).toBe('skipped: queue_full');
  });

  it('when it is asked for is refused, and made beside what is due otherwise', async () => {
    await make({ ...RETENTION, enabled: false });
    await runNow(context, 'hourly', { actor: 'somebody', now });
    await lookAt(START_MS + 1);
    expect(await runs()).toMatchObject([{ state: 'completed', cause: 'asked', askedBy: 'somebody' }]);
    await make({ name: 'scans' });
    await runNow(context, 'scans', { actor: 'somebody', now });
    await lookAt(START_MS + 2);
    await expect(runNow(context, 'scans', { actor: 'somebody', now })).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});

describe('times that were due while no scheduler ran', () => {
  const after = START_MS + 30 * HOUR_MS + 30 * MINUTE_MS;

  it('do not run where none is caught up with, and leave a trace', async () => {
    await make({ ...RETENTION, catchUp: 'none' });
    await lookAt(after);
    expect(await runs()).toMatchObject([
      {
        state: 'skipped',
        skipReason: 'missed',
        dueAt: new Date(START_MS + 30 * HOUR_MS),
        missedFrom: new Date(START_MS + HOUR_MS),
      },
    ]);
  });

  it('run once for the latest', async () => {
    await make(RETENTION);
    await lookAt(after);
    expect(await runs()).toMatchObject([
      {
        state: 'completed',
        cause: 'catch_up',
        dueAt: new Date(START_MS + 30 * HOUR_MS),
        missedFrom: new Date(START_MS + HOUR_MS),
      },
    ]);
  });

  it('run all, one after the other, up to a bound', async () => {
    await make({ ...RETENTION, catchUp: 'all' });
    await lookAt(after);
    for (let look = 0; look < CATCH_UP_RUNS; look += 1) await lookAt(after + look + 1);
    const all = await runs();
    expect(all).toHaveLength(CATCH_UP_RUNS);
    expect(new Set(all.map(({ state }) => state))).toEqual(new Set(['completed']));
    expect(all[0]).toMatchObject({
      dueAt: new Date(START_MS + 7 * HOUR_MS),
      missedFrom: new Date(START_MS + HOUR_MS),
    });
  });
});

describe('a program that goes away', () => {
  it('gives back what it did that is no scan when it ends, and the next one does it', async () => {
    await make(RETENTION);
    retention = (_context, ending) =>
      new Promise((resolve) => ending.addEventListener('abort', () => resolve(), { once: true }));
    nowMs = START_MS + HOUR_MS;
    await scheduler.look(signal);
    expect(await statesOf()).toEqual([['01:00', 'running']]);
    await scheduler.close();
    expect(await runs()).toMatchObject([{ state: 'pending', attempt: 0 }]);
    retention = () => Promise.resolve();
    scheduler = schedulerOf(createWorkContext(db.store, { owner: 'next' }));
    await lookAt(START_MS + HOUR_MS + 1);
    expect(await runs()).toMatchObject([{ state: 'completed', attempt: 1 }]);
  });

  it('without a word is told of when its lease has run out, and its run is tried again', async () => {
    await make({ ...RETENTION, retries: 1, retryDelayMs: 0 });
    let release = (): void => undefined;
    retention = () => new Promise((resolve) => (release = resolve));
    nowMs = START_MS + HOUR_MS;
    await scheduler.look(signal);
    await sql`UPDATE schedule_runs SET lease_expires_at = now() - interval '1 second'`.execute(db.store.read);
    const next = schedulerOf(createWorkContext(db.store, { owner: 'next' }));
    retention = () => Promise.resolve();
    await next.look(signal);
    expect(await runs()).toMatchObject([{ attempt: 2, state: 'running' }]);
    await expect.poll(() => statesOf()).toEqual([['01:00', 'completed']]);
    release();
    await next.close();
  });
});
