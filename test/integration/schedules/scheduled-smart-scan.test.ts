import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Scheduler } from '#jobs/scheduler.js';
import type { WorkContext } from '#work/context/context.js';
import { serialized } from '#work/context/serialize.js';
import { HOUR_MS, openScheduleLab, type ScheduleLab, START_MS } from '../../support/api/schedule-lab.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';

let lab: ScheduleLab;
beforeEach(async () => {
  lab = await openScheduleLab();
  await sql`INSERT INTO hosts (uid, site_id, ip_address, status, status_observed_at, first_seen, last_seen)
    SELECT gen_random_uuid(), id, '127.60.0.1', 'up', now(), now(), now() FROM sites WHERE name = 'default'`.execute(
    lab.db.store.read,
  );
  await lab.make({ input: { kind: 'smart_scan', task: {} }, site: null });
  lab.nowMs = START_MS + HOUR_MS;
});
afterEach(() => lab.close());

/** Polls once in a context of its own. */
async function runWith(overrides: Partial<WorkContext>): Promise<Scheduler> {
  const scheduler = lab.schedulerOf(createWorkContext(lab.db.store, overrides));
  await scheduler.poll(lab.signal);
  return scheduler;
}

const scans = async () => {
  const { rows } = await sql<{ by: string; schedule: string }>`
    SELECT created_by AS by, schedule_name AS schedule FROM scan_jobs`.execute(lab.db.store.read);
  return rows;
};

it('starts scans that name their schedule, and its run lists them', async () => {
  await lab.runSchedulerAt(lab.nowMs);
  expect(await scans()).toEqual([{ by: 'schedule:hourly', schedule: 'hourly' }]);
  expect(await lab.runs()).toMatchObject([
    { state: 'completed', attempt: 1, scans: [{ status: 'pending' }] },
  ]);
});

it('has ended when its last scan has', async () => {
  await lab.runSchedulerAt(lab.nowMs);
  const [open] = await lab.runs();
  expect(open).toMatchObject({ state: 'completed', finishedAt: expect.any(Date), endedAt: null });
  await lab.endScan('failed');
  const [ended] = await lab.runs();
  const { rows } = await sql<{ at: Date | null }>`SELECT completed_at AS at FROM scan_jobs`.execute(
    lab.db.store.read,
  );
  expect(rows).toEqual([{ at: expect.any(Date) }]);
  // The clock of the lab differs from that of the database.
  const laterMs = Math.max(open?.finishedAt?.getTime() ?? 0, rows[0]?.at?.getTime() ?? 0);
  expect(ended).toMatchObject({ finishedAt: open?.finishedAt, endedAt: new Date(laterMs) });
});

it('is over with its scans, also when its program ends in between', async () => {
  const stored = Promise.withResolvers<void>();
  const mayCommit = Promise.withResolvers<void>();
  const scheduler = await runWith({
    owner: 'ending',
    enqueueShards: () => {
      stored.resolve();
      return mayCommit.promise;
    },
  });
  await stored.promise;
  const closing = scheduler.close();
  mayCommit.resolve();
  await closing;
  expect(await scans()).toHaveLength(1);
  expect(await lab.runs()).toMatchObject([{ state: 'completed', attempt: 1, scans: [{}] }]);
});

it('starts nothing once another process has ended its run', async () => {
  const awake = Promise.withResolvers<void>();
  const tried = Promise.withResolvers<void>();
  let isAwake = false;
  const { prober } = lab.context;
  const { store } = lab.db;
  const frozen = await runWith({
    owner: 'frozen',
    prober: { ...prober, survey: () => awake.promise.then(() => prober.survey()) },
    store: {
      ...store,
      transaction: (work, options) =>
        store.transaction(work, options).finally(() => {
          if (isAwake) tried.resolve();
        }),
    },
  });
  await expect.poll(() => lab.statesOf()).toEqual([['01:00', 'running']]);
  await sql`UPDATE schedule_runs SET lease_expires_at = now() - interval '1 second'`.execute(
    lab.db.store.read,
  );
  await lab.runSchedulerAt(lab.nowMs + 1);
  expect(await lab.statesOf()).toEqual([['01:00', 'failed']]);
  isAwake = true;
  awake.resolve();
  await tried.promise;
  await frozen.close();
  expect(await scans()).toEqual([]);
  expect(await lab.statesOf()).toEqual([['01:00', 'failed']]);
});

it('stops while it waits for the lock', async () => {
  const ending = new AbortController();
  const lock = {
    take: () => {
      ending.abort(new Error('it ends'));
      return Promise.resolve(false);
    },
    timeoutMs: 60_000,
    busy: () => new ScanoramaError('conflict', 'Another run holds the lock.'),
    signal: ending.signal,
  };
  await expect(
    serialized(lab.context, lock, () => Promise.reject(new Error('it had the lock'))),
  ).rejects.toThrow('it ends');
});
