import { sql } from 'kysely';
import { NAMES_LACK } from '#domain/scans/warning.js';
import type { AttemptFailure } from '#domain/smart-scan/failure-reason.js';
import { ATTEMPTS_KEPT_DAYS, type Attempt, type SmartScanStage } from '#domain/smart-scan/smart-scan.js';
import type { Executor } from '#store/database/database.js';

interface AttemptRow extends Omit<Attempt, 'startedMs' | 'unreachable'> {
  readonly hostId: number;
  readonly startedAt: Date;
  readonly isStopped: boolean;
  readonly failure: string | null;
  readonly nameLack: string | null;
}

/** What was tried at some hosts, by their ids. */
export async function attemptsAt(
  executor: Executor,
  hostIds: readonly number[],
): Promise<ReadonlyMap<number, readonly Attempt[]>> {
  const { rows } = await sql<AttemptRow>`
    SELECT attempt.host_id AS "hostId", attempt.stage, attempt.started_at AS "startedAt",
      coalesce(job.status IN ('pending', 'running'), false) AS "isUnderWay",
      coalesce(attempt.points_after > attempt.points_before, false) AS taught,
      coalesce(job.status = 'cancelled', false) AS "isStopped", job.error_message AS failure,
      (SELECT min(warning.subject) FROM scan_warnings warning WHERE warning.job_id = job.id AND warning.kind = 'not-probed'
        AND starts_with(warning.subject, ${NAMES_LACK})) AS "nameLack"
    FROM smart_scan_attempts attempt LEFT JOIN scan_jobs job ON job.id = attempt.job_id
    WHERE attempt.host_id = ANY(${[...hostIds]}::bigint[])`.execute(executor);
  return Map.groupBy(rows.map(toAttempt), ({ hostId }) => hostId);
}

function toAttempt(row: AttemptRow): Attempt & { readonly hostId: number } {
  const { hostId, stage, startedAt, isUnderWay, taught } = row;
  return {
    hostId,
    stage,
    isUnderWay,
    taught,
    startedMs: startedAt.getTime(),
    unreachable: unreachableOf(row),
  };
}

function unreachableOf({ isUnderWay, isStopped, failure, nameLack }: AttemptRow): AttemptFailure | null {
  if (isUnderWay) return null;
  if (isStopped) return { kind: 'stopped', why: failure };
  if (failure !== null) return { kind: 'failed', message: failure };
  return nameLack === null ? null : { kind: 'names-not-told', lack: nameLack };
}

export interface NewAttempts {
  readonly jobId: number;
  readonly stage: SmartScanStage;
  readonly startedAt: Date;
  readonly hosts: readonly { readonly id: number; readonly points: number }[];
}

/** Keeps that a scan was started for these hosts, and forgets of them that one was refused and what is too old to matter. */
export async function insertAttempts(executor: Executor, attempts: NewAttempts): Promise<void> {
  const { jobId, stage, startedAt, hosts } = attempts;
  const ids = hosts.map(({ id }) => id);
  const horizon = new Date(startedAt.getTime() - ATTEMPTS_KEPT_DAYS * 86_400_000);
  await sql`
    DELETE FROM smart_scan_attempts WHERE host_id = ANY(${ids}::bigint[]) AND started_at < ${horizon}`.execute(
    executor,
  );
  await sql`DELETE FROM smart_scan_refusals WHERE host_id = ANY(${ids}::bigint[])`.execute(executor);
  await sql`
    INSERT INTO smart_scan_attempts (host_id, job_id, stage, started_at, points_before)
    SELECT reported.id, ${jobId}, ${stage}, ${startedAt}, reported.points
    FROM unnest(${ids}::bigint[], ${hosts.map(({ points }) => points)}::int[]) AS reported(id, points)
    ORDER BY reported.id`.execute(executor);
}

export interface EndedAttempt {
  readonly hostId: number;
  readonly stage: SmartScanStage;
  readonly endedAt: Date;
}

/** Ends the attempts of a scan that was completed; a whole one that heard a host speaks for what it did not find there. */
export async function endAttempts(
  executor: Executor,
  jobId: number,
  { isComplete }: { readonly isComplete: boolean },
): Promise<readonly EndedAttempt[]> {
  const { rows } = await sql<EndedAttempt>`
    UPDATE smart_scan_attempts attempt SET ended_at = clock_timestamp(), points_after = points_before,
      received = ${isComplete}::boolean AND EXISTS (
        SELECT FROM scan_hosts seen WHERE seen.job_id = attempt.job_id AND seen.host_id = attempt.host_id)
    WHERE job_id = ${jobId} RETURNING host_id AS "hostId", stage, ended_at AS "endedAt"`.execute(executor);
  return rows;
}

/** Keeps the points of the part that each attempt was for. */
export async function setPointsAfter(
  executor: Executor,
  jobId: number,
  hosts: readonly { readonly id: number; readonly points: number }[],
): Promise<void> {
  await sql`
    UPDATE smart_scan_attempts attempt SET points_after = reported.points
    FROM unnest(${hosts.map(({ id }) => id)}::bigint[], ${hosts.map(({ points }) => points)}::int[]) AS reported(id, points)
    WHERE attempt.job_id = ${jobId} AND attempt.host_id = reported.id`.execute(executor);
}
