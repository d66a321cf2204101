import { sql } from 'kysely';
import type { Reason } from '#domain/port-state.js';
import type { Executor } from '#store/database.js';

/** Proof that an address is in use: one per address and batch, by its newest observation. */
export interface HostSighting {
  readonly uid: string;
  readonly address: string;
  readonly reason: Reason;
  /** Of the newest observation; with job and shard it is the key that folding compares. */
  readonly observedAt: Date;
  readonly position: number;
  /** Of the oldest observation in the batch. */
  readonly firstSeen: Date;
  /** Where one was measured. */
  readonly roundTripMicroseconds?: number | undefined;
}

export interface SightingSource {
  readonly siteId: number;
  readonly jobId: number;
  readonly shardNumber: number;
}

/** The status of a host and the key of the observation that decided it: they change together or not at all. */
const STATUS_COLUMNS = [
  'status',
  'status_reason',
  'status_observed_at',
  'status_job_id',
  'status_shard',
  'status_position',
];

function keepNewer(column: string) {
  return sql`${sql.ref(column)} = CASE WHEN (excluded.status_observed_at, excluded.status_job_id, excluded.status_shard)
      > (host.status_observed_at, coalesce(host.status_job_id, 0), coalesce(host.status_shard, 0))
    THEN ${sql.ref(`excluded.${column}`)} ELSE ${sql.ref(`host.${column}`)} END`;
}

/** The status a host had just before an instant of its sighting: what stands, or for one that arrives late the newest history row before it. */
function statusInForce({ jobId, shardNumber }: SightingSource, instant: 'first_seen' | 'observed_at') {
  const key = sql`(${sql.ref(`seen.${instant}`)}, ${jobId}::bigint, ${shardNumber}::int)`;
  return sql`CASE
    WHEN ${key} > (host.status_observed_at, coalesce(host.status_job_id, 0), coalesce(host.status_shard, 0)) THEN host.status
    ELSE (
      SELECT past.new_value FROM host_history past
      WHERE past.host_id = host.id AND past.fact = 'status'
        AND (past.observed_at, coalesce(past.job_id, 0), coalesce(past.shard_number, 0)) <= ${key}
      ORDER BY past.observed_at DESC, coalesce(past.job_id, 0) DESC, coalesce(past.shard_number, 0) DESC, past.id DESC
      LIMIT 1) END`;
}

/**
 * Whether the host was deleted when it was seen, by history: the newest of its deletions and returns before. One that
 * was deleted at the same instant stays so.
 */
const WAS_DELETED = sql`(
  SELECT past.new_value = 'true' FROM host_history past
  WHERE past.host_id = host.id AND past.fact = 'deleted' AND past.observed_at < seen.observed_at
  ORDER BY past.observed_at DESC, past.id DESC LIMIT 1)`;

/**
 * Creates or refreshes the hosts that were seen and writes a history row for each whose status this
 * changes, and for each of which nothing was known when it was first seen. A deleted host that was seen after its deletion
 * is there again; a sighting from before it, stored late, leaves it deleted. An observation older than the one that decided
 * the status counts in first_seen, last_seen and
 * history, and does not change the status. Gives the host id of every address.
 */
export async function upsertHosts(
  executor: Executor,
  source: SightingSource,
  sightings: readonly HostSighting[],
): Promise<ReadonlyMap<string, number>> {
  if (sightings.length === 0) return new Map();
  const { rows } = await sql<{ id: number; address: string }>`
    WITH seen AS (
      SELECT * FROM unnest(
        ${sightings.map((s) => s.uid)}::uuid[], ${sightings.map((s) => s.address)}::inet[],
        -- Given back as it came: PostgreSQL writes some IPv6 addresses in another way.
        ${sightings.map((s) => s.address)}::text[],
        ${sightings.map((s) => s.reason)}::text[], ${sightings.map((s) => s.observedAt)}::timestamptz[],
        ${sightings.map((s) => s.position)}::bigint[], ${sightings.map((s) => s.firstSeen)}::timestamptz[]
      ) AS seen(uid, address, given, reason, observed_at, position, first_seen)
    ), standing AS (
      SELECT seen.*, ${statusInForce(source, 'first_seen')} AS known_status, ${statusInForce(source, 'observed_at')} AS old_status,
        ${WAS_DELETED} AS was_deleted
      FROM seen LEFT JOIN hosts host ON host.site_id = ${source.siteId} AND host.ip_address = seen.address
    ), written AS (
      INSERT INTO hosts AS host (uid, site_id, ip_address, status, status_reason, status_observed_at, status_job_id,
        status_shard, status_position, first_seen, last_seen)
      SELECT uid, ${source.siteId}, address, 'up', reason, observed_at, ${source.jobId}, ${source.shardNumber},
        position, first_seen, observed_at
      FROM seen ORDER BY address
      ON CONFLICT (site_id, ip_address) DO UPDATE SET
        ${sql.join(STATUS_COLUMNS.map(keepNewer))},
        first_seen = least(host.first_seen, excluded.first_seen),
        last_seen = greatest(host.last_seen, excluded.last_seen),
        deleted_at = CASE WHEN host.deleted_at >= excluded.last_seen THEN host.deleted_at END
      RETURNING host.id, host.ip_address
    ), changes AS (
      INSERT INTO host_history (host_id, fact, old_value, new_value, reason, job_id, shard_number, position, observed_at)
      SELECT written.id, 'status', change.old_status, 'up', change.reason, ${source.jobId}::bigint, ${source.shardNumber}::int,
        change.position, change.observed_at
      FROM (
        -- It is there from the oldest observation on, whose position nobody keeps when it is not the newest too.
        SELECT address, NULL AS old_status, reason, CASE WHEN first_seen = observed_at THEN position END AS position,
          first_seen AS observed_at FROM standing WHERE known_status IS NULL
        UNION ALL SELECT address, old_status, reason, position, observed_at FROM standing WHERE old_status <> 'up'
      ) AS change JOIN written ON written.ip_address = change.address
      UNION ALL
      SELECT written.id, 'deleted', 'true', 'false', standing.reason, ${source.jobId}::bigint, ${source.shardNumber}::int,
        standing.position, standing.observed_at
      FROM standing JOIN written ON written.ip_address = standing.address WHERE standing.was_deleted
    )
    SELECT written.id, seen.given AS address FROM written JOIN seen ON seen.address = written.ip_address`.execute(
    executor,
  );
  return new Map(rows.map((row) => [row.address, row.id]));
}

/** Notes which hosts this scan saw, keeping the first evidence; gives how many it had not seen before. */
export async function insertScanHosts(
  executor: Executor,
  source: SightingSource,
  hostIds: ReadonlyMap<string, number>,
  sightings: readonly HostSighting[],
): Promise<number> {
  const known = sightings.flatMap((sighting) => {
    const hostId = hostIds.get(sighting.address);
    return hostId === undefined ? [] : [{ hostId, sighting }];
  });
  if (known.length === 0) return 0;
  const { numAffectedRows } = await sql`
    INSERT INTO scan_hosts (job_id, host_id, reason, observed_at, round_trip_us)
    SELECT ${source.jobId}, host_id, reason, observed_at, round_trip_us
    FROM unnest(${known.map((k) => k.hostId)}::bigint[], ${known.map((k) => k.sighting.reason)}::text[],
      ${known.map((k) => k.sighting.firstSeen)}::timestamptz[],
      ${known.map((k) => k.sighting.roundTripMicroseconds ?? null)}::int[]) AS seen(host_id, reason, observed_at, round_trip_us)
    ON CONFLICT (job_id, host_id) DO NOTHING`.execute(executor);
  return Number(numAffectedRows ?? 0n);
}

/** Ids of the hosts with these addresses, by the address as it was given; addresses without a host are left out. */
export async function hostIdsOf(
  executor: Executor,
  siteId: number,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (addresses.length === 0) return new Map();
  const { rows } = await sql<{ id: number; address: string }>`
    SELECT host.id, given.address FROM unnest(${addresses}::text[]) AS given(address)
    JOIN hosts host ON host.site_id = ${siteId} AND host.ip_address = given.address::inet`.execute(executor);
  return new Map(rows.map((row) => [row.address, row.id]));
}
