import { sql } from 'kysely';
import { EVIDENCE_GAP_MS, type EvidenceKind } from '#domain/devices/device.js';
import type { FindingFact } from '#domain/enrichment/finding.js';
import { isEnded, SCAN_STATUSES } from '#domain/scans/scan-status.js';
import type { Executor } from '#store/database/database.js';

/** How a kind links hosts: a value at more hosts of a site than `commonAbove` links none. */
export interface LinkRule {
  readonly kind: EvidenceKind;
  readonly commonAbove: number;
}

/** A scan that is over and was not read as evidence, or was resumed since. */
export interface UnreadScan {
  readonly jobId: number;
  readonly uid: string;
  readonly siteId: number;
  readonly endedAt: Date;
}

/** The next of them: none of those to be left out, and where some are named only of those. */
export async function unreadScans(
  executor: Executor,
  {
    except = [],
    among,
    limit,
  }: { readonly except?: readonly number[]; readonly among?: readonly number[]; readonly limit: number },
): Promise<readonly UnreadScan[]> {
  const { rows } = await sql<UnreadScan>`
    SELECT job.id AS "jobId", job.uid, job.site_id AS "siteId", job.completed_at AS "endedAt"
    FROM scan_jobs job LEFT JOIN device_identified_scans reading ON reading.job_id = job.id
    WHERE job.status = ANY(${SCAN_STATUSES.filter(isEnded)}::text[]) AND job.completed_at IS NOT NULL
      AND (reading.job_id IS NULL OR reading.scan_completed_at < job.completed_at)
      AND job.id <> ALL(${except}::bigint[]) AND ${among === undefined ? sql`true` : sql`job.id = ANY(${among}::bigint[])`}
    ORDER BY job.id LIMIT ${limit}`.execute(executor);
  return rows;
}

export async function markRead(executor: Executor, { jobId, endedAt }: UnreadScan): Promise<void> {
  await sql`
    INSERT INTO device_identified_scans AS standing (job_id, scan_completed_at)
    SELECT id, ${endedAt}::timestamptz + interval '1 millisecond' FROM scan_jobs WHERE id = ${jobId} FOR KEY SHARE
    ON CONFLICT (job_id) DO UPDATE SET scan_completed_at = greatest(standing.scan_completed_at, excluded.scan_completed_at)`.execute(
    executor,
  );
}

/** The next hosts that a scan saw or found something of, behind one of them. */
export async function nextHostsOfScan(
  executor: Executor,
  jobId: number,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly number[]> {
  const { rows } = await sql<{ hostId: number }>`
    SELECT host_id AS "hostId" FROM (
      (SELECT host_id FROM scan_hosts WHERE job_id = ${jobId} AND host_id > ${after} ORDER BY host_id LIMIT ${limit})
      UNION
      (SELECT DISTINCT host_id FROM scan_findings WHERE job_id = ${jobId} AND host_id > ${after} ORDER BY host_id LIMIT ${limit})
    ) AS reported ORDER BY host_id LIMIT ${limit}`.execute(executor);
  return rows.map(({ hostId }) => hostId);
}

export interface FoundFact {
  readonly hostId: number;
  readonly fact: FindingFact;
  readonly port: number | null;
  readonly value: string;
  readonly observedAt: Date;
  readonly jobId: number;
}

export async function factsOfScan(
  executor: Executor,
  jobId: number,
  { hostIds, facts }: { readonly hostIds: readonly number[]; readonly facts: readonly string[] },
): Promise<readonly FoundFact[]> {
  const { rows } = await sql<FoundFact>`
    SELECT host_id AS "hostId", fact, port, value, observed_at AS "observedAt", job_id AS "jobId" FROM scan_findings
    WHERE job_id = ${jobId} AND host_id = ANY(${hostIds}::bigint[]) AND fact = ANY(${facts}::text[])
    ORDER BY host_id, fact, port, protocol`.execute(executor);
  return rows;
}

/** What is known now of hosts whose scans may be gone; each fact with the scan that found it. */
export async function currentFacts(
  executor: Executor,
  hostIds: readonly number[],
  facts: readonly string[],
): Promise<readonly FoundFact[]> {
  const { rows } = await sql<FoundFact>`
    SELECT host_id AS "hostId", fact, port, value, observed_at AS "observedAt", job_id AS "jobId" FROM host_facts
    WHERE host_id = ANY(${hostIds}::bigint[]) AND fact = ANY(${facts}::text[]) AND job_id IS NOT NULL
    ORDER BY host_id, fact, port, protocol`.execute(executor);
  return rows;
}

export interface SeenEvidence {
  readonly hostId: number;
  readonly kind: EvidenceKind;
  readonly port: number | null;
  readonly value: string;
  readonly at: Date;
  readonly jobId: number;
}

interface WrittenRow {
  readonly hostId: number;
  readonly kind: EvidenceKind;
  readonly value: string;
  readonly isNew: boolean;
}

/**
 * Adds sightings to what is known and notes whose devices may be others now; what is known already changes nothing. No host
 * and value is named twice. Needs the device turn of the site.
 */
export async function addEvidence(
  executor: Executor,
  siteId: number,
  { seen, rules }: { readonly seen: readonly SeenEvidence[]; readonly rules: readonly LinkRule[] },
): Promise<void> {
  if (seen.length === 0) return;
  const earlier = sql`(lower(excluded.seen), excluded.first_job_id) < (lower(standing.seen), standing.first_job_id)`;
  const later = sql`(upper(excluded.seen), excluded.last_job_id) > (upper(standing.seen), standing.last_job_id)`;
  const { rows } = await sql<WrittenRow>`
    WITH written AS (
      INSERT INTO device_evidence AS standing (site_id, host_id, kind, port, value, seen, first_job_id, last_job_id)
      SELECT ${siteId}, host_id, kind, port, value,
        tstzmultirange(tstzrange(at, at + ${EVIDENCE_GAP_MS} * interval '1 millisecond')), job_id, job_id
      FROM unnest(${seen.map((s) => s.hostId)}::bigint[], ${seen.map((s) => s.kind)}::text[], ${seen.map((s) => s.port)}::int[],
        ${seen.map((s) => s.value)}::text[], ${seen.map((s) => s.at)}::timestamptz[], ${seen.map((s) => s.jobId)}::bigint[])
        AS reported(host_id, kind, port, value, at, job_id)
      ORDER BY host_id, kind, value, port
      ON CONFLICT (host_id, kind, value, port) DO UPDATE SET seen = standing.seen + excluded.seen,
        first_job_id = CASE WHEN ${earlier} THEN excluded.first_job_id ELSE standing.first_job_id END,
        last_job_id = CASE WHEN ${later} THEN excluded.last_job_id ELSE standing.last_job_id END
      WHERE NOT standing.seen @> excluded.seen OR ${earlier} OR ${later}
      RETURNING host_id, kind, value, xmax = 0 AS is_new
    ), noted AS (
      INSERT INTO device_queue (host_id) SELECT DISTINCT host_id FROM written ORDER BY host_id ON CONFLICT DO NOTHING
    )
    SELECT host_id AS "hostId", kind, value, is_new AS "isNew" FROM written`.execute(executor);
  await noteThoseOfCommonValues(executor, siteId, { written: rows.filter(({ isNew }) => isNew), rules });
}

/** A value that became common just now links nobody any more: everybody who has it may be somebody else. */
async function noteThoseOfCommonValues(
  executor: Executor,
  siteId: number,
  { written, rules }: { readonly written: readonly WrittenRow[]; readonly rules: readonly LinkRule[] },
): Promise<void> {
  const groups = [...Map.groupBy(written, ({ kind, value }) => `${kind} ${value}`).values()];
  const fresh = groups.flatMap((rows) => {
    const [first] = rows;
    const rule = rules.find(({ kind }) => kind === first?.kind);
    return first === undefined || rule === undefined ? [] : [{ ...first, rule, count: rows.length }];
  });
  if (fresh.length === 0) return;
  await sql`
    INSERT INTO device_queue (host_id)
    SELECT DISTINCT own.host_id FROM unnest(${fresh.map((f) => f.kind)}::text[], ${fresh.map((f) => f.value)}::text[],
        ${fresh.map((f) => f.count)}::int[], ${fresh.map((f) => f.rule.commonAbove)}::int[]) AS fresh(kind, value, added, common_above)
      CROSS JOIN LATERAL (SELECT count(*) AS hosts FROM (SELECT DISTINCT host_id FROM device_evidence had
        WHERE had.site_id = ${siteId} AND had.kind = fresh.kind AND had.value = fresh.value) AS each_host) AS counted
      JOIN device_evidence own ON own.site_id = ${siteId} AND own.kind = fresh.kind AND own.value = fresh.value
    WHERE counted.hosts > fresh.common_above AND counted.hosts - fresh.added <= fresh.common_above
    ORDER BY own.host_id ON CONFLICT DO NOTHING`.execute(executor);
}
