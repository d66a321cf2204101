import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScanoramaError } from '#domain/errors/error.js';
import { createScheduler } from '#jobs/scheduler.js';
import { findScheduleView } from '#store/schedules/schedules.js';
import { purgeScan } from '#work/scans/delete-scan.js';
import { failScan } from '#work/scans/end-scan.js';
import { removeSchedule } from '#work/schedules/schedules.js';
import {
  HOUR_MS,
  MINUTE_MS,
  openScheduleLab,
  RETENTION,
  type ScheduleLab,
  START_MS,
  WHAT,
} from '../../support/api/schedule-lab.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { awaitEnd, openTestWorker } from '../../support/programs/worker.ts';

let lab: ScheduleLab;
beforeEach(async () => {
  lab = await openScheduleLab();
});
afterEach(() => lab.close());

describe('a due time', () => {
  it('becomes a run with its scan, visible while it runs, and ends with it', async () => {
    const schedule = await lab.make();
    expect(schedule.nextDueAt?.toISOString()).toBe('2026-06-01T01:00:00.000Z');
    await lab.runSchedulerAt(START_MS + HOUR_MS - 1);
    expect(await lab.runs()).toEqual([]);
    await lab.runSchedulerAt(START_MS + HOUR_MS);
    const [run] = await lab.runs();
    expect(run).toMatchObject({ state: 'running', attempt: 1, cause: 'due', scans: [{ status: 'pending' }] });
    const { rows } = await sql<{ name: string; by: string; schedule: string }>`
      SELECT name, created_by AS by, schedule_name AS schedule FROM scan_jobs`.execute(lab.db.store.read);
    expect(rows).toEqual([{ name: 'hourly', by: 'schedule:hourly', schedule: 'hourly' }]);
    await lab.endScan('completed');
    await lab.runSchedulerAt(START_MS + HOUR_MS + MINUTE_MS);
    expect(await lab.runs()).toMatchObject([{ state: 'completed', scans: [{ status: 'completed' }] }]);
    expect((await lab.shown()).nextDueAt?.toISOString()).toBe('2026-06-01T02:00:00.000Z');
  });

  it('gives the scan of each run the specified tags, which an earlier run may have created', async () => {
    await lab.make({ input: { kind: 'scan', task: { ...WHAT, tags: ['Nightly', 'edge'] } } });
    await lab.runSchedulerAt(START_MS + HOUR_MS);
    await lab.endScan('completed');
    await lab.runSchedulerAt(START_MS + 2 * HOUR_MS);
    const { rows } = await sql<{ tags: string }>`
      SELECT string_agg(tag.name, ' ' ORDER BY tag.key) AS tags FROM scan_tags JOIN tags tag ON tag.id = tag_id
      GROUP BY job_id`.execute(lab.db.store.read);
    expect(rows.map(({ tags }) => tags)).toEqual(['edge Nightly', 'edge Nightly']);
  });

  it('is run by a worker as any scan', async () => {
    const worker = await openTestWorker(lab.db);
    try {
      await lab.make();
      await lab.runSchedulerAt(START_MS + HOUR_MS);
      const [run] = await lab.runs();
      const uid = run?.scans[0]?.uid ?? '';
      expect(await awaitEnd(lab.context, uid)).toMatchObject({ status: 'completed', scheduleName: 'hourly' });
      await lab.runSchedulerAt(START_MS + HOUR_MS + MINUTE_MS);
      expect(await lab.statesOf()).toEqual([['01:00', 'completed']]);
    } finally {
      await worker.close();
    }
  });

  it('has one run, however many schedulers poll at once', async () => {
    await lab.make();
    const others = ['two', 'three', 'four'].map((owner) =>
      lab.schedulerOf(createWorkContext(lab.db.store, { owner })),
    );
    lab.nowMs = START_MS + HOUR_MS;
    await Promise.all(
      [lab.scheduler, ...others].flatMap((each) => [each.poll(lab.signal), each.poll(lab.signal)]),
    );
    // Each skips what another has locked, and leaves it to the next poll.
    await lab.runSchedulerAt(lab.nowMs);
    expect(await lab.statesOf()).toEqual([['01:00', 'running']]);
    const { rows } = await sql`SELECT FROM scan_jobs`.execute(lab.db.store.read);
    expect(rows).toHaveLength(1);
    await Promise.all(others.map((each) => each.close()));
  });

  it('begins later by its jitter, the same for every reader', async () => {
    await lab.make({ ...RETENTION, jitterMs: 30 * MINUTE_MS });
    await lab.runSchedulerAt(START_MS + HOUR_MS);
    const [run] = await lab.runs();
    expect(run?.state).toBe('pending');
    const startsMs = run?.startsAt.getTime() ?? 0;
    expect(startsMs).toBeGreaterThan(START_MS + HOUR_MS);
    await lab.runSchedulerAt(startsMs - 1);
    expect(await lab.statesOf()).toEqual([['01:00', 'pending']]);
    await lab.runSchedulerAt(startsMs);
    expect(await lab.statesOf()).toEqual([['01:00', 'completed']]);
  });
});

describe('a target name that the resolver does not answer', () => {
  it('delays no other schedule, and is looked up once at a time', async () => {
    let probed = 0;
    const answered = Promise.withResolvers<readonly string[]>();
    const slow = createScheduler(
      createWorkContext(lab.db.store, {
        resolve: () => {
          probed += 1;
          return answered.promise;
        },
      }),
      {
        tools: {
          verifyRuns: { join: () => Promise.reject(new Error('unexpected call of verify')) },
          applyRetention: () => Promise.resolve(),
        },
        now: lab.now,
      },
    );
    await lab.make();
    await lab.make({ name: 'slow' });
    await sql`UPDATE schedules SET task = jsonb_set(task, '{targets}', '["slow.example"]') WHERE name = 'slow'`.execute(
      lab.db.store.read,
    );
    lab.nowMs = START_MS + HOUR_MS;
    await slow.poll(lab.signal);
    await expect.poll(() => lab.statesOf()).toEqual([['01:00', 'running']]);
    await expect.poll(() => probed).toBe(1);
    await slow.poll(lab.signal);
    answered.resolve(['127.0.60.2']);
    await slow.begun();
    expect(probed).toBe(1);
    const { rows } = await sql`SELECT FROM scan_jobs WHERE schedule_name = 'slow'`.execute(lab.db.store.read);
    expect(rows).toHaveLength(1);
    await slow.close();
  });
});

describe('a change', () => {
  it('of times, state and task takes effect at the next poll of any program', async () => {
    await lab.make();
    const other = lab.schedulerOf(createWorkContext(lab.db.store, { owner: 'other' }));
    await lab.change({ cron: '30 0 * * *' });
    lab.nowMs = START_MS + 30 * MINUTE_MS;
    await other.poll(lab.signal);
    expect(await lab.statesOf()).toEqual([['00:30', 'running']]);
    await lab.endScan('failed');
    await lab.change({
      cron: '*/10 * * * *',
      input: { kind: 'scan', task: { ...WHAT, targets: ['127.0.60.9'] } },
    });
    await lab.runSchedulerAt(START_MS + 40 * MINUTE_MS);
    const { rows } = await sql<{
      targets: string[];
    }>`SELECT targets FROM scan_jobs ORDER BY id DESC LIMIT 1`.execute(lab.db.store.read);
    expect(rows).toEqual([{ targets: ['127.0.60.9'] }]);
    await lab.change({ enabled: false });
    lab.nowMs = START_MS + HOUR_MS;
    await other.poll(lab.signal);
    await lab.runSchedulerAt(START_MS + 2 * HOUR_MS);
    expect(await lab.statesOf()).toHaveLength(2);
    await lab.change({ enabled: true });
    expect((await lab.shown()).nextDueAt?.toISOString()).toBe('2026-06-01T02:10:00.000Z');
    await other.close();
  });

  it('skips runs waiting for the old times, and all waiting runs of a schedule that is paused', async () => {
    await lab.make({ ...RETENTION, jitterMs: HOUR_MS });
    await lab.runSchedulerAt(START_MS + HOUR_MS);
    await lab.change({ cron: '0 5 * * *' });
    expect(await lab.statesOf()).toEqual([['01:00', 'skipped: changed']]);
    await lab.runSchedulerAt(START_MS + 5 * HOUR_MS);
    await lab.change({ enabled: false });
    expect(await lab.statesOf()).toEqual([
      ['01:00', 'skipped: changed'],
      ['05:00', 'skipped: paused'],
    ]);
  });

  it('made while a run is about to begin applies to it, and earlier failures no longer count', async () => {
    await lab.make({ maxFailures: 1 });
    await sql`UPDATE schedules SET task = jsonb_set(task, '{targets}', '["gone.example"]')`.execute(
      lab.db.store.read,
    );
    const probed = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<readonly string[]>();
    const resolve = () => {
      probed.resolve();
      return answered.promise;
    };
    const slow = lab.schedulerOf(createWorkContext(lab.db.store, { owner: 'slow', resolve }));
    lab.nowMs = START_MS + HOUR_MS;
    const checked = slow.poll(lab.signal);
    await probed.promise;
    await lab.change({ input: { kind: 'scan', task: WHAT } });
    answered.reject(new ScanoramaError('name_not_resolved', 'gone.example is unknown.'));
    await checked;
    expect(await lab.statesOf()).toEqual([['01:00', 'pending']]);
    expect(await lab.shown()).toMatchObject({ enabled: true, failures: 0 });
    await slow.poll(lab.signal);
    expect(await lab.statesOf()).toEqual([['01:00', 'running']]);
    await slow.close();
  });

  it('planned before another one is refused', async () => {
    const { revision } = await lab.make();
    await lab.change({ description: 'first' });
    await expect(lab.change({ description: 'second', revision })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('keeps the scans of a schedule that is removed, with its name', async () => {
    await lab.make();
    await lab.runSchedulerAt(START_MS + HOUR_MS);
    await removeSchedule(lab.context, 'HOURLY', 'test');
    const { rows } = await sql`SELECT schedule_run_id AS run, schedule_name AS name FROM scan_jobs`.execute(
      lab.db.store.read,
    );
    expect(rows).toEqual([{ run: null, name: 'hourly' }]);
    await lab.scheduler.poll(lab.signal);
  });
});

const stopped = async () => {
  const { rows } = await sql<{ name: string; reason: string }>`
    SELECT name, stopped_reason AS reason FROM schedules WHERE NOT enabled`.execute(lab.db.store.read);
  return rows;
};

describe('a schedule that cannot be computed here', () => {
  it('is stopped with the reason, and delays no other', async () => {
    await lab.make({ ...RETENTION, name: 'elsewhere' });
    await lab.make(RETENTION);
    await sql`UPDATE schedules SET timezone = 'Mars/Olympus' WHERE name = 'elsewhere'`.execute(
      lab.db.store.read,
    );
    await lab.runSchedulerAt(START_MS + HOUR_MS);
    expect(await lab.statesOf()).toEqual([['01:00', 'completed']]);
    expect(await stopped()).toEqual([
      {
        name: 'elsewhere',
        reason: expect.stringMatching(
          /^Its due times could not be computed: (?!The database).*Mars\/Olympus.*\.$/,
        ),
      },
    ]);
    const { rows } =
      await sql`SELECT payload->>'name' AS name FROM events WHERE kind = 'schedule.stopped'`.execute(
        lab.db.store.read,
      );
    expect(rows).toEqual([{ name: 'elsewhere' }]);
  });

  it('delays no other when the end of its run cannot be stored', async () => {
    await lab.make({ name: 'broken' });
    await lab.make();
    await lab.runSchedulerAt(START_MS + HOUR_MS);
    for (const { uid } of (await sql<{ uid: string }>`SELECT uid FROM scan_jobs`.execute(lab.db.store.read))
      .rows)
      await failScan(lab.context, uid, { code: 'engine_failed', message: 'The engine broke.' });
    await sql`ALTER TABLE schedule_runs ADD CONSTRAINT never_ends CHECK (schedule_id <>
      ${sql.lit((await findScheduleView(lab.db.store.read, 'broken')).id)} OR state <> 'failed')`.execute(
      lab.db.store.read,
    );
    await lab.runSchedulerAt(START_MS + HOUR_MS + MINUTE_MS);
    expect(await lab.statesOf()).toEqual([['01:00', 'failed']]);
    expect(await stopped()).toMatchObject([{ name: 'broken' }]);
  });
});

describe('a run that fails', () => {
  it('is retried as often as configured, leaves an event, and stops the schedule after the set number', async () => {
    await lab.make({ retries: 1, maxFailures: 2 });
    await lab.runSchedulerAt(START_MS + HOUR_MS);
    await lab.endScan('failed');
    await lab.runSchedulerAt(START_MS + HOUR_MS + 1);
    expect(await lab.runs()).toMatchObject([{ state: 'pending', attempt: 1, errorCode: 'engine_failed' }]);
    await lab.runSchedulerAt(START_MS + HOUR_MS + 1 + MINUTE_MS);
    const [run] = await lab.runs();
    expect(run).toMatchObject({ state: 'running', attempt: 2, scans: [{}, { status: 'failed' }] });
    await lab.endScan('failed');
    await lab.runSchedulerAt(START_MS + HOUR_MS + 5 * MINUTE_MS);
    expect(await lab.runs()).toMatchObject([
      { state: 'failed', attempt: 2, errorCode: 'engine_failed', errorMessage: 'The engine broke.' },
    ]);
    expect(await lab.shown()).toMatchObject({ enabled: true, failures: 1 });
    await lab.runSchedulerAt(START_MS + 2 * HOUR_MS);
    await lab.endScan('failed');
    await lab.runSchedulerAt(START_MS + 2 * HOUR_MS + 1);
    await lab.runSchedulerAt(START_MS + 2 * HOUR_MS + 5 * MINUTE_MS);
    await lab.endScan('failed');
    await lab.runSchedulerAt(START_MS + 2 * HOUR_MS + 6 * MINUTE_MS);
    expect(await lab.shown()).toMatchObject({
      enabled: false,
      failures: 2,
      nextDueAt: null,
      stoppedReason: 'Its last 2 runs failed: The engine broke.',
    });
    const { rows } =
      await sql`SELECT payload->>'name' AS name FROM events WHERE kind = 'schedule.stopped'`.execute(
        lab.db.store.read,
      );
    expect(rows).toEqual([{ name: 'hourly' }]);
    await lab.runSchedulerAt(START_MS + 9 * HOUR_MS);
    expect(await lab.statesOf()).toHaveLength(2);
    await lab.change({ enabled: true });
    expect(await lab.shown()).toMatchObject({ enabled: true, failures: 0, stoppedReason: null });
  });

  it('before it could begin leaves the same event', async () => {
    await lab.make();
    await sql`UPDATE schedules SET task = jsonb_set(task, '{targets}', '["network:gone"]')`.execute(
      lab.db.store.read,
    );
    await lab.runSchedulerAt(START_MS + HOUR_MS);
    expect(await lab.runs()).toMatchObject([
      { state: 'failed', attempt: 1, errorCode: 'not_found', scans: [] },
    ]);
    expect((await lab.runs())[0]?.errorMessage).toMatch(/network.*gone/);
    const { rows } = await sql`SELECT FROM scan_jobs`.execute(lab.db.store.read);
    expect(rows).toEqual([]);
  });

  it('counts no more once one succeeds, and a scan that a user stops is no failure', async () => {
    await lab.make({ maxFailures: 2, retries: 3 });
    await lab.runSchedulerAt(START_MS + HOUR_MS);
    await lab.endScan('stopped');
    await lab.runSchedulerAt(START_MS + HOUR_MS + 1);
    expect(await lab.statesOf()).toEqual([['01:00', 'cancelled']]);
    expect(await lab.shown()).toMatchObject({ failures: 0, enabled: true });
    await sql`UPDATE schedules SET failures = 1`.execute(lab.db.store.read);
    await lab.runSchedulerAt(START_MS + 2 * HOUR_MS);
    await lab.endScan('completed');
    await lab.runSchedulerAt(START_MS + 2 * HOUR_MS + 1);
    expect(await lab.shown()).toMatchObject({ failures: 0 });
  });

  it('whose scan was purged has failed, and delays nothing', async () => {
    await lab.make();
    await lab.runSchedulerAt(START_MS + HOUR_MS);
    const uid = (await lab.runs())[0]?.scans[0]?.uid ?? '';
    await failScan(lab.context, uid, { code: 'engine_failed', message: 'The engine broke.' });
    await purgeScan(lab.context, uid, 'test');
    await lab.runSchedulerAt(START_MS + HOUR_MS + 1);
    expect(await lab.runs()).toMatchObject([{ state: 'failed', errorCode: 'interrupted', scans: [] }]);
  });
});
