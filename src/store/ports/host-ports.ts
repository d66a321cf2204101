import { type RawBuilder, sql } from 'kysely';
import { isInformative, UNTELLING_PORT_STATES } from '#domain/ports/port-state.js';
import { arrayLiteral } from '#store/database/array-literal.js';
import type { Executor } from '#store/database/database.js';
import { verifyReferences } from '#store/database/references.js';
import type { CoverageSource, CoveredPorts } from '#store/ports/coverage.js';
import {
  insertPortScans,
  type ObservationSource,
  type PortObservation,
  rowsOf,
} from '#store/ports/port-scans.js';

/*
 * The current state of a port is the newest of all its observations by (observed_at, job, shard):
 *
 *     port_scans rows ───┐
 *                        ├─ newest wins ─→ host_ports ─→ host_history where it changed
 *     scan_coverage ─────┘
 *
 * A row appears with the first listed observation. Both statements below run under the address lock,
 * so each sees everything that earlier batches committed for its hosts.
 */

/** Key of what stands in host_ports. A scan that was purged before migration `scan_numbers` left NULL, older than any. */
const STANDING_KEY = sql`(standing.observed_at, coalesce(standing.job_id, 0), coalesce(standing.shard_number, 0))`;

/** Leaves out coverage that does not tell whether anything listens. */
const UNTELLING = sql`ALL (${[...UNTELLING_PORT_STATES]}::text[])`;

/**
 * Stores listed observations after proving that their job and hosts exist, and folds them into the current state: what
 * was not listed before is inserted, what stands is updated. All of them or none. Under the address lock nobody else
 * can list a port meanwhile, so that no insert has to be ready for a conflict.
 *
 * In one statement, so that 65,536 rows are sent and taken apart once. What is left of the time goes, for ports that are
 * new, by 63 % to the proofs of six foreign keys a port, and by a third to writing the three tables with their indexes.
 */
export async function storeListedPorts(
  executor: Executor,
  source: ObservationSource,
  observations: readonly PortObservation[],
): Promise<void> {
  const hostIds = [...new Set(observations.map(({ hostId }) => hostId))];
  await verifyReferences(executor, { jobIds: [source.jobId], hostIds });
  if (observations.length === 0) return;
  const key = sql`(seen.observed_at, ${source.jobId}::bigint, ${source.shardNumber}::int)`;
  // The keys alone would find the same rows, by reading what is known of all hosts.
  const ofHosts = sql`host_id = ANY (${arrayLiteral(hostIds)}::bigint[])`;
  await sql`
    WITH placed AS MATERIALIZED (
      SELECT seen.*, standing.state AS old_state, standing.host_id IS NULL AS is_new,
        standing.host_id IS NULL OR ${key} > ${STANDING_KEY} AS decides
      FROM ${rowsOf(observations)} LEFT JOIN (SELECT * FROM host_ports WHERE ${ofHosts}) AS standing
        USING (host_id, protocol, port)
    ), raw AS (${insertPortScans(source, sql`placed`)}),
    newer AS MATERIALIZED (${newerCoverage(source)}), later AS MATERIALIZED (${knownLater(source)}),
    added AS (${addNew(source)}), renewed AS (${renewStanding(source, ofHosts)}), late AS (${warnLate(source)})
    -- No other row of history can be alike: an observation has a position of its own, and is stored once.
    INSERT INTO host_history (${HISTORY_COLUMNS})
    SELECT host_id, 'port', protocol, port, old_state, state, reason, ${source.jobId}, ${source.shardNumber}, position,
      observed_at
    FROM placed WHERE decides AND old_state IS DISTINCT FROM state`.execute(executor);
}

function addNew({ jobId, shardNumber }: ObservationSource): RawBuilder<unknown> {
  return sql`
    INSERT INTO host_ports (host_id, protocol, port, state, reason, observed_at, job_id, shard_number, position,
      first_seen, last_seen)
    SELECT placed.host_id, placed.protocol, placed.port, coalesce(later.state, placed.state),
      coalesce(later.reason, placed.reason), coalesce(later.observed_at, placed.observed_at),
      coalesce(later.job_id, ${jobId}), coalesce(later.shard_number, ${shardNumber}),
      CASE WHEN later.state IS NULL THEN placed.position END, placed.observed_at, placed.observed_at
    FROM placed LEFT JOIN (SELECT * FROM later WHERE is_newest) AS later USING (host_id, protocol, port)
    WHERE placed.is_new`;
}

function decided(column: string, value: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`${sql.ref(column)} = CASE WHEN placed.decides THEN ${value} ELSE ${sql.ref(`standing.${column}`)} END`;
}

/** An update that changes no indexed column stays on its page: see migration `lighter_storing`. */
function renewStanding(
  { jobId, shardNumber }: ObservationSource,
  ofHosts: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`
    UPDATE host_ports standing SET
      ${sql.join(['state', 'reason', 'observed_at', 'position'].map((name) => decided(name, sql.ref(`placed.${name}`))))},
      ${decided('job_id', sql`${jobId}`)}, ${decided('shard_number', sql`${shardNumber}`)},
      first_seen = least(standing.first_seen, placed.observed_at),
      last_seen = greatest(standing.last_seen, placed.observed_at)
    FROM placed
    WHERE NOT placed.is_new AND standing.${ofHosts}
      AND (placed.decides OR placed.observed_at NOT BETWEEN standing.first_seen AND standing.last_seen)
      AND (standing.host_id, standing.protocol, standing.port) = (placed.host_id, placed.protocol, placed.port)`;
}

/** What changes in the past, where a row of history may be there already. */
function warnLate(source: ObservationSource): RawBuilder<unknown> {
  return appendHistory(sql`
    SELECT host_id, protocol, port, ${valueInForce(sql`placed`, source)} AS old_value, state AS new_value, reason,
      ${source.jobId}::bigint AS job_id, ${source.shardNumber}::int AS shard_number, position, observed_at
    FROM placed WHERE NOT decides
    UNION ALL
    SELECT host_id, protocol, port, old_state, state, reason, job_id, shard_number, NULL, observed_at FROM later
    UNION ALL ${valueAfterLate(source)}`);
}

const HISTORY_COLUMNS = sql.raw(
  'host_id, fact, protocol, port, old_value, new_value, reason, job_id, shard_number, position, observed_at',
);

/**
 * Coverage of hosts with a new port that is newer than the first sight of it. It is looked up once a host, since few
 * have any, and apart, since its ranges are dear to look into.
 */
function newerCoverage({ jobId, shardNumber }: ObservationSource): RawBuilder<unknown> {
  return sql`
    SELECT host.id AS host_id, covered.protocol, covered.state, covered.reason, covered.ports, covered.observed_at,
      covered.job_id, covered.shard_number
    FROM (SELECT host_id, min(observed_at) AS since FROM placed WHERE is_new GROUP BY host_id) AS seen
    JOIN hosts host ON host.id = seen.host_id JOIN scan_coverage covered
      ON covered.site_id = host.site_id AND covered.address = host.ip_address AND covered.observed_at >= seen.since
        AND (covered.observed_at, covered.job_id, covered.shard_number) > (seen.since, ${jobId}::bigint, ${shardNumber}::int)
        AND covered.state <> ${UNTELLING}`;
}

/**
 * A port never listed before may be known by newer observations of its being closed: each change is a step of its
 * history, and the last one its state.
 */
function knownLater({ jobId, shardNumber }: ObservationSource): RawBuilder<unknown> {
  return sql`
    SELECT placed.host_id, placed.protocol, placed.port, newer.state, newer.reason, newer.observed_at, newer.job_id,
      newer.shard_number, lag(newer.state, 1, placed.state) OVER in_time AS old_state,
      lead(newer.job_id) OVER in_time IS NULL AS is_newest
    FROM newer JOIN placed
      ON placed.is_new AND placed.host_id = newer.host_id AND placed.protocol = newer.protocol
        AND (newer.observed_at, newer.job_id, newer.shard_number)
          > (placed.observed_at, ${jobId}::bigint, ${shardNumber}::int)
        AND newer.ports @> placed.port
    WINDOW in_time AS (PARTITION BY placed.host_id, placed.protocol, placed.port
      ORDER BY newer.observed_at, newer.job_id, newer.shard_number)`;
}

/** Folds what was covered into the ports that were listed at some time; a port never listed has no row. */
export async function foldCoveredPorts(
  executor: Executor,
  source: CoverageSource,
  all: readonly CoveredPorts[],
): Promise<void> {
  const covered = all.filter(({ state }) => isInformative(state));
  if (covered.length === 0) return;
  await sql`
    WITH covered AS (
      SELECT * FROM unnest(
        ${covered.map((c) => c.address)}::inet[], ${covered.map((c) => c.protocol)}::text[],
        ${covered.map((c) => c.state)}::text[], ${covered.map((c) => c.reason)}::text[],
        ${covered.map((c) => c.ports)}::int4multirange[], ${covered.map((c) => c.observedAt ?? source.observedAt)}::timestamptz[]
      ) AS covered(address, protocol, state, reason, ports, observed_at)
    ), placed AS (
      SELECT standing.host_id, standing.protocol, standing.port, standing.state AS old_state, false AS is_new,
        covered.state, covered.reason, covered.observed_at,
        (covered.observed_at, ${source.jobId}::bigint, ${source.shardNumber}::int) > ${STANDING_KEY} AS decides
      FROM covered
      JOIN hosts host ON host.site_id = ${source.siteId} AND host.ip_address = covered.address
      JOIN host_ports standing ON standing.host_id = host.id AND standing.protocol = covered.protocol
        AND covered.ports @> standing.port
    ), folded AS (
      UPDATE host_ports standing SET state = placed.state, reason = placed.reason, observed_at = placed.observed_at,
        job_id = ${source.jobId}, shard_number = ${source.shardNumber}, position = NULL
      FROM placed
      WHERE placed.decides
        AND (standing.host_id, standing.protocol, standing.port) = (placed.host_id, placed.protocol, placed.port)
    )
    ${appendHistory(sql`
      SELECT host_id, protocol, port, ${valueInForce(sql`placed`, source)} AS old_value, state AS new_value, reason,
        ${source.jobId}::bigint AS job_id, ${source.shardNumber}::int AS shard_number, NULL::bigint AS position, observed_at
      FROM placed
      UNION ALL ${valueAfterLate(source)}`)}`.execute(executor);
}

/**
 * The value a port had just before an observation: what stands, or for one that arrives late the
 * newest history row before it.
 */
function valueInForce(placed: RawBuilder<unknown>, source: ObservationSource): RawBuilder<unknown> {
  return sql`CASE WHEN ${placed}.decides THEN ${placed}.old_state ELSE (
    SELECT past.new_value FROM host_history past
    WHERE past.host_id = ${placed}.host_id AND past.fact = 'port' AND past.protocol = ${placed}.protocol
      AND past.port = ${placed}.port
      AND (past.observed_at, coalesce(past.job_id, 0), coalesce(past.shard_number, 0))
        < (${placed}.observed_at, ${source.jobId}::bigint, ${source.shardNumber}::int)
    ORDER BY past.observed_at DESC, coalesce(past.job_id, 0) DESC, coalesce(past.shard_number, 0) DESC, past.id DESC
    LIMIT 1) END`;
}

/**
 * An observation that arrives late may break a stretch that history holds as one: "open since 1", then
 * "closed at 3" after "open at 5" was only a confirmation. What was observed up to the next row of history is told
 * then where it changes: inside a stretch all of it is alike, and the first begins anew; before the port was first
 * listed nothing was told of it yet.
 */
function valueAfterLate(source: ObservationSource): RawBuilder<unknown> {
  const key = sql`(late.observed_at, ${source.jobId}::bigint, ${source.shardNumber}::int)`;
  return sql`
    SELECT late.host_id, late.protocol, late.port, step.old_state, step.state, step.reason, step.job_id,
      step.shard_number, step.position, step.observed_at
    FROM placed late JOIN hosts host ON host.id = late.host_id CROSS JOIN LATERAL (
      SELECT later.*, lag(later.state, 1, late.state) OVER (
        ORDER BY observed_at, job_id NULLS FIRST, shard_number NULLS FIRST) AS old_state FROM (
        SELECT raw.state, raw.reason, raw.observed_at, raw.job_id, raw.shard_number, raw.position FROM port_scans raw
        WHERE raw.host_id = late.host_id AND raw.protocol = late.protocol AND raw.port = late.port
          AND (raw.observed_at, raw.job_id, raw.shard_number) > ${key}
        UNION ALL
        SELECT covered.state, covered.reason, covered.observed_at, covered.job_id, covered.shard_number, NULL
        FROM scan_coverage covered
        WHERE covered.site_id = host.site_id AND covered.address = host.ip_address AND covered.protocol = late.protocol
          AND covered.ports @> late.port AND (covered.observed_at, covered.job_id, covered.shard_number) > ${key}
          AND covered.state <> ${UNTELLING}
        UNION ALL
        -- What stands is told too where its own row is gone with its scan or by retention, unless history has it.
        SELECT standing.state, standing.reason, standing.observed_at, standing.job_id, standing.shard_number, standing.position
        FROM host_ports standing
        WHERE standing.host_id = late.host_id AND standing.protocol = late.protocol AND standing.port = late.port
          AND ${STANDING_KEY} > ${key} AND NOT EXISTS (SELECT FROM host_history reported
            WHERE reported.host_id = standing.host_id AND reported.fact = 'port' AND reported.protocol = standing.protocol
              AND reported.port = standing.port AND (reported.observed_at, coalesce(reported.job_id, 0), coalesce(reported.shard_number, 0))
                = ${STANDING_KEY})
      ) AS later
      WHERE NOT EXISTS (SELECT FROM host_history past
        WHERE past.host_id = late.host_id AND past.fact = 'port' AND past.protocol = late.protocol
          AND past.port = late.port AND (past.observed_at, coalesce(past.job_id, 0), coalesce(past.shard_number, 0)) > ${key}
          AND (past.observed_at, coalesce(past.job_id, 0), coalesce(past.shard_number, 0))
            < (later.observed_at, coalesce(later.job_id, 0), coalesce(later.shard_number, 0)))
    ) AS step
    WHERE NOT late.decides AND late.state IS DISTINCT FROM ${valueInForce(sql`late`, source)}`;
}

/** Writes a history row for each change among the given rows; rows that change nothing are left out. */
function appendHistory(changes: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    INSERT INTO host_history (${HISTORY_COLUMNS})
    SELECT host_id, 'port', protocol, port, old_value, new_value, reason, job_id, shard_number, position, observed_at
    FROM (${changes}) AS change
    WHERE old_value IS DISTINCT FROM new_value
    ORDER BY host_id, protocol, port, observed_at
    ON CONFLICT DO NOTHING`;
}
