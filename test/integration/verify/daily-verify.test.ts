import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepVerified } from '#jobs/daily-verify.js';
import {
  insertIntegrityOutcome,
  KEPT_INTEGRITY_CHECKS,
  lastIntegrityOutcome,
  underVerifyLock,
} from '#store/integrity/outcomes.js';
import type { WorkContext } from '#work/context/context.js';
import { verifyData } from '#work/health/verify-data.js';
import { VerifyRuns } from '#work/health/verify-runs.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';

/** A check of all data took 6 s on a busy machine. */
const LONG_TIMEOUT = { timeout: 50_000 };
/** A day in a test; polled often. */
const PACE = { intervalMs: 3_600_000, firstCheckMs: 10, checkMs: 10 };

let db: TestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
});
afterEach(() => db.close());

async function outcomes(): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM integrity_checks`.execute(
    db.store.read,
  );
  return rows[0]?.count ?? -1;
}

const runsOf = (context: WorkContext) => new VerifyRuns(context);
const shownTime = async ({ metrics }: WorkContext) =>
  (await metrics.verifyTime.get()).values.map(({ value }) => value);

describe('the daily check', () => {
  it('is done once, however many servers there are, and shown by the metrics of each', async () => {
    const servers = [createWorkContext(db.store), createWorkContext(db.store), createWorkContext(db.store)];
    const stops = servers.map((context) => keepVerified(context, runsOf(context), PACE));
    for (const context of servers) await expect.poll(() => shownTime(context), LONG_TIMEOUT).not.toEqual([0]);
    await sleep(100);
    expect(await outcomes()).toBe(1);
    await Promise.all(stops.map((stop) => stop()));
  });

  it('runs again when the last result is a day old', async () => {
    const context = createWorkContext(db.store);
    const stop = keepVerified(context, runsOf(context), PACE);
    await expect.poll(outcomes, LONG_TIMEOUT).toBe(1);
    await sql`UPDATE integrity_checks SET recorded_at = recorded_at - interval '1 hour'`.execute(
      db.store.read,
    );
    await expect.poll(outcomes, LONG_TIMEOUT).toBe(2);
    await stop();
  });

  it('is shown by the metrics also where it could not be stored, and not the previous one', async () => {
    const context = createWorkContext(db.store);
    await insertIntegrityOutcome(db.store.read, { startedAtMs: 1_000, durationMs: 1, checks: [] });
    await sql`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full'; END $$`.execute(
      db.store.read,
    );
    await sql`CREATE TRIGGER refuse BEFORE INSERT ON integrity_checks FOR EACH ROW EXECUTE FUNCTION refuse()`.execute(
      db.store.read,
    );
    await runsOf(context).runWhenDue(-1, new AbortController().signal);
    expect(await shownTime(context)).not.toEqual([1]);
    expect(await outcomes()).toBe(1);
  });

  it('is skipped while another program runs it', async () => {
    const context = createWorkContext(db.store);
    const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const elsewhere = underVerifyLock(db.store.read, async () => {
      begun.resolve();
      await held.promise;
    });
    await begun.promise;
    const stop = keepVerified(context, runsOf(context), PACE);
    await sleep(150);
    expect(await outcomes()).toBe(0);
    held.resolve();
    expect(await elsewhere).toBe(true);
    await expect.poll(outcomes, LONG_TIMEOUT).toBe(1);
    await stop();
  });

  it('does not keep a server from closing, and is run by the next', async () => {
    const context = createWorkContext(db.store);
    const runs = runsOf(context);
    const held = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const lock = db.store.transaction(async (executor) => {
      await sql`LOCK TABLE scan_jobs IN ACCESS EXCLUSIVE MODE`.execute(executor);
      locked.resolve();
      await held.promise;
    });
    await locked.promise;
    const stop = keepVerified(context, runs, PACE);
    await expect.poll(() => runs.running?.reading, LONG_TIMEOUT).toBe('port_scans');
    await stop();
    expect(await outcomes()).toBe(0);
    held.resolve();
    await lock;
    const stopNext = keepVerified(context, runs, PACE);
    await expect.poll(outcomes, LONG_TIMEOUT).toBe(1);
    await stopNext();
  });

  it('logs nothing about what could not be read because the server ends', async () => {
    const context = createWorkContext(db.store);
    const warn = vi.spyOn(context.log, 'warn');
    await db.store.transaction(async (executor) => {
      await sql`LOCK TABLE integrity_checks IN ACCESS EXCLUSIVE MODE`.execute(executor);
      const stop = keepVerified(context, runsOf(context));
      const recalling = sql<{ pid: number }>`SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      const found = async () => (await recalling.execute(db.store.read)).rows;
      await expect.poll(found, LONG_TIMEOUT).toHaveLength(1);
      const stopping = stop();
      const [row] = await found();
      await sql`SELECT pg_cancel_backend(${row?.pid})`.execute(db.store.read);
      await stopping;
    });
    expect(warn).not.toHaveBeenCalled();
  });

  it('is not done at the start, but the previous result is shown', async () => {
    const before = createWorkContext(db.store);
    await sql`INSERT INTO events (kind) VALUES ('scan.created')`.execute(db.store.read);
    const { startedAtMs } = await verifyData(before, new AbortController().signal);
    const restarted = createWorkContext(db.store);
    const stop = keepVerified(restarted, runsOf(restarted));
    await expect.poll(() => shownTime(restarted), LONG_TIMEOUT).toEqual([startedAtMs / 1_000]);
    expect(await outcomes()).toBe(1);
    await stop();
  });
});

describe('results', () => {
  it('are stored completely, but only the newest', async () => {
    const check = { name: 'orphans', description: 'None.', faults: 2, examples: ['one', 'two'] };
    for (let run = 0; run <= KEPT_INTEGRITY_CHECKS; run += 1)
      await insertIntegrityOutcome(db.store.read, { startedAtMs: run, durationMs: 1.5, checks: [check] });
    expect(await outcomes()).toBe(KEPT_INTEGRITY_CHECKS);
    expect(await lastIntegrityOutcome(db.store.read)).toMatchObject({
      startedAtMs: KEPT_INTEGRITY_CHECKS,
      durationMs: 2,
      checks: [check],
    });
  });
});
