import { type RawBuilder, sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Executor } from '#store/database/database.js';
import { replayedFacts, replayedHosts, replayedPorts } from '#store/integrity/replay.js';
import { changeHost } from '#work/hosts/edit-host.js';
import { addNetwork, changeNetwork } from '#work/networks/networks.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { seededRandom } from '../../support/programs/seeded-random.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { computeStatuses, recordScan } from '../../support/scans/stored-scans.ts';

const SCANS = 40;
const seed = Date.now() % 1_000_000;

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
  const reported = { context: createWorkContext(db.store), random: seededRandom(seed), ports: 5 };
  const { uid } = await addNetwork(reported.context, {
    cidr: '198.18.80.0/24',
    description: null,
    site: 'default',
    actor: 'test',
  });
  await changeNetwork(reported.context, uid, { input: { downAfterMisses: 1 }, actor: 'test' });
  for (let scan = 0; scan < SCANS; scan += 1) {
    await recordScan(reported);
    if (scan % 10 === 0) await computeStatuses(reported, 2);
  }
  const { rows } = await sql<{ uid: string }>`SELECT uid FROM hosts ORDER BY ip_address LIMIT 1`.execute(
    db.store.read,
  );
  const input = { customName: 'anchor', ignored: true, downAfterMisses: 5, goneAfterDays: 9 };
  await changeHost(reported.context, rows[0]?.uid ?? '', { input, actor: 'test' });
});
afterAll(() => db.close());

const everything = () => sql`true`;
const TABLES = ['hosts', 'host_ports', 'host_facts'] as const;

/** Moves the current tables aside and empties them, without what refers to them. */
async function empty(executor: Executor): Promise<void> {
  await sql`SET LOCAL session_replication_role = replica`.execute(executor);
  for (const table of TABLES) {
    await sql`CREATE TEMPORARY TABLE ${sql.table(`saved_${table}`)} ON COMMIT DROP AS TABLE ${sql.table(table)}`.execute(
      executor,
    );
    await sql`DELETE FROM ${sql.table(table)}`.execute(executor);
  }
}

/**
 * Fills them from history. What history does not contain comes from elsewhere: the site of a host (it never changes),
 * and the observation that confirmed a value last, from the raw observations of scans.
 */
async function refill(executor: Executor): Promise<void> {
  await sql`INSERT INTO hosts (id, uid, site_id, ip_address, created_at, status, hostname, mac_address, vendor, os_family, os_name,
      flapping, ignored, custom_name, down_after_misses, gone_after_days, status_observed_at, first_seen, last_seen) OVERRIDING SYSTEM VALUE
    SELECT reported.host_id, saved.uid, saved.site_id, saved.ip_address, saved.created_at, reported.status, reported.hostname,
      reported.mac_address::macaddr, reported.vendor, reported.os_family, reported.os_name, coalesce(reported.flapping, 'false')::boolean,
      coalesce(reported.ignored, 'false')::boolean, reported.custom_name, reported.down_after_misses::int, reported.gone_after_days::int, seen.last, seen.first, seen.last
    FROM (${replayedHosts(everything)}) AS reported JOIN saved_hosts saved ON saved.id = reported.host_id
      JOIN (SELECT host_id, min(observed_at) AS first, max(observed_at) AS last FROM scan_hosts GROUP BY host_id) AS seen
        USING (host_id)`.execute(executor);
  await sql`INSERT INTO host_ports (host_id, protocol, port, state, reason, observed_at, job_id, shard_number, position,
      first_seen, last_seen)
    SELECT host_id, protocol, port, reported.value, newest.reason, newest.observed_at, newest.job_id, newest.shard_number,
      newest.position, listed.first, listed.last
    FROM (${replayedPorts(everything)}) AS reported
      LEFT JOIN (${newestObservation()}) AS newest USING (host_id, protocol, port)
      LEFT JOIN (SELECT host_id, protocol, port, min(observed_at) AS first, max(observed_at) AS last
        FROM port_scans GROUP BY 1, 2, 3) AS listed USING (host_id, protocol, port)`.execute(executor);
  await sql`INSERT INTO host_facts (host_id, fact, protocol, port, value, reason, observed_at, job_id, shard_number)
    SELECT reported.host_id, reported.fact, reported.protocol, reported.port, reported.value, newest.reason, newest.observed_at, newest.job_id,
      newest.shard_number
    FROM (${replayedFacts(everything)}) AS reported LEFT JOIN LATERAL (
      SELECT * FROM scan_findings raw WHERE raw.host_id = reported.host_id AND raw.fact = reported.fact
        AND raw.port IS NOT DISTINCT FROM reported.port
      ORDER BY observed_at DESC, job_id DESC, shard_number DESC LIMIT 1) AS newest ON true`.execute(executor);
}

function newestObservation(): RawBuilder<unknown> {
  return sql`
    SELECT DISTINCT ON (host_id, protocol, port) * FROM (
      SELECT host_id, protocol, port, reason, observed_at, job_id, shard_number, position FROM port_scans
      UNION ALL
      SELECT host.id, covered.protocol, number, covered.reason, covered.observed_at, covered.job_id, covered.shard_number, NULL
      FROM scan_coverage covered JOIN saved_hosts host ON host.ip_address = covered.address, unnest(covered.ports) AS part,
        generate_series(lower(part), upper(part) - 1) AS number) AS observed
    ORDER BY host_id, protocol, port, observed_at DESC, job_id DESC, shard_number DESC`;
}

const STATUS_COLUMNS = [
  'flapping',
  'ignored',
  'custom_name',
  'down_after_misses',
  'gone_after_days',
] as const;
const COMPARED: Readonly<Record<(typeof TABLES)[number], readonly string[]>> = {
  hosts: [
    'id',
    'status',
    'hostname',
    'mac_address',
    'vendor',
    'os_family',
    'os_name',
    'deleted_at',
    ...STATUS_COLUMNS,
  ],
  host_ports: [
    'host_id',
    'protocol',
    'port',
    'state',
    'reason',
    'observed_at',
    'job_id',
    'shard_number',
    'position',
    'first_seen',
    'last_seen',
  ],
  host_facts: [
    'host_id',
    'fact',
    'protocol',
    'port',
    'value',
    'reason',
    'observed_at',
    'job_id',
    'shard_number',
  ],
};

/** Rows that exist only on one side, of either side. */
async function differences(executor: Executor, table: (typeof TABLES)[number]): Promise<readonly unknown[]> {
  const columns = sql.join(COMPARED[table].map((name) => sql.ref(name)));
  const [now, saved] = [table, `saved_${table}`].map(
    (name) => sql`SELECT ${columns} FROM ${sql.table(name)}`,
  );
  const { rows } = await sql`SELECT 'replayed' AS side, * FROM (${now} EXCEPT ALL ${saved}) AS only_now
    UNION ALL SELECT 'stored', * FROM (${saved} EXCEPT ALL ${now}) AS only_saved`.execute(executor);
  return rows;
}

it(`replaying history gives the current tables, row for row (seed ${seed})`, async () => {
  const scratch = await db.store.read.startTransaction().execute();
  try {
    await empty(scratch);
    await refill(scratch);
    for (const table of TABLES) {
      const { rows } = await sql<{
        count: number;
      }>`SELECT count(*) AS count FROM ${sql.table(table)}`.execute(scratch);
      expect(rows[0]?.count).toBeGreaterThan(2);
      expect({ table, differences: await differences(scratch, table) }).toEqual({ table, differences: [] });
    }
  } finally {
    await scratch.rollback().execute();
  }
});
