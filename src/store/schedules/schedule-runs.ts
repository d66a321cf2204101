import { sql } from 'kysely';
import type { ScanStatus } from '#domain/scans/scan-status.js';
import { type RunCause, type RunState, type SkipReason, TASK_KINDS } from '#domain/schedules/schedule.js';
import type { Executor } from '#store/database/database.js';
import type { Page } from '#store/scans/scan-views.js';

export interface NewRun {
  readonly uid: string;
  readonly dueAt: Date;
  readonly startsAt: Date;
  readonly cause: RunCause;
  readonly requestedBy: string | null;
  /** Set where it is only written down. */
  readonly skip: SkipReason | null;
  readonly missedFrom: Date | null;
}

/** One row a due time: what is there already stays as it is. Gives how many are new. */
export async function insertRuns(
  executor: Executor,
  { scheduleId, now }: { readonly scheduleId: number; readonly now: Date },
  runs: readonly NewRun[],
): Promise<number> {
  if (runs.length === 0) return 0;
  const { numAffectedRows } = await sql`
    INSERT INTO schedule_runs (uid, schedule_id, due_at, cause, requested_by, state, skip_reason, missed_from, starts_at, finished_at)
    VALUES ${sql.join(
      runs.map(
        (run) => sql`(${run.uid}, ${scheduleId}, ${run.dueAt}, ${run.cause}, ${run.requestedBy},
          ${run.skip === null ? 'pending' : 'skipped'}, ${run.skip}, ${run.missedFrom}::timestamptz, ${run.startsAt},
          ${run.skip === null ? null : now}::timestamptz)`,
      ),
    )}
    ON CONFLICT (schedule_id, due_at) DO NOTHING`.execute(executor);
  return Number(numAffectedRows ?? 0n);
}

/** Runs of a schedule that have not begun. */
export async function countWaitingRuns(executor: Executor, scheduleId: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM schedule_runs WHERE schedule_id = ${scheduleId} AND state = 'pending'`.execute(
    executor,
  );
  return rows[0]?.count ?? 0;
}

/** Whether a run that was due is written down and begins later, by its jitter. */
export async function hasRunAhead(executor: Executor, scheduleId: number, now: Date): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM schedule_runs
    WHERE schedule_id = ${scheduleId} AND state = 'pending' AND attempt = 0 AND starts_at > ${now} LIMIT 1`.execute(
    executor,
  );
  return rows.length > 0;
}

/** Whether another run of the schedule is under way, waits to be tried again, or has a scan that somebody resumed. */
function isBusy() {
  return sql`EXISTS (SELECT FROM schedule_runs other WHERE other.schedule_id = run.schedule_id AND other.id <> run.id
      AND (other.state = 'running' OR (other.state = 'pending' AND other.attempt > 0)))
    OR EXISTS (SELECT FROM schedule_runs other JOIN scan_jobs job ON job.schedule_run_id = other.id
      WHERE other.schedule_id = run.schedule_id AND job.status IN ('pending', 'running'))`;
}

export interface StartableRun {
  readonly id: number;
  readonly scheduleId: number;
  readonly attempt: number;
  readonly dueAt: Date;
  /** The run before it has not ended, and it does not wait for that. */
  readonly isOverlap: boolean;
  readonly isTask: boolean;
}

/** Runs whose time has come, one a schedule; those that wait for the run before are left out. */
export async function startableRuns(
  executor: Executor,
  { now, tasksToo }: { readonly now: Date; readonly tasksToo: boolean },
  limit: number,
): Promise<readonly StartableRun[]> {
  const { rows } = await sql<StartableRun>`
    SELECT id, "scheduleId", attempt, "dueAt", busy AS "isOverlap", "isTask" FROM (
      SELECT DISTINCT ON (run.schedule_id) run.id, run.schedule_id AS "scheduleId", run.attempt, run.due_at AS "dueAt",
        run.starts_at, schedule.kind = ANY (${TASK_KINDS}::text[]) AS "isTask", ${isBusy()} AS busy, schedule.overlap = 'queue' OR run.cause = 'catch_up' OR run.attempt > 0 AS waits
      FROM schedule_runs run JOIN schedules schedule ON schedule.id = run.schedule_id
      WHERE run.state = 'pending' AND run.starts_at <= ${now} AND (${tasksToo} OR schedule.kind <> ALL (${TASK_KINDS}::text[]))
      ORDER BY run.schedule_id, run.attempt DESC, run.due_at) AS first
    WHERE NOT (busy AND waits) ORDER BY starts_at, id LIMIT ${limit}`.execute(executor);
  return rows;
}

/** Whether a run may not begin beside what is under way; asked under the lock of its schedule. */
export async function hasRunBefore(executor: Executor, runId: number): Promise<boolean> {
  const { rows } = await sql<{ busy: boolean }>`
    SELECT ${isBusy()} AS busy FROM schedule_runs run WHERE run.id = ${runId}`.execute(executor);
  return rows[0]?.busy ?? false;
}

/** Whether the last scan of a run is completed: of one that is to be tried again, because somebody resumed that scan. */
export async function isScanCompleted(executor: Executor, runId: number): Promise<boolean> {
  const { rows } = await sql<{ completed: boolean }>`
    SELECT job.status = 'completed' AS completed FROM schedule_runs run JOIN ${lastScan()} ON true
    WHERE run.id = ${runId}`.execute(executor);
  return rows[0]?.completed ?? false;
}

/** Of the row `run`, as `job`. */
function lastScan() {
  return sql`LATERAL (SELECT status, error_code, error_message FROM scan_jobs
    WHERE schedule_run_id = run.id ORDER BY id DESC LIMIT 1) AS job`;
}

/** Whether any run of a schedule is under way, or is sure to be: it is tried again, or somebody asked for it. */
export async function isUnderWay(executor: Executor, scheduleId: number): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM schedule_runs run WHERE run.schedule_id = ${scheduleId} AND (run.state = 'running'
      OR (run.state = 'pending' AND (run.attempt > 0 OR run.cause = 'manual'))
      OR EXISTS (SELECT FROM scan_jobs job WHERE job.schedule_run_id = run.id AND job.status IN ('pending', 'running')))
    LIMIT 1`.execute(executor);
  return rows.length > 0;
}

export interface RunStanding {
  readonly id: number;
  readonly state: RunState;
  readonly cause: RunCause;
  readonly attempt: number;
  readonly owner: string | null;
}

/** Held until the transaction ends; undefined when it is gone. After its schedule in the lock order. */
export async function lockRun(executor: Executor, id: number): Promise<RunStanding | undefined> {
  const { rows } = await sql<RunStanding>`
    SELECT id, state, cause, attempt, owner FROM schedule_runs WHERE id = ${id} FOR NO KEY UPDATE`.execute(
    executor,
  );
  return rows[0];
}

/** A run begins; one that starts no scan has an owner, whose lease says that it lives. */
export async function beginRun(
  executor: Executor,
  id: number,
  begin: { readonly now: Date; readonly owner: string | null; readonly leaseMs: number },
): Promise<void> {
  const { now, owner, leaseMs } = begin;
  await sql`
    UPDATE schedule_runs SET state = 'running', attempt = attempt + 1, started_at = ${now}, owner = ${owner}::text,
      lease_expires_at = CASE WHEN ${owner}::text IS NOT NULL THEN clock_timestamp() + make_interval(secs => ${leaseMs}::float8 / 1000) END
    WHERE id = ${id}`.execute(executor);
}

/** False when the run is somebody else's by now, or over. */
export async function renewRunLease(
  executor: Executor,
  run: { readonly id: number; readonly owner: string; readonly attempt: number },
  leaseMs: number,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    UPDATE schedule_runs SET lease_expires_at = clock_timestamp() + make_interval(secs => ${leaseMs}::float8 / 1000)
    WHERE id = ${run.id} AND owner = ${run.owner} AND attempt = ${run.attempt} AND state = 'running'`.execute(
    executor,
  );
  return numAffectedRows === 1n;
}

export interface RunError {
  readonly code: string;
  readonly message: string;
}

export interface RunEnd {
  readonly state: 'completed' | 'failed' | 'cancelled';
  readonly now: Date;
  readonly error: RunError | null;
  /** How often it was begun, the attempt included that could not be. */
  readonly attempt: number;
}

export async function endRun(executor: Executor, id: number, end: RunEnd): Promise<void> {
  await sql`
    UPDATE schedule_runs SET state = ${end.state}, attempt = ${end.attempt}, owner = NULL, lease_expires_at = NULL,
      finished_at = greatest(${end.now}::timestamptz, started_at), error_code = ${end.error?.code ?? null},
      error_message = ${end.error?.message ?? null}
    WHERE id = ${id}`.execute(executor);
}

export interface RunRetry {
  readonly startsAt: Date;
  readonly error: RunError | null;
  readonly attempt: number;
}

/** Puts a run back, to begin once more. */
export async function putRunBack(executor: Executor, id: number, retry: RunRetry): Promise<void> {
  await sql`
    UPDATE schedule_runs SET state = 'pending', attempt = ${retry.attempt}, starts_at = ${retry.startsAt}, owner = NULL,
      lease_expires_at = NULL, error_code = ${retry.error?.code ?? null}, error_message = ${retry.error?.message ?? null}
    WHERE id = ${id}`.execute(executor);
}

export async function skipRun(
  executor: Executor,
  id: number,
  skip: { readonly reason: SkipReason; readonly now: Date },
): Promise<void> {
  await sql`
    UPDATE schedule_runs SET state = 'skipped', skip_reason = ${skip.reason}, finished_at = greatest(${skip.now}::timestamptz, started_at)
    WHERE id = ${id}`.execute(executor);
}

/** Skips what was due and has not begun; with `alsoTried` what waits to be tried again, too. What somebody asked for stays. */
export async function skipWaitingRuns(
  executor: Executor,
  scheduleId: number,
  skip: { readonly reason: SkipReason; readonly now: Date; readonly alsoTried: boolean },
): Promise<void> {
  await sql`
    UPDATE schedule_runs SET state = 'skipped', skip_reason = ${skip.reason}, finished_at = greatest(${skip.now}::timestamptz, started_at)
    WHERE schedule_id = ${scheduleId} AND state = 'pending' AND cause <> 'manual' AND (attempt = 0 OR ${skip.alsoTried})`.execute(
    executor,
  );
}

export interface RunToEnd {
  readonly id: number;
  readonly scheduleId: number;
  readonly attempt: number;
  readonly state: 'pending' | 'running';
  /** How its scan ended; null of a run whose program went away, and of a scan that was purged. */
  readonly scan: ScanStatus | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  /** It does what is no scan. */
  readonly isOwned: boolean;
}

/**
 * Running runs whose scan has ended or is gone, those whose program lives no more, and those that would be tried again and
 * whose scan somebody has resumed until it was completed.
 */
export async function runsToEnd(executor: Executor, limit: number): Promise<readonly RunToEnd[]> {
  const { rows } = await sql<RunToEnd>`
    SELECT run.id, run.schedule_id AS "scheduleId", run.attempt, run.state, job.status AS scan,
      job.error_code AS "errorCode", job.error_message AS "errorMessage", run.owner IS NOT NULL AS "isOwned"
    FROM schedule_runs run LEFT JOIN ${lastScan()} ON true
    WHERE run.state IN ('pending', 'running') AND CASE
      WHEN run.state = 'pending' THEN run.attempt > 0 AND job.status = 'completed'
      WHEN run.owner IS NULL THEN coalesce(job.status NOT IN ('pending', 'running'), true)
      ELSE run.lease_expires_at < clock_timestamp() END
    ORDER BY run.id LIMIT ${limit}`.execute(executor);
  return rows;
}

/** Puts an end to all that is under way or waits, as after a restore. */
export async function abandonRuns(executor: Executor, error: RunError): Promise<void> {
  await sql`
    UPDATE schedule_runs SET state = 'failed', finished_at = greatest(clock_timestamp(), started_at),
      owner = NULL, lease_expires_at = NULL, error_code = ${error.code}, error_message = ${error.message}
    WHERE state IN ('pending', 'running')`.execute(executor);
}

/** Removes runs that ended long ago, some at a time; gives how many. */
export async function deleteOldRuns(executor: Executor, keptDays: number, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM schedule_runs WHERE id IN (SELECT id FROM schedule_runs
      WHERE finished_at < now() - make_interval(days => ${keptDays}::int) ORDER BY finished_at LIMIT ${limit})`.execute(
    executor,
  );
  return Number(numAffectedRows ?? 0n);
}

/** A run as a person reads it. */
export interface RunView {
  readonly uid: string;
  readonly dueAt: Date;
  readonly cause: RunCause;
  readonly requestedBy: string | null;
  readonly state: RunState;
  readonly skipReason: SkipReason | null;
  readonly missedFrom: Date | null;
  readonly startsAt: Date;
  readonly attempt: number;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** When it and all of its scans were over; null while any is not. Smart scan is done once it has started its scans. */
  readonly endedAt: Date | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  /** Of the scans it started, the last attempt's first; those that were purged are left out. */
  readonly scans: readonly {
    readonly uid: string;
    readonly status: ScanStatus;
    readonly isDiscovery: boolean;
  }[];
}

/** Of the row `run`. */
const ENDED_AT = sql`CASE WHEN run.finished_at IS NOT NULL THEN (
  SELECT CASE WHEN coalesce(bool_and(job.completed_at IS NOT NULL), true) THEN greatest(run.finished_at, max(job.completed_at)) END
  FROM scan_jobs job WHERE job.schedule_run_id = run.id) END`;

/** The newest due time first. */
export async function listRuns(
  executor: Executor,
  scheduleId: number,
  { state, ...page }: Page & { readonly state?: RunState | undefined },
): Promise<readonly RunView[]> {
  const { rows } = await sql<RunView>`
    SELECT run.uid, run.due_at AS "dueAt", run.cause, run.requested_by AS "requestedBy", run.state,
      run.skip_reason AS "skipReason", run.missed_from AS "missedFrom", run.starts_at AS "startsAt", run.attempt,
      run.started_at AS "startedAt", run.finished_at AS "finishedAt", ${ENDED_AT} AS "endedAt", run.error_code AS "errorCode",
      run.error_message AS "errorMessage", coalesce((
        SELECT jsonb_agg(jsonb_build_object('uid', job.uid, 'status', job.status, 'isDiscovery', job.engine = 'discovery') ORDER BY job.id DESC)
        FROM scan_jobs job WHERE job.schedule_run_id = run.id), '[]') AS scans
    FROM schedule_runs run WHERE run.schedule_id = ${scheduleId} AND (${state ?? null}::text IS NULL OR run.state = ${state ?? null})
    ORDER BY run.due_at DESC LIMIT ${page.limit} OFFSET ${page.offset}`.execute(executor);
  return rows;
}

export async function countRuns(
  executor: Executor,
  scheduleId: number,
  state: RunState | undefined,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM schedule_runs
    WHERE schedule_id = ${scheduleId} AND (${state ?? null}::text IS NULL OR state = ${state ?? null})`.execute(
    executor,
  );
  return rows[0]?.count ?? 0;
}
