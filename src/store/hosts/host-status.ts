import { sql } from 'kysely';
import type { HostStatus } from '#domain/hosts/host-status.js';
import type { KnownValue, MissingRow } from '#domain/hosts/status-history.js';
import type { StatusEvent } from '#domain/hosts/status-rules.js';
import { FLAPPING_WINDOW_MS, PRESENCE_GAP_MS } from '#domain/hosts/status-rules.js';
import type { Reason } from '#domain/ports/port-state.js';
import type { Executor } from '#store/database/database.js';
import { lastAnswer, neighborAnswer, PROBES_HOSTS, type TouchedStatus } from '#store/hosts/missed-hosts.js';

/** Facts of a host that its life decides. */
export const STATUS_FACTS = ['status', 'flapping'] as const;
export type StatusFact = (typeof STATUS_FACTS)[number];

/** What is stored of the life of a host, as far as an instant can change it. */
export interface StoredStatus {
  readonly hostId: number;
  readonly uid: string;
  readonly address: string;
  readonly from: Date;
  readonly status: HostStatus;
  readonly isFlapping: boolean;
  readonly misses: number;
  readonly answersSince: Date | null;
  /** Nobody wants to hear of it: it is deleted or ignored. */
  readonly isIdle: boolean;
  readonly events: readonly StatusEvent[];
  /** By time, the oldest first. */
  readonly history: Readonly<Record<StatusFact, readonly HistoryRow[]>>;
}

/** Locks the rows of these hosts in the order of everybody who locks more than one. */
export async function lockHostRows(executor: Executor, hostIds: readonly number[]): Promise<void> {
  await sql`
    SELECT count(*) FROM (
      SELECT id FROM hosts WHERE id = ANY(${hostIds}::bigint[]) ORDER BY ip_address FOR NO KEY UPDATE) AS held`.execute(
    executor,
  );
}

type HostRow = Omit<StoredStatus, 'events' | 'history' | 'from'>;

/** Under the address locks of these hosts, whose rows are locked. */
export async function loadStatusHistories(
  executor: Executor,
  touched: readonly TouchedStatus[],
): Promise<readonly StoredStatus[]> {
  const ids = touched.map(({ hostId }) => hostId);
  const { rows } = await sql<HostRow>`
    SELECT id AS "hostId", uid, host(ip_address) AS address, status, flapping AS "isFlapping", misses,
      answers_since AS "answersSince", deleted_at IS NOT NULL OR ignored AS "isIdle"
    FROM hosts WHERE id = ANY(${ids}::bigint[])`.execute(executor);
  const events = Map.groupBy(await loadEvents(executor, touched), ({ hostId }) => hostId);
  const history = Map.groupBy(await loadHistory(executor, ids), ({ hostId }) => hostId);
  const from = new Map(touched.map((lifecycle) => [lifecycle.hostId, lifecycle.from]));
  return rows.map((row) => {
    const rowsOf = (fact: StatusFact) => (history.get(row.hostId) ?? []).filter((one) => one.fact === fact);
    return {
      ...row,
      from: from.get(row.hostId) ?? new Date(0),
      events: (events.get(row.hostId) ?? []).map(toEvent),
      history: { status: rowsOf('status'), flapping: rowsOf('flapping') },
    };
  });
}

interface EventRow {
  readonly hostId: number;
  readonly kind: StatusEvent['kind'];
  readonly jobId: number | null;
  readonly at: Date;
  readonly until: Date | null;
  readonly reason: Reason | null;
  readonly isByHostProbe: boolean | null;
  readonly neighbor: Reason | null;
  readonly status: HostStatus | null;
  readonly misses: number | null;
  readonly goneAfterDays: number | null;
  readonly unanswered: readonly Reason[] | null;
}

/**
 * What was seen and missed of each, back to the last time before the window of flapping at which it was surely there, and
 * by which run it had answered until then; of what was purged with its scan, what history has kept.
 */
async function loadEvents(
  executor: Executor,
  touched: readonly TouchedStatus[],
): Promise<readonly EventRow[]> {
  const { rows } = await sql<EventRow>`
    WITH windows AS MATERIALIZED (
      SELECT reported.host_id, coalesce((SELECT max(seen.observed_at) FROM scan_hosts seen WHERE seen.host_id = reported.host_id
          AND seen.observed_at <= reported.since - ${FLAPPING_WINDOW_MS} * interval '1 millisecond'), '-infinity') AS start
      FROM unnest(${touched.map(({ hostId }) => hostId)}::bigint[], ${touched.map(({ from }) => from)}::timestamptz[])
        AS reported(host_id, since)
    ), touched AS MATERIALIZED (
      SELECT windows.*, answered.job_id AS answered_job
      FROM windows LEFT JOIN LATERAL ${lastAnswer('windows.host_id', 'windows.start')} AS answered ON true
    )
    SELECT seen.host_id AS "hostId", 'seen' AS kind, seen.job_id AS "jobId", coalesce(lower(time), seen.observed_at) AS at,
      upper(time) - ${PRESENCE_GAP_MS} * interval '1 millisecond' AS until, seen.reason, ${PROBES_HOSTS} AS "isByHostProbe",
      ${neighborAnswer('seen.job_id', 'seen.host_id')} AS neighbor, NULL AS status, NULL::int AS misses, NULL::int AS "goneAfterDays", NULL::text[] AS unanswered
    FROM touched JOIN scan_hosts seen USING (host_id) JOIN scan_jobs job ON job.id = seen.job_id
      LEFT JOIN LATERAL unnest(seen.seen) AS time ON true
    WHERE coalesce(upper(time), seen.observed_at) >= touched.start OR seen.job_id = touched.answered_job
    UNION ALL
    SELECT missed.host_id, 'missed', missed.job_id, missed.probed_at, NULL, NULL, NULL, NULL, NULL, missed.down_after_misses,
      missed.gone_after_days, missed.unanswered
    FROM touched JOIN scan_misses missed USING (host_id) WHERE missed.probed_at > touched.start
    UNION ALL
    SELECT past.host_id, 'reported', past.job_id, past.observed_at, NULL, NULL, NULL, NULL, past.new_value, NULL, NULL, NULL
    FROM touched JOIN host_history past USING (host_id)
    WHERE past.fact = 'status' AND past.port IS NULL AND past.actor IS NULL AND past.observed_at >= touched.start
      AND NOT EXISTS (SELECT FROM scan_jobs job WHERE job.id = past.job_id)
    UNION ALL
    SELECT host.id, 'reported', host.status_job_id, host.last_seen, NULL, NULL, NULL, NULL, 'up', NULL, NULL, NULL
    FROM touched JOIN hosts host ON host.id = touched.host_id WHERE NOT EXISTS (SELECT FROM scan_jobs job WHERE job.id = host.status_job_id)`.execute(
    executor,
  );
  return rows;
}

function toEvent(row: EventRow): StatusEvent {
  const cause = { atMs: row.at.getTime(), jobId: row.jobId };
  if (row.kind === 'seen') {
    const { until, reason, neighbor } = row;
    const untilMs = (until ?? row.at).getTime();
    return { kind: 'seen', ...cause, untilMs, reason, neighbor, isByHostProbe: row.isByHostProbe === true };
  }
  if (row.kind === 'reported') return { kind: 'reported', ...cause, status: row.status ?? 'up' };
  const downAfter = { misses: row.misses ?? 1, goneAfterDays: row.goneAfterDays ?? 1 };
  return { kind: 'missed', ...cause, downAfter, unanswered: row.unanswered ?? [] };
}

export interface HistoryRow extends KnownValue {
  readonly hostId: number;
  readonly fact: StatusFact;
  /** As it was known when the row was written. */
  readonly oldValue: string | null;
}

async function loadHistory(executor: Executor, hostIds: readonly number[]): Promise<readonly HistoryRow[]> {
  const { rows } = await sql<Omit<HistoryRow, 'atMs'> & { readonly at: Date }>`
    SELECT past.id, past.host_id AS "hostId", past.fact, past.old_value AS "oldValue",
      past.new_value AS value, past.job_id AS "jobId", past.observed_at AS at
    FROM host_history past WHERE past.host_id = ANY(${hostIds}::bigint[]) AND past.port IS NULL
      AND past.fact = ANY(${[...STATUS_FACTS]}::text[])
    ORDER BY past.observed_at, past.job_id NULLS FIRST, past.id`.execute(executor);
  return rows.map(({ at, ...row }) => ({ ...row, atMs: at.getTime() }));
}

/** What a host has become. */
export interface LivedHost {
  readonly hostId: number;
  readonly status: HostStatus;
  readonly isFlapping: boolean;
  readonly misses: number;
  readonly missedAt: Date | null;
  /** Since when it has its status, and by which scan; null when it never had another. */
  readonly statusChangedAt: Date | null;
  readonly statusChangedJobId: number | null;
  readonly missing: readonly (MissingRow<Reason | null> & { readonly fact: StatusFact })[];
}

export async function storeStatuses(executor: Executor, lifecycles: readonly LivedHost[]): Promise<void> {
  if (lifecycles.length === 0) return;
  await sql`
    UPDATE hosts host SET status = lifecycle.status, flapping = lifecycle.flapping, misses = lifecycle.misses,
      missed_at = coalesce(greatest(host.missed_at, lifecycle.missed_at), lifecycle.missed_at, host.missed_at),
      status_changed_at = lifecycle.status_changed_at, status_changed_job_id = lifecycle.status_changed_job_id
    FROM unnest(${lifecycles.map((lifecycle) => lifecycle.hostId)}::bigint[], ${lifecycles.map((lifecycle) => lifecycle.status)}::text[],
      ${lifecycles.map((lifecycle) => lifecycle.isFlapping)}::boolean[], ${lifecycles.map((lifecycle) => lifecycle.misses)}::int[],
      ${lifecycles.map((lifecycle) => lifecycle.missedAt)}::timestamptz[], ${lifecycles.map((lifecycle) => lifecycle.statusChangedAt)}::timestamptz[],
      ${lifecycles.map((lifecycle) => lifecycle.statusChangedJobId)}::bigint[])
      AS lifecycle(id, status, flapping, misses, missed_at, status_changed_at, status_changed_job_id)
    WHERE host.id = lifecycle.id`.execute(executor);
  const rows = lifecycles.flatMap(({ hostId, missing }) => missing.map((row) => ({ ...row, hostId })));
  if (rows.length === 0) return;
  // Of one cause the row with the highest id counts, and next to it the position says which of them it is.
  await sql`
    INSERT INTO host_history (host_id, fact, old_value, new_value, reason, job_id, position, observed_at)
    SELECT * FROM unnest(${rows.map((row) => row.hostId)}::bigint[], ${rows.map((row) => row.fact)}::text[],
      ${rows.map((row) => row.oldValue)}::text[], ${rows.map((row) => row.value)}::text[],
      ${rows.map((row) => row.reason)}::text[], ${rows.map((row) => row.jobId)}::bigint[],
      ${rows.map((row) => (row.revision === 0 ? null : row.revision))}::bigint[],
      ${rows.map((row) => new Date(row.atMs))}::timestamptz[])
      AS reported(host_id, fact, old_value, new_value, reason, job_id, position, observed_at)
    ORDER BY host_id, fact, observed_at, job_id NULLS FIRST`.execute(executor);
}
