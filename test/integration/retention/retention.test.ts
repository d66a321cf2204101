import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { keepMaintained } from '#jobs/maintenance.js';
import { LOCK_TIMEOUT_MS } from '#store/database/database.js';
import { portsOf } from '#store/hosts/host-views.js';
import { makePartitions } from '#store/ports/partitions.js';
import { takeRemovalLock } from '#store/retention/removal-lock.js';
import { assertHistoryReaches, historyHorizon } from '#store/retention/retention-horizon.js';
import type { WorkContext } from '#work/context/context.js';
import { applyRetention } from '#work/retention/apply-retention.js';
import { previewRetention } from '#work/retention/preview-retention.js';
import { purgeScan } from '#work/scans/delete-scan.js';
import { changeSettings, type SettingChanges } from '#work/settings/settings.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

const ADDRESS = '127.0.90.1';
const DAY_MS = 86_400_000;
const LONG_TIMEOUT = { timeout: 60_000 };
const never = new AbortController().signal;
const opened: TestDatabase[] = [];
let db: TestDatabase;
let context: WorkContext;
beforeEach(async () => {
  db = await openTestDatabase();
  opened.push(db);
  context = createWorkContext(db.store);
});
afterAll(async () => {
  for (const one of opened) await one.close();
});

const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS);
const keep = (...changes: SettingChanges) => changeSettings(context, changes, 'test');
async function rows<Row>(query: string): Promise<readonly Row[]> {
  return (await sql.raw<Row>(query).execute(db.store.read)).rows;
}
async function count(table: string): Promise<number> {
  return (await rows<{ count: number }>(`SELECT count(*) AS count FROM ${table}`))[0]?.count ?? -1;
}

/** Moves all stored rows this many days into the past. */
async function age(days: number): Promise<void> {
  const span = `interval '${days} days'`;
  await rows(`UPDATE port_scans SET scanned_at = scanned_at - ${span}`);
  await rows(`UPDATE scan_jobs SET created_at = created_at - ${span}, started_at = started_at - ${span},
    completed_at = completed_at - ${span}`);
  await rows(`UPDATE host_history SET recorded_at = recorded_at - ${span}`);
  await rows(`UPDATE events SET recorded_at = recorded_at - ${span}`);
  await makePartitions(db.store.read);
}

describe('months of raw rows', () => {
  it('are removed completely after their retention, and their totals are kept', async () => {
    await recordScan(context, { address: ADDRESS, state: 'open', at: daysAgo(100) });
    await age(100);
    await recordScan(context, { address: ADDRESS, state: 'open', at: daysAgo(1) });
    await keep(['retention.port_scans', '1 months']);
    expect(await previewRetention(context, never)).toMatchObject([
      { name: 'retention.port_scans', value: '1 months', horizon: null, rows: 1 },
      {},
      {},
      {},
    ]);
    expect(await count('port_scans')).toBe(2);
    await applyRetention(context, never);
    expect(await count('port_scans')).toBe(1);
    expect(await rows('SELECT job_id, cause, listed_ports FROM scan_rows_removed')).toEqual([
      { job_id: 1, cause: 'partition', listed_ports: 1 },
    ]);
    expect(await count('host_ports')).toBe(1);
    await expectComplete(db.store.read);
    const [preview] = await previewRetention(context, never);
    expect(preview).toMatchObject({ rows: 0, months: [] });
    expect(preview?.horizon?.getTime()).toBeGreaterThan(daysAgo(100).getTime());
  });

  it('are kept by default, and removed while a server runs', async () => {
    await recordScan(context, { address: ADDRESS, state: 'open', at: daysAgo(800) });
    await age(800);
    await applyRetention(context, never);
    expect(await count('port_scans')).toBe(1);
    await keep(['retention.port_scans', '12 months']);
    const stop = keepMaintained(context, 50);
    await expect.poll(() => count('port_scans'), { timeout: 50_000 }).toBe(0);
    await stop();
    await expectComplete(db.store.read);
  });

  it('wait for a reader without blocking scans that store', async () => {
    await recordScan(context, { address: ADDRESS, state: 'open', at: daysAgo(100) });
    await age(100);
    await keep(['retention.port_scans', '1 months']);
    let retiring: Promise<void> | undefined;
    await db.store.transaction(async (executor) => {
      // Locks the table as a page being read does, for longer than the lock timeout of a partition.
      await sql`SELECT count(*) FROM port_scans`.execute(executor);
      retiring = applyRetention(context, never);
      await sleep(100);
      const begunMs = performance.now();
      await recordScan(context, { address: ADDRESS, state: 'open', at: new Date() });
      // A reader may wait for one attempt of half a second at each of its statements; without the limit it would wait
      // behind the removal for as long as PostgreSQL allows.
      expect(performance.now() - begunMs).toBeLessThan(LOCK_TIMEOUT_MS - 3_000);
      expect(await count('port_scans')).toBe(2);
    });
    await retiring;
    expect(await count('port_scans')).toBe(1);
    await expectComplete(db.store.read);
  });
});

describe('late observations, after raw rows were removed', () => {
  it.each(['retired', 'purged'] as const)('is reported beside what remains (%s)', async (how) => {
    await recordScan(context, { address: ADDRESS, state: 'open', at: daysAgo(109) });
    const confirming = await recordScan(context, { address: ADDRESS, state: 'open', at: daysAgo(105) });
    await age(100);
    if (how === 'retired') {
      await keep(['retention.port_scans', '1 months'], ['retention.coverage', '1 months']);
      await applyRetention(context, never);
    } else {
      await purgeScan(context, confirming, 'test');
    }
    await recordScan(context, { address: ADDRESS, state: 'closed', at: daysAgo(107) });
    const reported = await rows(
      `SELECT new_value FROM host_history WHERE fact = 'port' ORDER BY observed_at, id`,
    );
    expect(reported).toEqual([{ new_value: 'open' }, { new_value: 'closed' }, { new_value: 'open' }]);
    await expectComplete(db.store.read);
  });
});

describe('coverage', () => {
  it('of scans that ended before is removed, except impostor warnings, and counted', async () => {
    const uid = await recordScan(context, { address: ADDRESS, state: 'closed', at: daysAgo(40) });
    await rows(`INSERT INTO scan_coverage (job_id, site_id, address, protocol, state, reason, ports, shard_number, observed_at)
      SELECT 1, 1, '127.0.90.2', 'tcp', 'unknown', 'tarpit', '{[1,2)}', 0, now()`);
    await age(40);
    const kept = await recordScan(context, { address: ADDRESS, state: 'closed', at: daysAgo(1) });
    await keep(['retention.coverage', '30 days']);
    await applyRetention(context, never);
    expect(
      await rows(
        `SELECT job.uid, reason FROM scan_coverage JOIN scan_jobs job ON job.id = job_id ORDER BY job.id`,
      ),
    ).toEqual([
      { uid, reason: 'tarpit' },
      { uid: kept, reason: 'conn-refused' },
    ]);
    expect(await rows('SELECT cause, covered_ports FROM scan_rows_removed')).toEqual([
      { cause: 'coverage', covered_ports: 1 },
    ]);
    await rows(`DELETE FROM scan_coverage WHERE reason = 'tarpit'`);
    await expectComplete(db.store.read);
  });
});

describe('a report older than removed coverage', () => {
  it('counts as the newest observation available, and nothing is damaged by it', async () => {
    await recordScan(context, { address: ADDRESS, state: 'closed', at: daysAgo(105) });
    await age(100);
    await keep(['retention.coverage', '30 days']);
    await applyRetention(context, never);
    await recordScan(context, { address: ADDRESS, state: 'open', at: daysAgo(107) });
    expect(await rows('SELECT state FROM host_ports')).toEqual([{ state: 'open' }]);
    const [port] = await portsOf(db.store.read, [1], { openOnly: true });
    expect(port?.lastSeen?.getTime(), 'it reports when that was').toBeLessThan(daysAgo(106).getTime());
    await expectComplete(db.store.read);
  });
});

/** The number of rows of each kind that is removed. */
const counts = () =>
  Promise.all(
    ['port_scans', 'scan_coverage', 'host_history', `events WHERE kind <> 'settings.changed'`].map((table) =>
      count(table),
    ),
  );

/** Applies retention, and before its first slice sets everything to be kept longer. */
async function cutShort(span: string): Promise<void> {
  let applying: Promise<void> | undefined;
  await db.store.transaction(async (executor) => {
    await takeRemovalLock(executor);
    applying = applyRetention(context, never);
    await expect
      .poll(() => count(`pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`), {
        timeout: 30_000,
      })
      .toBe(1);
    await keep(
      ['retention.port_scans', span],
      ['retention.coverage', span],
      ['retention.history', span],
      ['retention.events', span],
    );
  });
  await applying;
}

const historyDone = () => rows(`SELECT done FROM retention_horizons WHERE kind = 'history'`);

describe('a setting that lengthens retention', () => {
  it(
    'leaves what it lets go to the next run, not to the day that reaches where the last one was cut short',
    LONG_TIMEOUT,
    async () => {
      for (const [days, state] of [
        [104, 'open'],
        [103, 'closed'],
        [102, 'open'],
      ] as const)
        await recordScan(context, { address: ADDRESS, state, at: daysAgo(days) });
      await age(100);
      await keep(['retention.history', '30 days']);
      const before = await count('host_history');
      await cutShort('60 days');
      expect(await count('host_history')).toBe(before);
      await applyRetention(context, never);
      expect(await count('host_history')).toBe(before - 1);
      // Rows between the two retention periods are still there.
      expect(await historyDone()).toEqual([{ done: false }]);
      await keep(['retention.history', '30 days']);
      await applyRetention(context, never);
      expect(await historyDone()).toEqual([{ done: true }]);
      await expectComplete(db.store.read);
    },
  );

  it.each(['forever', '2000 days'])(
    'ends a run that is under way before its next slice: %s',
    LONG_TIMEOUT,
    async (span) => {
      await recordScan(context, { address: ADDRESS, state: 'open', at: daysAgo(100) });
      await recordScan(context, { address: ADDRESS, state: 'closed', at: daysAgo(99) });
      await age(100);
      await keep(
        ['retention.port_scans', '1 months'],
        ['retention.coverage', '30 days'],
        ['retention.history', '30 days'],
        ['retention.events', '30 days'],
      );
      const before = await counts();
      const reported = await count(`events WHERE kind = 'settings.changed'`);
      await cutShort(span);
      expect(await counts()).toEqual(before);
      expect(await count(`events WHERE kind = 'settings.changed'`)).toBeGreaterThan(reported);
    },
  );
});

describe('events', () => {
  it('are kept for 90 days by default', async () => {
    await recordScan(context, { address: ADDRESS, state: 'open', at: new Date() });
    await age(60);
    const young = await count('events');
    await applyRetention(context, never);
    expect(await count('events')).toBe(young);
    await age(40);
    // A range that was checked is not checked again on the same day.
    await rows('DELETE FROM retention_horizons');
    await applyRetention(context, never);
    expect(await count('events')).toBe(0);
  });
});

describe('a kind that cannot be removed', () => {
  it('does not prevent removal of the others, is reported, and removed the next time', async () => {
    await recordScan(context, { address: ADDRESS, state: 'open', at: daysAgo(100) });
    await age(100);
    await keep(['retention.port_scans', '1 months']);
    await rows(`ALTER TABLE scan_rows_removed ADD CONSTRAINT broken CHECK (cause <> 'partition')`);
    const oldEvents = `events WHERE recorded_at < now() - interval '90 days'`;
    expect(await count(oldEvents)).toBeGreaterThan(0);
    await expect(applyRetention(context, never)).rejects.toMatchObject({
      errors: [{ code: 'storage_failed', message: expect.stringContaining('broken') }],
    });
    expect(await count('port_scans')).toBe(1);
    expect(await count(oldEvents)).toBe(0);
    await rows('ALTER TABLE scan_rows_removed DROP CONSTRAINT broken');
    await applyRetention(context, never);
    expect(await count('port_scans')).toBe(0);
    await expectComplete(db.store.read);
  });
});

describe('history', () => {
  it('keeps the newest of each fact and its beginning, reports the horizon, and refuses times before it', async () => {
    await recordScan(context, { address: ADDRESS, state: 'open', at: daysAgo(104) });
    await recordScan(context, { address: ADDRESS, state: 'closed', at: daysAgo(103) });
    await recordScan(context, { address: ADDRESS, state: 'open', at: daysAgo(102) });
    await age(100);
    await expect(assertHistoryReaches(db.store.read, daysAgo(99))).resolves.toBeUndefined();
    expect(await historyHorizon(db.store.read)).toBeNull();
    await keep(['retention.history', '50 days']);
    expect((await previewRetention(context, never))[2]).toMatchObject({ name: 'retention.history', rows: 1 });
    await applyRetention(context, never);
    expect(await rows(`SELECT fact, old_value, new_value FROM host_history ORDER BY id`)).toEqual([
      { fact: 'status', old_value: null, new_value: 'up' },
      // Since when it is known, and its value.
      { fact: 'port', old_value: null, new_value: 'open' },
      { fact: 'port', old_value: 'closed', new_value: 'open' },
    ]);
    await expectComplete(db.store.read);
    const horizon = await historyHorizon(db.store.read);
    await expect(assertHistoryReaches(db.store.read, daysAgo(49))).resolves.toBeUndefined();
    await expect(assertHistoryReaches(db.store.read, daysAgo(99))).rejects.toMatchObject({
      code: 'beyond_retention',
      facts: { horizon: horizon?.toISOString() },
    });
    // Removed rows do not come back when the retention is lengthened.
    await keep(['retention.history', 'forever']);
    await applyRetention(context, never);
    expect(await historyHorizon(db.store.read)).toEqual(horizon);
  });
});
