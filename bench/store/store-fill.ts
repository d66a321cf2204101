import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { PoolClient } from 'pg';
import { type BenchDatabase, countRows, withClient } from '../support/database.ts';
import { newScan, PORTS_PER_HOST } from './store-scan.ts';

/** Bytes of heap, indexes and log, with a margin. */
const BYTES_PER_ROW = 300;
const HOUR_MS = 3_600_000;
export const FILLED_HOSTS = 10_000;
export const ROWS_PER_SCAN = FILLED_HOSTS * PORTS_PER_HOST;

/** The filled-in rows were observed before this; the appends come after. */
export const FILLED_UNTIL_MS = Date.UTC(2026, 0, 1);

export async function assertCapacityFor(rows: number): Promise<void> {
  const { bavail, bsize } = await statfs(tmpdir());
  if (bavail * bsize < rows * BYTES_PER_ROW)
    throw new Error(
      `${tmpdir()} has not enough free space for ${rows} rows. Set a smaller number with --rows.`,
    );
}

/**
 * Inserts scans that found every port of every host open, as if the program had stored them, set by set: raw
 * rows straight into the partition of this month, whose indexes and foreign keys are created afterwards.
 */
export async function fill(
  database: BenchDatabase,
  scans: number,
  print: (line: string) => void,
): Promise<void> {
  const { place } = await newScan(database, { first: 0, end: FILLED_HOSTS }, FILLED_UNTIL_MS);
  await withClient(database, async (client) => {
    await client.query(`SET synchronous_commit = off; SET maintenance_work_mem = '1GB'`);
    const jobs = await addJobs(client, place.job.id, scans);
    await addHosts(client, place.siteId, jobs);
    await addCurrent(client, jobs);
    await addRaw(client, jobs, print);
    await client.query('VACUUM ANALYZE');
    const raw = await countRows(client, 'port_scans');
    if (raw !== scans * ROWS_PER_SCAN) throw new Error(`${raw} rows were filled in`);
  });
}

/** The last one is the newest. */
interface FilledJobs {
  readonly first: number;
  readonly last: number;
  readonly ids: readonly number[];
}

async function addJobs(client: PoolClient, like: number, scans: number): Promise<FilledJobs> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO scan_jobs (uid, site_id, scan_type, engine, targets, plan_version, target_ranges, ports, seed, positions,
       created_by) SELECT gen_random_uuid(), site_id, scan_type, engine, targets, plan_version, target_ranges, ports, seed,
       positions, created_by FROM scan_jobs, generate_series(1, $2) WHERE id = $1 RETURNING id`,
    [like, scans],
  );
  const ids = rows.map(({ id }) => id).sort((a, b) => a - b);
  return { first: ids[0] ?? 0, last: ids.at(-1) ?? 0, ids };
}

/** The time of the scan before the appends, or of one `back` from it. */
const seenAt = (back: number) => new Date(FILLED_UNTIL_MS - (back + 1) * HOUR_MS);

async function addHosts(client: PoolClient, siteId: number, { ids, first, last }: FilledJobs): Promise<void> {
  await client.query(
    `INSERT INTO hosts (uid, site_id, ip_address, status, status_reason, status_observed_at, status_job_id, status_shard,
       status_position, first_seen, last_seen)
     SELECT gen_random_uuid(), $1, '198.18.0.0'::inet + host, 'up', 'syn-ack', $2, $3, 0, 0, $4, $2
     FROM generate_series(0, $5::int - 1) AS host`,
    [siteId, seenAt(0), last, seenAt(ids.length - 1), FILLED_HOSTS],
  );
  await client.query(
    `INSERT INTO host_history (host_id, fact, new_value, reason, job_id, shard_number, position, observed_at)
     SELECT id, 'status', 'up', 'syn-ack', $1, 0, 0, $2 FROM hosts ORDER BY id`,
    [first, seenAt(ids.length - 1)],
  );
}

const EVERY_PORT = `hosts CROSS JOIN generate_series(1, ${PORTS_PER_HOST}) AS port`;

async function addCurrent(client: PoolClient, { ids, first, last }: FilledJobs): Promise<void> {
  await client.query(
    `INSERT INTO host_ports (host_id, protocol, port, state, reason, observed_at, job_id, shard_number, position,
       first_seen, last_seen)
     SELECT id, 'tcp', port, 'open', 'syn-ack', $1, $2, 0, 0, $3, $1 FROM ${EVERY_PORT} ORDER BY id, port`,
    [seenAt(0), last, seenAt(ids.length - 1)],
  );
  await client.query(
    `INSERT INTO host_history (host_id, fact, protocol, port, new_value, reason, job_id, shard_number, position,
       observed_at)
     SELECT id, 'port', 'tcp', port, 'open', 'syn-ack', $1, 0, 0, $2 FROM ${EVERY_PORT} ORDER BY id, port`,
    [first, seenAt(ids.length - 1)],
  );
}

async function addRaw(client: PoolClient, { ids }: FilledJobs, print: (line: string) => void): Promise<void> {
  const { rows } = await client.query<{ name: string; first: string; end: string }>(`
    SELECT 'port_scans_' || to_char(month, 'YYYY_MM') AS name, (month AT TIME ZONE 'UTC')::text AS first,
      ((month + interval '1 month') AT TIME ZONE 'UTC')::text AS end
    FROM date_trunc('month', now() AT TIME ZONE 'UTC') AS month`);
  const { name = '', first = '', end = '' } = rows[0] ?? {};
  await client.query(`DROP TABLE ${name};
    CREATE TABLE ${name} (LIKE port_scans INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`);
  for (const [index, id] of ids.entries()) {
    await client.query(
      `INSERT INTO ${name} (job_id, shard_number, host_id, protocol, port, state, reason, position, round_trip_us,
         observed_at, scanned_at)
       SELECT $1, 0, id, 'tcp', port, 'open', 'syn-ack', id * ${PORTS_PER_HOST} + port, 200, $2,
         $3::timestamptz + $4 * interval '1 s' FROM ${EVERY_PORT} ORDER BY id, port`,
      [id, seenAt(ids.length - 1 - index), first, index],
    );
    if ((index + 1) % 10 === 0) print(`  ${index + 1} of ${ids.length} scans are in place`);
  }
  // As the program creates its partitions: this builds the indexes and validates the foreign keys.
  await client.query(
    `ALTER TABLE port_scans ATTACH PARTITION ${name} FOR VALUES FROM ('${first}') TO ('${end}')`,
  );
}
