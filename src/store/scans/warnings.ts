import { sql } from 'kysely';
import {
  type DiscoveryWarning,
  type ExclusionWarning,
  HOST_WARNING_KINDS,
  type STORED_WARNING_KINDS,
  type Warning,
} from '#domain/scans/warning.js';
import type { Executor } from '#store/database/database.js';
import { valueList } from '#store/database/value-list.js';

/** Keeps what was told first of each subject, in the order of the key, in which nobody waits for another in a ring: a sweep that is done again after a stop tells the same. Gives how many were new. */
export async function insertWarnings(
  executor: Executor,
  jobId: number,
  warnings: readonly DiscoveryWarning[],
): Promise<number> {
  if (warnings.length === 0) return 0;
  const { numAffectedRows } = await sql`
    INSERT INTO scan_warnings (job_id, kind, subject, detail, answered, probed)
    SELECT ${jobId}, kind, subject, detail, answered, probed FROM unnest(
      ${warnings.map(({ kind }) => kind)}::text[], ${warnings.map(({ subject }) => subject)}::text[],
      ${warnings.map(({ detail }) => detail)}::text[],
      ${warnings.map(({ counts }) => counts?.answered ?? null)}::int[],
      ${warnings.map(({ counts }) => counts?.probed ?? null)}::int[])
      WITH ORDINALITY AS reported (kind, subject, detail, answered, probed, place)
    ORDER BY kind, subject, place
    ON CONFLICT DO NOTHING`.execute(executor);
  return Number(numAffectedRows ?? 0n);
}

/**
 * Keeps which exclusions hold for a scan; what was told before stays. It is no part of a batch, so the scan may be
 * gone by now: then nothing is kept.
 */
export async function insertExclusionWarnings(
  executor: Executor,
  jobId: number,
  warnings: readonly ExclusionWarning[],
): Promise<void> {
  if (warnings.length === 0) return;
  await sql`
    WITH job AS (SELECT id FROM scan_jobs WHERE id = ${jobId} FOR KEY SHARE)
    INSERT INTO scan_warnings (job_id, kind, subject, detail)
    SELECT job.id, 'excluded', subject, detail FROM job, unnest(
      ${warnings.map(({ subject }) => subject)}::text[], ${warnings.map(({ detail }) => detail)}::text[])
      WITH ORDINALITY AS reported (subject, detail, place)
    ORDER BY subject, place
    ON CONFLICT DO NOTHING`.execute(executor);
}

interface WarningRow {
  readonly kind: (typeof STORED_WARNING_KINDS)[number] | (typeof HOST_WARNING_KINDS)[number];
  readonly subject: string;
  readonly detail: string | null;
  readonly answered: number | null;
  readonly probed: number | null;
}

/** What the sweep told, then each host of the scan that something else answered for, by address. */
export async function warningsOf(
  executor: Executor,
  scanUid: string,
  limit: number,
): Promise<readonly Warning[]> {
  const { rows } = await sql<WarningRow>`
    WITH job AS (SELECT id FROM scan_jobs WHERE uid = ${scanUid}), reported AS (
      SELECT kind, subject, detail, answered, probed, NULL::inet AS address
      FROM scan_warnings WHERE job_id = (SELECT id FROM job)
      UNION ALL
      SELECT min(reason), host(address), NULL, NULL, NULL, address FROM scan_coverage
      WHERE job_id = (SELECT id FROM job) AND reason IN (${valueList(HOST_WARNING_KINDS)}) AND protocol <> 'host' GROUP BY address)
    SELECT kind, subject, detail, answered, probed FROM reported
    ORDER BY address NULLS FIRST, kind, subject LIMIT ${limit}`.execute(executor);
  return rows.map(toWarning);
}

function toWarning({ kind, subject, detail, answered, probed }: WarningRow): Warning {
  if (kind === 'answers-all' || kind === 'tarpit') return { kind, subject };
  if (kind === 'excluded') return { kind, subject, detail: detail ?? '' };
  const counts = answered === null || probed === null ? null : { answered, probed };
  return { kind, subject, detail: detail ?? '', counts };
}
