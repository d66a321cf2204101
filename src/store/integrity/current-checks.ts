import { type RawBuilder, sql } from 'kysely';
import { UNTELLING_PORT_STATES } from '#domain/ports/port-state.js';
import { HOSTS } from '#store/integrity/axes.js';
import { RETIRING_PASSES_MS } from '#store/integrity/horizon.js';
import type { IntegrityQuestion } from '#store/integrity/question.js';

const PORT_NAME = sql`format('host %s %s/%s', standing.host_id, standing.protocol, standing.port)`;

/** Later than any: what was left without a number, before migration `scan_numbers`, may have been the newer one. */
const NUMBERLESS = sql`9223372036854775807`;

/** Whether the scan is there that decided what stands; after a purge its number alone is. */
function isStored(jobId: string): RawBuilder<unknown> {
  return sql`EXISTS (SELECT FROM scan_jobs job WHERE job.id = ${sql.ref(jobId)})`;
}

/**
 * Whether what stands is what its scan told. History holds changes alone, so the observation that a current row names
 * (reason, time, scan) is held against what was told raw. Of what stands by a purged scan nothing raw is left, and what
 * retention took from its scan is counted there with the times it is of.
 */
export const CURRENT_QUESTIONS: readonly IntegrityQuestion[] = [
  {
    name: 'current ports were observed',
    description:
      'The scan that a current port names told just this state, reason and time, and it is never older than last seen.',
    axis: HOSTS,
    passesInMs: RETIRING_PASSES_MS,
    faults: (within) => sql`SELECT ${PORT_NAME} AS fault
      FROM host_ports standing LEFT JOIN hosts host ON host.id = standing.host_id
      WHERE ${within('standing.host_id')} AND (standing.last_seen > standing.observed_at
        OR standing.position IS NOT NULL AND standing.last_seen <> standing.observed_at
        OR ${isStored('standing.job_id')} AND NOT EXISTS (
          SELECT FROM port_scans raw
          WHERE (raw.job_id, raw.host_id, raw.protocol, raw.port)
              = (standing.job_id, standing.host_id, standing.protocol, standing.port)
            AND (raw.state, raw.reason, raw.observed_at, raw.shard_number, raw.position)
              = (standing.state, standing.reason, standing.observed_at, standing.shard_number, standing.position)
        ) AND NOT EXISTS (
          SELECT FROM scan_coverage covered
          WHERE (covered.job_id, covered.address, covered.protocol, covered.state, covered.reason)
              = (standing.job_id, host.ip_address, standing.protocol, standing.state, standing.reason)
            AND covered.ports @> standing.port AND covered.observed_at = standing.observed_at
            AND covered.shard_number = standing.shard_number AND standing.position IS NULL
        ) AND NOT EXISTS (
          SELECT FROM scan_rows_removed removed WHERE removed.job_id = standing.job_id
            AND removed.cause = CASE WHEN standing.position IS NULL THEN 'coverage' ELSE 'partition' END
            AND standing.observed_at BETWEEN removed.first_observed_at AND removed.last_observed_at))`,
  },
  {
    name: 'no newer coverage is left out',
    description: 'Nothing that tells of a current port was covered later than what stands.',
    axis: HOSTS,
    faults: (within) => sql`SELECT ${PORT_NAME} AS fault
      FROM host_ports standing JOIN hosts host ON host.id = standing.host_id
      WHERE ${within('standing.host_id')} AND EXISTS (SELECT FROM scan_coverage newer
        WHERE newer.site_id = host.site_id AND newer.address = host.ip_address AND newer.observed_at >= standing.observed_at
          AND newer.protocol = standing.protocol AND newer.state <> ALL (${[...UNTELLING_PORT_STATES]}::text[])
          AND (newer.observed_at, newer.job_id, newer.shard_number)
            > (standing.observed_at, coalesce(standing.job_id, ${NUMBERLESS}), standing.shard_number)
          AND newer.ports @> standing.port)`,
  },
  {
    name: 'current facts were found',
    description: 'The scan that a current service or name comes from found just this value at this time.',
    axis: HOSTS,
    faults: (
      within,
    ) => sql`SELECT format('host %s %s %s', standing.host_id, standing.fact, standing.port) AS fault
      FROM host_facts standing WHERE ${within('standing.host_id')} AND ${isStored('standing.job_id')}
        AND NOT EXISTS (SELECT FROM scan_findings raw
          WHERE (raw.job_id, raw.host_id, raw.fact) = (standing.job_id, standing.host_id, standing.fact)
            AND raw.protocol IS NOT DISTINCT FROM standing.protocol AND raw.port IS NOT DISTINCT FROM standing.port
            AND (raw.value, raw.observed_at, raw.shard_number) = (standing.value, standing.observed_at, standing.shard_number)
            AND raw.reason IS NOT DISTINCT FROM standing.reason)`,
  },
  {
    name: 'known hosts were seen',
    description:
      'The scan that proved a host last saw it, and it was last seen at that time, whatever it is now.',
    axis: HOSTS,
    faults: (within) => sql`SELECT 'host ' || host.uid AS fault FROM hosts host
      WHERE ${within('host.id')} AND ${isStored('host.status_job_id')}
        AND (host.last_seen <> host.status_observed_at OR NOT EXISTS (SELECT FROM scan_hosts seen
          WHERE seen.job_id = host.status_job_id AND seen.host_id = host.id))`,
  },
];
