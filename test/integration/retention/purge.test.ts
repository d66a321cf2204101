import { sql } from 'kysely';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createStore } from '#store/database/store.js';
import { createMetrics } from '#telemetry/metrics.js';
import type { WorkContext } from '#work/context/context.js';
import { purgeHost } from '#work/hosts/delete-host.js';
import { purgeScan } from '#work/scans/delete-scan.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { seededRandom } from '../../support/programs/seeded-random.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';
import { type ScanStory, storeScan } from '../../support/scans/stored-scan.ts';
import { recordScan } from '../../support/scans/stored-scans.ts';

const ADDRESS = '198.18.90.1';
const HELD = 4_242;
const LONG_TIMEOUT = { timeout: 25_000 };
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

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
type Seen = Pick<ScanStory, 'answers' | 'services'>;
const open: Seen = { answers: { [ADDRESS]: { 7: 'open', 9: 'open' } } };
const closed: Seen = { answers: { [ADDRESS]: { 7: 'closed', 9: 'open' } } };
const serving = (value: string): Seen => ({ ...open, services: [{ address: ADDRESS, port: 7, value }] });
const see = (second: number, seen: Seen) =>
  storeScan(context, { targets: ADDRESS, ports: '7,9', at: at(second), ...seen });

async function rows<Row>(query: string): Promise<readonly Row[]> {
  return (await sql.raw<Row>(query).execute(db.store.read)).rows;
}

async function waiting(): Promise<number> {
  const [row] = await rows<{ count: number }>(`SELECT count(*) AS count FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`);
  return row?.count ?? -1;
}

/** Blocks all writers of history until the lock is released, also for longer than the lock timeout. */
async function holdHistory(): Promise<void> {
  await rows(`CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM set_config('lock_timeout', '0', true), pg_advisory_xact_lock(${HELD}); RETURN NEW; END $$`);
  await rows('CREATE TRIGGER hold BEFORE INSERT ON host_history FOR EACH ROW EXECUTE FUNCTION hold()');
}

describe('a scan that is purged while a late one stores what it decided', () => {
  it.each([
    ['a port that it confirmed', open, open, closed],
    [
      'a port that it covered before a scan listed it',
      { answers: { [ADDRESS]: { 9: 'open' } } },
      closed,
      open,
    ],
    ['a service that it confirmed', serving('one'), serving('one'), serving('two')],
  ] as const)('is purged, and the other is stored whole: %s', async (_what, first, confirming, late) => {
    await see(1, first);
    const purged = await see(5, confirming);
    await holdHistory();
    let storing: Promise<string> | undefined;
    await db.store.transaction(async (executor) => {
      await sql`SELECT pg_advisory_xact_lock(${HELD})`.execute(executor);
      storing = see(3, late);
      // By now its statement has read the observations of the other scan.
      await expect.poll(waiting, LONG_TIMEOUT).toBe(1);
      await purgeScan(context, purged, 'test');
    });
    await storing;
    const [written] = await rows<{ count: number }>(
      'SELECT count(*) AS count FROM host_history past WHERE NOT EXISTS (SELECT FROM scan_jobs WHERE id = past.job_id)',
    );
    expect(written?.count, 'changes of the purged scan').toBeGreaterThan(0);
    await expectComplete(db.store.read);
  });
});

describe('a change of a scan that was purged', () => {
  it('remains a change, also when an earlier value is stored late', async () => {
    await see(1, serving('one'));
    const purged = await see(3, serving('two'));
    await see(5, serving('two'));
    await purgeScan(context, purged, 'test');
    await see(2, serving('three'));
    const reported = await rows(
      `SELECT new_value FROM host_history WHERE fact = 'service' ORDER BY observed_at, id`,
    );
    expect(reported).toEqual([{ new_value: 'one' }, { new_value: 'three' }, { new_value: 'two' }]);
    await expectComplete(db.store.read);
  });
});

describe('purges beside scans of the same hosts', () => {
  const seed = Date.now() % 1_000_000;
  const LANES = 4;
  const SCANS_A_LANE = 5;
  const KEPT = 4;

  it(`break no reference, cause no deadlock and leave consistent data (seed ${seed})`, {
    timeout: 120_000,
  }, async () => {
    const metrics = createMetrics();
    const measured = createWorkContext(createStore(db.database, metrics), { metrics });
    const random = seededRandom(seed);
    const done: string[] = [];
    const reporting = { lanes: LANES };
    const lane = async (number: number): Promise<void> => {
      for (let scan = 0; scan < SCANS_A_LANE; scan += 1) {
        const own = seededRandom(seed + number * SCANS_A_LANE + scan);
        done.push((await recordScan({ context: measured, random: own, ports: 4 })).job.uid);
      }
      reporting.lanes -= 1;
    };
    let purges = 0;
    const purgeScans = async (): Promise<void> => {
      while (reporting.lanes > 0 || done.length > KEPT) {
        const [uid] = done.splice(random(Math.max(1, done.length)), 1);
        if (uid === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
        else {
          await purgeScan(measured, uid, 'test');
          purges += 1;
        }
      }
    };
    const purgeHosts = async (): Promise<void> => {
      while (reporting.lanes > 0) {
        const [host] = await rows<{ uid: string }>('SELECT uid FROM hosts ORDER BY random() LIMIT 1');
        if (host !== undefined) await purgeHost(measured, host.uid, 'test');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    await Promise.all([
      ...Array.from({ length: LANES }, (_, number) => lane(number)),
      purgeScans(),
      purgeHosts(),
    ]);
    expect(purges).toBeGreaterThanOrEqual(LANES * SCANS_A_LANE - KEPT);
    expect((await metrics.foreignKeyViolations.get()).values.map(({ value }) => value)).toEqual([0]);
    expect((await metrics.retries.get()).values, 'what had to be tried again').toEqual([]);
    await expectComplete(db.store.read);
  });
});
