import { type RawBuilder, sql } from 'kysely';
import { SCANS, SHARDS } from '#store/integrity/axes.js';
import { RETIRING_PASSES_MS } from '#store/integrity/horizon.js';
import type { IntegrityQuestion } from '#store/integrity/question.js';
import { DURATION_MS, FINGERPRINT, FIRST_ADDRESS, LAST_ADDRESS } from '#store/scans/scan-statistics.js';

/** What the batches of the row `shard` add up to. */
const LEDGER_OF_SHARD = sql`LATERAL (
  SELECT count(*) AS batches, coalesce(sum(end_position - first_position), 0) AS completed,
    coalesce(sum(listed_ports), 0) AS listed, coalesce(sum(hosts_up), 0) AS hosts_up, coalesce(sum(skipped), 0) AS skipped,
    coalesce(sum(probes_sent), 0) AS sent, coalesce(sum(probes_answered), 0) AS answered
  FROM scan_batches WHERE shard_id = shard.id)`;

/** A sum over the ledger of the row `job`. */
function ledgerOfJob(column: string): RawBuilder<unknown> {
  return sql`(SELECT coalesce(sum(${sql.ref(column)}), 0) FROM scan_batches batch WHERE batch.job_id = job.id)`;
}

/** What retention or the purge of a host took from the row `job`; its ledger still counts it. */
function removedOfJob(column: 'listed_ports' | 'covered_ports' | 'hosts' | 'findings'): RawBuilder<unknown> {
  return sql`(SELECT coalesce(sum(${sql.ref(column)}), 0) FROM scan_rows_removed removed WHERE removed.job_id = job.id)`;
}

/** Whether every batch of the row `job` counted these rows; those from before migration `scan_numbers` did not. */
function wasCounted(column: 'findings' | 'warnings'): RawBuilder<unknown> {
  return sql`NOT EXISTS (SELECT FROM scan_batches batch WHERE batch.job_id = job.id AND ${sql.ref(column)} IS NULL)`;
}

const SHARD_QUESTIONS: readonly IntegrityQuestion[] = [
  {
    name: 'checkpoint equals ledger',
    description: 'Each shard is committed exactly as far as its batches reach, without gap or overlap.',
    axis: SHARDS,
    faults: (
      within,
    ) => sql`SELECT 'shard ' || shard.id AS fault FROM scan_shards shard, ${LEDGER_OF_SHARD} AS ledger
      WHERE ${within('shard.id')} AND (checkpoint - first_position <> completed OR next_batch <> batches)
      UNION SELECT 'shard ' || follower.shard_id FROM (
        SELECT batch.shard_id, batch.first_position,
          coalesce(lag(batch.end_position) OVER (PARTITION BY batch.shard_id ORDER BY batch.seq), shard.first_position) AS expected
        FROM scan_batches batch JOIN scan_shards shard ON shard.id = batch.shard_id
        WHERE ${within('batch.shard_id')}) AS follower
      WHERE follower.first_position <> follower.expected`,
  },
  {
    name: 'shards add up to ledger',
    description: 'What a shard says it sent, listed, skipped and saw is what its batches say.',
    axis: SHARDS,
    faults: (
      within,
    ) => sql`SELECT 'shard ' || shard.id AS fault FROM scan_shards shard, ${LEDGER_OF_SHARD} AS ledger
      WHERE ${within('shard.id')} AND (shard.listed_ports, shard.skipped, shard.hosts_up, shard.probes_sent, shard.probes_answered)
        <> (ledger.listed, ledger.skipped, ledger.hosts_up, ledger.sent, ledger.answered)`,
  },
  {
    name: 'batches belong to their shard',
    description: 'A batch names the scan of its shard, and no token that the shard never gave.',
    axis: SHARDS,
    faults: (within) => sql`SELECT format('shard %s batch %s', batch.shard_id, batch.seq) AS fault
      FROM scan_batches batch JOIN scan_shards shard ON shard.id = batch.shard_id
      WHERE ${within('batch.shard_id')} AND (batch.job_id <> shard.job_id OR batch.lease_token > shard.lease_token)`,
  },
];

const SUMS: readonly IntegrityQuestion[] = [
  {
    name: 'ledger adds up to raw rows',
    description: 'A scan holds as many raw port rows as its batches say they stored, less what was removed.',
    axis: SCANS,
    passesInMs: RETIRING_PASSES_MS,
    faults: (within) => sql`SELECT 'scan ' || job.uid AS fault FROM scan_jobs job WHERE ${within('job.id')}
      AND ${ledgerOfJob('listed_ports')} <> (SELECT count(*) FROM port_scans raw WHERE raw.job_id = job.id)
        + ${removedOfJob('listed_ports')}`,
  },
  {
    name: 'ledger adds up to coverage',
    description: 'A scan covers as many ports as its batches say they settled, less what was removed.',
    axis: SCANS,
    faults: (within) => sql`SELECT 'scan ' || job.uid AS fault FROM scan_jobs job WHERE ${within('job.id')}
      AND ${ledgerOfJob('covered_ports')} <> (SELECT coalesce(sum(upper(part) - lower(part)), 0)
        FROM scan_coverage covered, unnest(covered.ports) AS part WHERE covered.job_id = job.id)
        + ${removedOfJob('covered_ports')}`,
  },
  {
    name: 'ledger adds up to hosts',
    description: 'A scan saw as many hosts as its batches say, less those that were purged.',
    axis: SCANS,
    faults: (within) => sql`SELECT 'scan ' || job.uid AS fault FROM scan_jobs job WHERE ${within('job.id')}
      AND ${ledgerOfJob('hosts_up')} <> (SELECT count(*) FROM scan_hosts seen WHERE seen.job_id = job.id)
        + ${removedOfJob('hosts')}`,
  },
  {
    name: 'ledger adds up to findings',
    description:
      'A scan holds as many findings as its batches say, where they say it, less those of purged hosts.',
    axis: SCANS,
    faults: (within) => sql`SELECT 'scan ' || job.uid AS fault FROM scan_jobs job WHERE ${within('job.id')}
      AND ${wasCounted('findings')} AND ${ledgerOfJob('findings')}
        <> (SELECT count(*) FROM scan_findings found WHERE found.job_id = job.id) + ${removedOfJob('findings')}`,
  },
  {
    name: 'ledger adds up to remarks',
    description: 'A scan holds as many remarks of its sweep as its batches say, where they say it.',
    axis: SCANS,
    // What was excluded is told beside the batches.
    faults: (within) => sql`SELECT 'scan ' || job.uid AS fault FROM scan_jobs job WHERE ${within('job.id')}
      AND ${wasCounted('warnings')} AND ${ledgerOfJob('warnings')}
        <> (SELECT count(*) FROM scan_warnings reported WHERE reported.job_id = job.id AND reported.kind <> 'excluded')`,
  },
  {
    name: 'statistics add up to ledger',
    description: 'A completed scan, and no other, is summed up, and as its batches and its targets say.',
    axis: SCANS,
    faults: (within) => sql`SELECT 'scan ' || job.uid AS fault FROM scan_jobs job
        LEFT JOIN scan_statistics summed ON summed.job_id = job.id, LATERAL (
          SELECT sum(hosts_up) AS hosts_up, sum(listed_ports) AS listed, sum(covered_ports) AS covered, sum(skipped) AS skipped,
            sum(end_position - first_position) AS completed, count(*) AS batches, sum(probes_sent) AS sent,
            sum(probes_answered) AS answered, min(observed_from) AS observed_from, max(observed_to) AS observed_to
          FROM scan_batches batch WHERE batch.job_id = job.id) AS ledger
      WHERE ${within('job.id')} AND ((job.status = 'completed') <> (summed.job_id IS NOT NULL)
        OR summed.job_id IS NOT NULL AND (summed.hosts_up, summed.open_ports, summed.covered_ports, summed.skipped,
            summed.positions, summed.batches, summed.probes_sent, summed.probes_answered, summed.observed_from,
            summed.observed_to, summed.fingerprint, summed.first_address, summed.last_address, summed.duration_ms)
          IS DISTINCT FROM (ledger.hosts_up, ledger.listed, ledger.covered, ledger.skipped, ledger.completed, ledger.batches,
            ledger.sent, ledger.answered, ledger.observed_from, ledger.observed_to, ${FINGERPRINT}, ${FIRST_ADDRESS},
            ${LAST_ADDRESS}, ${DURATION_MS}))`,
  },
];

/** After an outage of PostgreSQL all leases have run out, and a worker renews its own or claims others within seconds. */
const WORKERS_RETURN_MS = 5_000;
/** How long a running scan may be without a worker before that is a fault: a sweep brings the next one in seconds. */
const UNATTENDED = sql`interval '1 minute'`;

const SCAN_QUESTIONS: readonly IntegrityQuestion[] = [
  {
    name: 'shards make up the plan',
    description: 'The shards of a scan are its whole plan, from first to end, without gap or overlap.',
    axis: SCANS,
    faults: (within) => sql`SELECT 'scan ' || job.uid AS fault FROM scan_jobs job LEFT JOIN (
        SELECT job_id, bool_and(first_position = expected) AS follow, max(end_position) AS end_position FROM (
          SELECT job_id, first_position, end_position,
            lag(end_position, 1, 0::bigint) OVER (PARTITION BY job_id ORDER BY number) AS expected
          FROM scan_shards shard WHERE ${within('shard.job_id')}) AS shard GROUP BY job_id) AS cut ON cut.job_id = job.id
      WHERE ${within('job.id')} AND (cut.follow AND cut.end_position = job.positions) IS NOT TRUE`,
  },
  {
    name: 'completed means covered',
    description: 'Every shard of a completed scan is committed to its end.',
    axis: SCANS,
    faults: (within) => sql`SELECT DISTINCT 'scan ' || job.uid AS fault
      FROM scan_jobs job JOIN scan_shards shard ON shard.job_id = job.id
      WHERE ${within('job.id')} AND job.status = 'completed' AND shard.checkpoint <> shard.end_position`,
  },
  {
    name: 'running means leased',
    description: 'A running scan has a worker, or had one less than a minute ago and waits for the next.',
    axis: SCANS,
    passesInMs: WORKERS_RETURN_MS,
    // By now(), which is no later than what the snapshot shows: a lease that is renewed meanwhile is not missed.
    faults: (within) => sql`SELECT 'scan ' || job.uid AS fault FROM scan_jobs job
      WHERE ${within('job.id')} AND job.status = 'running' AND NOT EXISTS (SELECT FROM scan_shards shard
        WHERE shard.job_id = job.id AND shard.lease_expires_at > now() - ${UNATTENDED})
        AND NOT EXISTS (SELECT FROM scan_batches batch
          WHERE batch.job_id = job.id AND batch.recorded_at > now() - ${UNATTENDED})
        AND job.started_at < now() - ${UNATTENDED}`,
  },
  {
    name: 'no lease on a settled scan',
    description: 'A completed, failed or cancelled scan is held by nobody.',
    axis: SCANS,
    faults: (within) => sql`SELECT DISTINCT 'scan ' || job.uid AS fault
      FROM scan_jobs job JOIN scan_shards shard ON shard.job_id = job.id
      WHERE ${within('job.id')} AND job.status IN ('completed', 'failed', 'cancelled') AND shard.lease_owner IS NOT NULL`,
  },
  {
    name: 'imports have their report',
    description: 'A scan is an import if and only if a report is kept for it, in the same site.',
    axis: SCANS,
    faults: (within) => sql`SELECT 'scan ' || job.uid AS fault
      FROM scan_jobs job LEFT JOIN scan_imports report ON report.job_id = job.id
      WHERE ${within('job.id')} AND ((job.engine = 'import') <> (report.job_id IS NOT NULL) OR report.site_id <> job.site_id)`,
  },
];

/** Whether what a scan says of itself, its ledger, and what it stored agree. */
export const LEDGER_QUESTIONS: readonly IntegrityQuestion[] = [
  ...SHARD_QUESTIONS,
  ...SUMS,
  ...SCAN_QUESTIONS,
];
