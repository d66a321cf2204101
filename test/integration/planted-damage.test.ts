import { type RawBuilder, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { INTEGRITY_QUESTIONS } from '#store/verify.js';
import { verifyData } from '#work/verify-data.js';
import { openTestDatabase, type TestDatabase } from '../database.ts';
import { storeScans } from '../stored-scans.ts';
import { createWorkContext } from '../work-context.ts';

let db: TestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
  await storeScans(createWorkContext(db.store));
});
afterEach(() => db.close());

/** Does what the database itself would refuse: without triggers, among them those of foreign keys. */
async function plant(...statements: readonly RawBuilder<unknown>[]): Promise<void> {
  await db.store.read.connection().execute(async (connection) => {
    await sql`SET session_replication_role = replica`.execute(connection);
    for (const statement of statements) await statement.execute(connection);
    await sql`RESET session_replication_role`.execute(connection);
  });
}

/** The checks that found something, with how much; in slices of one host and one scan. */
async function faults(): Promise<Record<string, number>> {
  const { checks } = await verifyData(createWorkContext(db.store), new AbortController().signal, {
    sliceSizes: { hosts: 1, rows: 1 },
  });
  return Object.fromEntries(
    checks.flatMap((check) => (check.faults > 0 ? [[check.name, check.faults]] : [])),
  );
}

const HOST = sql`(SELECT id FROM hosts WHERE ip_address = '198.18.5.1')`;
const COMPLETED = sql`(SELECT id FROM scan_jobs WHERE status = 'completed')`;
const RUNNING = sql`(SELECT id FROM scan_jobs WHERE status = 'running')`;
const NOBODY = sql`4711`;

interface Damage {
  readonly what: string;
  readonly done: readonly RawBuilder<unknown>[];
  readonly seen: Readonly<Record<string, number>>;
}

const rawRow = (job: RawBuilder<unknown>, host: RawBuilder<unknown>, port: number) => sql`
  INSERT INTO port_scans (job_id, host_id, protocol, port, state, reason, shard_number, position, observed_at)
  VALUES (${job}, ${host}, 'tcp', ${port}::int, 'open', 'syn-ack', 0, 1, '2026-01-01T00:00:05Z')`;

const DAMAGES: readonly Damage[] = [
  {
    what: 'a raw row of a scan and a host that are not there',
    done: [rawRow(NOBODY, NOBODY, 9)],
    seen: {
      'orphans: port_scans.job_id': 1,
      'orphans: port_scans.host_id': 1,
      'listed ports have a current state': 1,
      'history equals observations': 1,
    },
  },
  {
    what: 'an observation stored twice',
    done: [
      sql`INSERT INTO port_scans SELECT job_id, host_id, protocol, port, state, reason, shard_number, position,
        round_trip_us, observed_at, scanned_at + interval '1 ms' FROM port_scans
        WHERE job_id = ${COMPLETED} AND host_id = ${HOST} AND port = 1`,
    ],
    seen: { 'duplicate observations': 1, 'ledger adds up to raw rows': 1 },
  },
  {
    what: 'a raw row lost',
    done: [sql`DELETE FROM port_scans WHERE job_id = ${COMPLETED} AND host_id <> ${HOST}`],
    seen: { 'ledger adds up to raw rows': 1 },
  },
  {
    what: 'a port told twice by one scan',
    done: [
      sql`UPDATE scan_coverage SET ports = ports + '{[1,2)}' WHERE job_id = ${COMPLETED} AND address = '198.18.5.2'`,
    ],
    seen: { 'ports settled once': 1, 'ledger adds up to coverage': 1 },
  },
  {
    what: 'a checkpoint ahead of the ledger',
    done: [sql`UPDATE scan_shards SET checkpoint = checkpoint + 1 WHERE job_id = ${RUNNING}`],
    seen: { 'checkpoint equals ledger': 1 },
  },
  {
    what: 'a gap in the ledger',
    done: [
      sql`UPDATE scan_batches SET first_position = first_position + 1, end_position = end_position + 1
        WHERE job_id = ${COMPLETED} AND seq = 1`,
    ],
    seen: { 'checkpoint equals ledger': 1 },
  },
  {
    what: 'a batch of the ledger lost',
    done: [sql`DELETE FROM scan_batches WHERE job_id = ${COMPLETED} AND seq = 1`],
    seen: {
      'checkpoint equals ledger': 1,
      'counters equal ledger': 1,
      'ledger adds up to raw rows': 1,
      'ledger adds up to coverage': 1,
      'ledger adds up to hosts': 1,
    },
  },
  {
    what: 'a counter of a shard altered',
    done: [sql`UPDATE scan_shards SET probes_sent = probes_sent + 1 WHERE job_id = ${RUNNING}`],
    seen: { 'counters equal ledger': 1 },
  },
  {
    what: 'a coverage row missing',
    done: [sql`DELETE FROM scan_coverage WHERE job_id = ${COMPLETED} AND address = '198.18.5.2'`],
    seen: { 'ledger adds up to coverage': 1 },
  },
  {
    what: 'a host taken from what a scan saw',
    done: [sql`DELETE FROM scan_hosts WHERE job_id = ${COMPLETED} AND host_id = ${HOST}`],
    seen: { 'ledger adds up to hosts': 1 },
  },
  {
    what: 'the current state of a port altered',
    done: [sql`UPDATE host_ports SET state = 'filtered' WHERE host_id = ${HOST} AND port = 1`],
    seen: { 'current ports equal history': 1, 'listed ports have a current state': 1 },
  },
  {
    what: 'a current port deleted',
    done: [sql`DELETE FROM host_ports WHERE host_id = ${HOST} AND port = 3`],
    seen: { 'current ports equal history': 1, 'listed ports have a current state': 1 },
  },
  {
    what: 'a current port that nobody saw',
    done: [
      sql`INSERT INTO host_ports SELECT host_id, protocol, 9, state, reason, observed_at, job_id, shard_number, position,
        first_seen, last_seen FROM host_ports WHERE host_id = ${HOST} AND port = 3`,
    ],
    seen: { 'current ports equal history': 1, 'listed ports have a current state': 1 },
  },
  {
    what: 'the last sight of a port altered',
    done: [
      sql`UPDATE host_ports SET last_seen = last_seen + interval '1 day' WHERE host_id = ${HOST} AND port = 1`,
    ],
    seen: { 'ports seen when observed': 1 },
  },
  {
    what: 'the status of a host altered',
    done: [sql`UPDATE hosts SET status = 'gone' WHERE id = ${HOST}`],
    seen: { 'current hosts equal history': 1 },
  },
  {
    what: 'the address of a host altered',
    done: [sql`UPDATE hosts SET ip_address = '198.18.5.9' WHERE ip_address = '198.18.5.2'`],
    seen: { 'current hosts equal history': 1 },
  },
  {
    what: 'a name that history does not tell',
    done: [sql`UPDATE hosts SET hostname = 'elsewhere' WHERE id = ${HOST}`],
    seen: { 'current names equal history': 1 },
  },
  {
    what: 'a host deleted',
    done: [sql`DELETE FROM hosts WHERE ip_address = '198.18.5.2'`],
    seen: {
      'orphans: port_scans.host_id': 1,
      'orphans: host_ports.host_id': 1,
      'orphans: host_history.host_id': 2,
      'orphans: host_identities.host_id': 1,
      'orphans: scan_hosts.host_id': 1,
      'current hosts equal history': 1,
    },
  },
  {
    what: 'the last sight of a host put back',
    done: [
      sql`UPDATE hosts SET first_seen = first_seen - interval '1 day', last_seen = last_seen - interval '1 hour' WHERE id = ${HOST}`,
    ],
    seen: { 'hosts seen when observed': 1 },
  },
  {
    what: 'the newest history row of a port deleted',
    done: [sql`DELETE FROM host_history WHERE host_id = ${HOST} AND port = 2 AND new_value = 'closed'`],
    seen: { 'current ports equal history': 1, 'history equals observations': 1 },
  },
  {
    what: 'an earlier history row of a port deleted',
    done: [sql`DELETE FROM host_history WHERE host_id = ${HOST} AND port = 2 AND new_value = 'open'`],
    seen: { 'history equals observations': 1 },
  },
  {
    what: 'two values of one fact from one observation',
    done: [
      sql`DROP INDEX host_history_begins_once`,
      sql`INSERT INTO host_history (host_id, fact, protocol, port, old_value, new_value, reason, job_id, shard_number, position,
          observed_at)
        SELECT host_id, fact, protocol, port, old_value, new_value, reason, job_id, shard_number, position, observed_at
        FROM host_history WHERE host_id = ${HOST} AND port = 1`,
    ],
    seen: { 'no overlapping validity': 1 },
  },
  {
    what: 'two hosts of one address',
    done: [
      sql`ALTER TABLE hosts DROP CONSTRAINT hosts_site_id_ip_address_key`,
      sql`WITH twin AS (INSERT INTO hosts (uid, site_id, ip_address, status, status_observed_at, first_seen, last_seen)
          SELECT gen_random_uuid(), site_id, ip_address, 'up', status_observed_at, first_seen, last_seen FROM hosts
          WHERE ip_address = '198.18.5.2' RETURNING *), named AS (
          INSERT INTO host_identities SELECT id, uid, site_id, ip_address FROM twin)
        INSERT INTO host_history (host_id, fact, new_value, observed_at) SELECT id, 'status', 'up', status_observed_at FROM twin`,
    ],
    seen: { 'one host an address': 1 },
  },
  {
    what: 'a current port stored twice',
    done: [
      sql`ALTER TABLE host_ports DROP CONSTRAINT host_ports_pkey`,
      sql`INSERT INTO host_ports SELECT * FROM host_ports WHERE host_id = ${HOST} AND port = 1`,
    ],
    seen: { 'one state a port': 1 },
  },
  {
    what: 'a completed scan with an unfinished shard',
    done: [
      sql`UPDATE scan_shards SET end_position = 30 WHERE job_id = ${COMPLETED}`,
      sql`UPDATE scan_jobs SET positions = 30 WHERE id = ${COMPLETED}`,
    ],
    seen: { 'completed means covered': 1 },
  },
  {
    what: 'a plan that its shards do not cover',
    done: [sql`UPDATE scan_jobs SET positions = positions + 1 WHERE id = ${COMPLETED}`],
    seen: { 'shards cover the plan': 1 },
  },
  {
    what: 'a running scan without a lease',
    done: [
      sql`UPDATE scan_jobs SET created_at = now() - interval '1 hour', started_at = now() - interval '1 hour' WHERE id = ${RUNNING}`,
      sql`UPDATE scan_batches SET recorded_at = now() - interval '1 hour' WHERE job_id = ${RUNNING}`,
      sql`UPDATE scan_shards SET lease_owner = NULL, lease_expires_at = NULL WHERE job_id = ${RUNNING}`,
    ],
    seen: { 'running means leased': 1 },
  },
  {
    what: 'a completed scan that somebody holds',
    done: [
      sql`UPDATE scan_shards SET lease_owner = 'x', lease_expires_at = now() WHERE job_id = ${COMPLETED}`,
    ],
    seen: { 'no lease on a settled scan': 1 },
  },
  {
    what: 'a batch written under a lease that was never given',
    done: [sql`UPDATE scan_batches SET lease_token = 99 WHERE job_id = ${COMPLETED} AND seq = 0`],
    seen: { 'lease tokens only grow': 1 },
  },
  {
    what: 'a row in the default partition',
    done: [
      sql`UPDATE port_scans SET scanned_at = now() + interval '5 years' WHERE job_id = ${COMPLETED} AND port = 1`,
    ],
    seen: { 'default partition is empty': 2 },
  },
  {
    what: 'a partition missing',
    done: [
      sql`DO $$ BEGIN EXECUTE format('DROP TABLE %I',
        'port_scans_' || to_char(now() AT TIME ZONE 'UTC' + interval '1 month', 'YYYY_MM')); END $$`,
    ],
    seen: { 'partitions made ahead': 1 },
  },
  {
    what: 'a partition detached',
    done: [
      sql`DO $$ BEGIN EXECUTE format('ALTER TABLE port_scans DETACH PARTITION %I',
        'port_scans_' || to_char(now() AT TIME ZONE 'UTC' + interval '1 month', 'YYYY_MM')); END $$`,
    ],
    seen: { 'partitions made ahead': 1 },
  },
  {
    what: 'a trigger left switched off',
    done: [sql`ALTER TABLE hosts DISABLE TRIGGER hosts_identity`],
    seen: { 'constraints are in force': 1 },
  },
  {
    what: 'a constraint that stands unproven',
    done: [sql`ALTER TABLE hosts ADD CONSTRAINT later CHECK (last_seen > '1970-01-01') NOT VALID`],
    seen: { 'constraints are in force': 1 },
  },
];

describe('checking the stored data', () => {
  it('finds nothing where nothing was damaged', async () => {
    expect(await faults()).toEqual({});
  });

  it.each(DAMAGES)('sees $what', async ({ done, seen }) => {
    await plant(...done);
    expect(await faults()).toEqual(seen);
  });

  it('has damage planted for every check but those of other references', () => {
    const seen = new Set(DAMAGES.flatMap((damage) => Object.keys(damage.seen)));
    const unseen = INTEGRITY_QUESTIONS.map(({ name }) => name).filter(
      (name) => !seen.has(name) && !name.startsWith('orphans'),
    );
    expect(unseen).toEqual([]);
  });
});
