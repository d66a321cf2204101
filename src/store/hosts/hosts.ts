import { sql } from 'kysely';
import type { RoundTrips } from '#domain/diff/round-trips.js';
import { PRESENCE_GAP_MS } from '#domain/hosts/status-rules.js';
import type { Reason } from '#domain/ports/port-state.js';
import type { Executor } from '#store/database/database.js';
import { PROBES_HOSTS, type TouchedStatus } from '#store/hosts/missed-hosts.js';

/** Proof that an address is in use: one per address and batch, by its newest observation. */
export interface HostObservation {
  readonly uid: string;
  readonly address: string;
  readonly reason: Reason;
  /** Of the newest observation; with job and shard it is the key that folding compares. */
  readonly observedAt: Date;
  readonly position: number;
  /** Of the oldest observation in the batch. */
  readonly firstSeen: Date;
  /** Of all its answers in the batch whose time was taken; absent when there is none. */
  readonly roundTrips?: RoundTrips | undefined;
}

export interface ObservationSource {
  readonly siteId: number;
  readonly jobId: number;
  readonly shardNumber: number;
}

/** The newest proof that a host was there, and its key: they change together or not at all. */
const PROOF_COLUMNS = [
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

/** Whether nothing was known of a host yet at the first instant of its sighting: a late one may begin its history anew. */
function isFirst({ jobId, shardNumber }: ObservationSource) {
  const key = sql`(seen.first_seen, ${jobId}::bigint, ${shardNumber}::int)`;
  return sql`(host.id IS NULL OR seen.first_seen <= host.first_seen AND NOT EXISTS (
    SELECT FROM host_history past WHERE past.host_id = host.id AND past.fact = 'status' AND past.port IS NULL
      AND (past.observed_at, coalesce(past.job_id, 0), coalesce(past.shard_number, 0)) <= ${key}))`;
}

/**
 * Whether the host was deleted when it was seen, by history: the newest of its deletions and returns before. One that
 * was deleted at the same instant stays so.
 */
const WAS_DELETED = sql`(
  SELECT past.new_value = 'true' FROM host_history past
  WHERE past.host_id = host.id AND past.fact = 'deleted' AND past.observed_at < seen.observed_at
  ORDER BY past.observed_at DESC, past.id DESC LIMIT 1)`;

export interface SeenHosts {
  /** The host id of every address. */
  readonly ids: ReadonlyMap<string, number>;
  /** Hosts that a run missed at some time, each from when this sighting began. */
  readonly missed: readonly TouchedStatus[];
  /** Hosts that are new, or known to have been there earlier than before: runs may have missed them then. */
  readonly earlier: readonly TouchedStatus[];
}

interface SeenRow {
  readonly id: number;
  readonly address: string;
  readonly firstSeen: Date;
  readonly wasMissed: boolean;
  readonly isEarlier: boolean;
}

/**
 * Creates or refreshes the hosts that were seen, and begins the history of each of which nothing was known when it was
 * first seen. What else it makes of their status is left to whoever tells their life. A deleted host that was seen after its deletion
 * is there again; a sighting from before it, stored late, leaves it deleted. An observation older than the newest proof
 * counts in first_seen, last_seen and history alone.
 */
export async function upsertHosts(
  executor: Executor,
  source: ObservationSource,
  observations: readonly HostObservation[],
): Promise<SeenHosts> {
  if (observations.length === 0) return { ids: new Map(), missed: [], earlier: [] };
  const { rows } = await sql<SeenRow>`
    WITH job AS (SELECT ${PROBES_HOSTS} AS probes_hosts FROM scan_jobs job WHERE job.id = ${source.jobId}
    ), seen AS (
      SELECT seen.*, CASE WHEN job.probes_hosts THEN seen.first_seen END AS answers_since FROM job, unnest(
        ${observations.map((s) => s.uid)}::uuid[], ${observations.map((s) => s.address)}::inet[],
        -- Given back as it came: PostgreSQL writes some IPv6 addresses in another way.
        ${observations.map((s) => s.address)}::text[],
        ${observations.map((s) => s.reason)}::text[], ${observations.map((s) => s.observedAt)}::timestamptz[],
        ${observations.map((s) => s.position)}::bigint[], ${observations.map((s) => s.firstSeen)}::timestamptz[],
        ${roundTripArrays(observations)}
      ) AS seen(uid, address, given, reason, observed_at, position, first_seen, rtt_count, rtt_sum_us, rtt_min_us, rtt_max_us)
    ), standing AS (
      SELECT seen.*, ${isFirst(source)} AS is_first, ${WAS_DELETED} AS was_deleted,
        host.id IS NULL OR seen.first_seen < host.first_seen AS is_earlier,
        host.missed_at IS NOT NULL AS was_missed
      FROM seen LEFT JOIN hosts host ON host.site_id = ${source.siteId} AND host.ip_address = seen.address
    ), written AS (
      INSERT INTO hosts AS host (uid, site_id, ip_address, status, status_reason, status_observed_at, status_job_id,
        status_shard, status_position, first_seen, last_seen, answers_since, rtt_count, rtt_sum_us, rtt_min_us, rtt_max_us)
      SELECT uid, ${source.siteId}, address, 'up', reason, observed_at, ${source.jobId}, ${source.shardNumber},
        position, first_seen, observed_at, answers_since, rtt_count, rtt_sum_us, rtt_min_us, rtt_max_us
      FROM seen ORDER BY address
      ON CONFLICT (site_id, ip_address) DO UPDATE SET
        ${sql.join(PROOF_COLUMNS.map(keepNewer))},
        first_seen = least(host.first_seen, excluded.first_seen),
        last_seen = greatest(host.last_seen, excluded.last_seen),
        answers_since = least(host.answers_since, excluded.answers_since),
        rtt_count = host.rtt_count + excluded.rtt_count,
        rtt_sum_us = CASE WHEN excluded.rtt_count = 0 THEN host.rtt_sum_us ELSE coalesce(host.rtt_sum_us, 0) + excluded.rtt_sum_us END,
        rtt_min_us = least(host.rtt_min_us, excluded.rtt_min_us),
        rtt_max_us = greatest(host.rtt_max_us, excluded.rtt_max_us),
        deleted_at = CASE WHEN host.deleted_at >= excluded.last_seen THEN host.deleted_at END
      RETURNING host.id, host.ip_address
    ), changes AS (
      INSERT INTO host_history (host_id, fact, old_value, new_value, reason, job_id, shard_number, position, observed_at)
      -- It is there from the oldest observation on, whose position nobody keeps when it is not the newest too.
      SELECT written.id, 'status', NULL, 'up', standing.reason, ${source.jobId}::bigint, ${source.shardNumber}::int,
        CASE WHEN standing.first_seen = standing.observed_at THEN standing.position END, standing.first_seen
      FROM standing JOIN written ON written.ip_address = standing.address WHERE standing.is_first
      UNION ALL
      SELECT written.id, 'deleted', 'true', 'false', standing.reason, ${source.jobId}::bigint, ${source.shardNumber}::int,
        standing.position, standing.observed_at
      FROM standing JOIN written ON written.ip_address = standing.address WHERE standing.was_deleted
    )
    SELECT written.id, standing.given AS address, standing.first_seen AS "firstSeen", standing.was_missed AS "wasMissed",
      standing.is_earlier AS "isEarlier"
    FROM written JOIN standing ON standing.address = written.ip_address`.execute(executor);
  const statusHistoryOf = ({ id, firstSeen }: SeenRow): TouchedStatus => ({ hostId: id, from: firstSeen });
  return {
    ids: new Map(rows.map((row) => [row.address, row.id])),
    missed: rows.filter(({ wasMissed }) => wasMissed).map(statusHistoryOf),
    earlier: rows.filter(({ isEarlier }) => isEarlier).map(statusHistoryOf),
  };
}

function roundTripArrays(observations: readonly HostObservation[]) {
  const of = (pick: (roundTrips: RoundTrips) => number) =>
    observations.map(({ roundTrips }) => (roundTrips === undefined ? null : pick(roundTrips)));
  return sql`${observations.map(({ roundTrips }) => roundTrips?.count ?? 0)}::bigint[], ${of(({ sumUs }) => sumUs)}::bigint[],
    ${of(({ minUs }) => minUs)}::bigint[], ${of(({ maxUs }) => maxUs)}::bigint[]`;
}

/**
 * Notes which hosts this scan saw and when, with the evidence of the first time; gives how many it had not seen before.
 */
export async function insertScanHosts(
  executor: Executor,
  source: ObservationSource,
  hostIds: ReadonlyMap<string, number>,
  observations: readonly HostObservation[],
): Promise<number> {
  const known = observations.flatMap((seen) => {
    const hostId = hostIds.get(seen.address);
    return hostId === undefined ? [] : [{ hostId, observation: seen }];
  });
  if (known.length === 0) return 0;
  const { rows } = await sql<{ count: number }>`
    WITH written AS (
      INSERT INTO scan_hosts AS standing (job_id, host_id, reason, observed_at, seen, round_trip_us)
      SELECT ${source.jobId}, host_id, reason, since,
        tstzmultirange(tstzrange(since, until + ${PRESENCE_GAP_MS} * interval '1 millisecond')), round_trip_us
      FROM unnest(${known.map((k) => k.hostId)}::bigint[], ${known.map((k) => k.observation.reason)}::text[],
        ${known.map((k) => k.observation.firstSeen)}::timestamptz[], ${known.map((k) => k.observation.observedAt)}::timestamptz[],
        ${known.map((k) => k.observation.roundTrips?.minUs ?? null)}::int[]) AS reported(host_id, reason, since, until, round_trip_us)
      ON CONFLICT (job_id, host_id) DO UPDATE SET
        reason = CASE WHEN excluded.observed_at < standing.observed_at THEN excluded.reason ELSE standing.reason END,
        observed_at = least(standing.observed_at, excluded.observed_at), seen = standing.seen + excluded.seen,
        round_trip_us = least(standing.round_trip_us, excluded.round_trip_us)
      WHERE NOT standing.seen @> excluded.seen
      RETURNING xmax = 0 AS is_new
    )
    SELECT count(*) FILTER (WHERE is_new) AS count FROM written`.execute(executor);
  return rows[0]?.count ?? 0;
}

/**
 * Of hosts that somebody missed at some time, those that a sighting by this scan, just noted, may bring back or keep from
 * having been away; each from when that time of seeing it began.
 */
export async function touchedByObservation(
  executor: Executor,
  jobId: number,
  missed: readonly TouchedStatus[],
): Promise<readonly TouchedStatus[]> {
  if (missed.length === 0) return [];
  const { rows } = await sql<TouchedStatus>`
    SELECT host.id AS "hostId", lower(time) AS "from"
    FROM unnest(${missed.map(({ hostId }) => hostId)}::bigint[], ${missed.map(({ from }) => from)}::timestamptz[]) AS reported(host_id, since)
      JOIN hosts host ON host.id = reported.host_id JOIN scan_hosts own ON own.job_id = ${jobId} AND own.host_id = host.id
      CROSS JOIN unnest(own.seen) AS time
    WHERE time @> reported.since
      AND (host.status <> 'up' OR host.misses > 0 OR host.flapping OR lower(time) <= host.missed_at
        -- It came back then, and not when it was next seen.
        OR lower(time) < host.status_changed_at)`.execute(executor);
  return rows;
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
