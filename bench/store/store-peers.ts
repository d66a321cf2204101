/** Other ways of storing the same rows: each row by itself, and one table with COPY. */
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { BatchRecord, ListedPort } from '#work/batches/batch-record.js';
import { type BenchDatabase, withClient } from '../support/database.ts';
import { recordsOf, type Stored, type StoredScan } from './store-scan.ts';

type HostIds = ReadonlyMap<string, number>;

/** Hosts of a batch, before the measured time. */
async function addHosts(client: PoolClient, scan: StoredScan, { evidence }: BatchRecord): Promise<HostIds> {
  const { rows } = await client.query<{ id: number; address: string }>(
    `INSERT INTO hosts (uid, site_id, ip_address, status, status_reason, status_observed_at, status_job_id,
       status_shard, status_position, first_seen, last_seen)
     SELECT gen_random_uuid(), $1, address, 'up', 'syn-ack', $2, $3, 0, 0, $2, $2 FROM unnest($4::inet[]) AS address
     RETURNING id, host(ip_address) AS address`,
    [scan.place.siteId, new Date(scan.startMs), scan.place.job.id, evidence.map(({ address }) => address)],
  );
  return new Map(rows.map(({ id, address }) => [address, id]));
}

const COPY = `COPY port_scans (job_id, shard_number, host_id, protocol, port, state, reason, position, observed_at,
  round_trip_us) FROM STDIN`;

function lineOf(port: ListedPort, jobId: number, hostIds: HostIds): string {
  const {
    address,
    protocol,
    port: number,
    state,
    reason,
    position,
    observedAt,
    roundTripMicroseconds,
  } = port;
  const what = [jobId, 0, hostIds.get(address), protocol, number, state, reason, position];
  return `${[...what, observedAt.toISOString(), roundTripMicroseconds ?? '\\N'].join('\t')}\n`;
}

/** COPY into port_scans alone, with its keys and constraints, one transaction a batch. */
export async function copyScan(database: BenchDatabase, scan: StoredScan): Promise<Stored> {
  return await withClient(database, async (client) => {
    let [rows, ms] = [0, 0];
    for (const record of recordsOf(scan)) {
      database.signal.throwIfAborted();
      const hostIds = await addHosts(client, scan, record);
      const begunMs = performance.now();
      const lines = record.listed.map((port) => lineOf(port, scan.place.job.id, hostIds)).join('');
      await pipeline([Buffer.from(lines)], client.query(copyFrom(COPY)));
      ms += performance.now() - begunMs;
      rows += record.listed.length;
    }
    return { rows, ms };
  });
}

const RAW = {
  name: 'raw',
  text: `INSERT INTO port_scans (job_id, shard_number, host_id, protocol, port, state, reason, position, observed_at,
    round_trip_us) VALUES ($1, 0, $2, $3, $4, $5, $6, $7, $8, $9)`,
};
const STANDING = {
  name: 'standing',
  text: 'SELECT state, observed_at FROM host_ports WHERE host_id = $1 AND protocol = $2 AND port = $3 FOR UPDATE',
};
const CURRENT = {
  name: 'current',
  text: `INSERT INTO host_ports (host_id, protocol, port, state, reason, observed_at, job_id, shard_number, position,
    first_seen, last_seen) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $6, $6)
    ON CONFLICT (host_id, protocol, port) DO UPDATE SET state = excluded.state, reason = excluded.reason,
      observed_at = excluded.observed_at, job_id = excluded.job_id, shard_number = excluded.shard_number,
      position = excluded.position, last_seen = excluded.last_seen`,
};
const HISTORY = {
  name: 'history',
  text: `INSERT INTO host_history (host_id, fact, protocol, port, old_value, new_value, reason, job_id, shard_number,
    position, observed_at) VALUES ($1, 'port', $2, $3, $4, $5, $6, $7, 0, $8, $9)`,
};

async function storeRow(client: PoolClient, jobId: number, hostId: number, port: ListedPort): Promise<void> {
  const { protocol, port: number, state, reason, position, observedAt, roundTripMicroseconds } = port;
  const raw = [jobId, hostId, protocol, number, state, reason, position, observedAt, roundTripMicroseconds];
  await client.query({ ...RAW, values: raw });
  const { rows } = await client.query<{ state: string; observed_at: Date }>({
    ...STANDING,
    values: [hostId, protocol, number],
  });
  const standing = rows[0];
  if (standing !== undefined && standing.observed_at > observedAt) return;
  const current = [hostId, protocol, number, state, reason, observedAt, jobId, position];
  await client.query({ ...CURRENT, values: current });
  if (standing?.state === state) return;
  const change = [
    hostId,
    protocol,
    number,
    standing?.state ?? null,
    state,
    reason,
    jobId,
    position,
    observedAt,
  ];
  await client.query({ ...HISTORY, values: change });
}

/**
 * Raw, current and history row by row, as a program without sets would: a statement a row and table, prepared once,
 * and one transaction for all of a batch. The handling of late observations in the product's statements is omitted.
 */
export async function storeRowByRow(
  database: BenchDatabase,
  scan: StoredScan,
  atMost: number,
): Promise<Stored> {
  return await withClient(database, async (client) => {
    let [rows, ms] = [0, 0];
    for (const record of recordsOf(scan)) {
      database.signal.throwIfAborted();
      const hostIds = await addHosts(client, scan, record);
      const some = record.listed.slice(0, atMost - rows);
      if (some.length === 0) break;
      const begunMs = performance.now();
      await client.query('BEGIN');
      for (const port of some)
        await storeRow(client, scan.place.job.id, hostIds.get(port.address) ?? 0, port);
      await client.query('COMMIT');
      ms += performance.now() - begunMs;
      rows += some.length;
    }
    return { rows, ms };
  });
}
