import { sql } from 'kysely';
import { COVERAGE, FINDINGS, OBSERVATIONS, RAW_PORTS } from '#store/integrity/axes.js';
import type { IntegrityQuestion } from '#store/integrity/question.js';

const RAW_NAME = sql`format('scan %s host %s %s/%s', raw.job_id, raw.host_id, raw.protocol, raw.port)`;

/** The key of what stands; what has no number, from before migration `scan_numbers`, may be newer than any of its instant. */
const STANDING_KEY = sql`(standing.observed_at, coalesce(standing.job_id, raw.job_id),
  CASE WHEN standing.job_id IS NULL THEN raw.shard_number ELSE standing.shard_number END)`;

const PORT_QUESTIONS: readonly IntegrityQuestion[] = [
  {
    name: 'duplicate observations',
    description: 'No scan holds two raw rows of the same host, protocol and port.',
    axis: RAW_PORTS,
    faults: (
      within,
    ) => sql`SELECT ${RAW_NAME} AS fault FROM port_scans raw WHERE ${within('raw.host_id', 'raw.port')}
      GROUP BY raw.job_id, raw.host_id, raw.protocol, raw.port HAVING count(*) > 1`,
  },
  {
    name: 'listed ports are not covered too',
    description: 'What a scan says of a port it says once: as a raw row or as coverage.',
    axis: RAW_PORTS,
    faults: (
      within,
    ) => sql`SELECT ${RAW_NAME} AS fault FROM port_scans raw JOIN hosts host ON host.id = raw.host_id
      WHERE ${within('raw.host_id', 'raw.port')} AND EXISTS (SELECT FROM scan_coverage covered
        WHERE covered.job_id = raw.job_id AND covered.address = host.ip_address AND covered.protocol = raw.protocol
          AND covered.ports @> raw.port)`,
  },
  {
    name: 'listed ports are committed',
    description: 'A raw row lies in a shard of its scan, before its checkpoint.',
    axis: RAW_PORTS,
    faults: (within) => sql`SELECT ${RAW_NAME} AS fault FROM port_scans raw
      WHERE ${within('raw.host_id', 'raw.port')} AND NOT EXISTS (SELECT FROM scan_shards shard
        WHERE shard.job_id = raw.job_id AND shard.number = raw.shard_number
          AND raw.position >= shard.first_position AND raw.position < shard.checkpoint)`,
  },
  {
    name: 'listed ports have a seen host',
    description:
      'The host of a raw row was seen by the same scan, and is known to have been there at that time.',
    axis: RAW_PORTS,
    faults: (within) => sql`SELECT ${RAW_NAME} AS fault FROM port_scans raw
      WHERE ${within('raw.host_id', 'raw.port')} AND NOT EXISTS (
        SELECT FROM scan_hosts seen JOIN hosts host ON host.id = seen.host_id
        WHERE seen.job_id = raw.job_id AND seen.host_id = raw.host_id
          AND raw.observed_at BETWEEN host.first_seen AND host.last_seen)`,
  },
  {
    name: 'listed ports have a current state',
    description:
      'Every raw row is known to the current state of its host, which is not older and knows when it was seen.',
    axis: RAW_PORTS,
    faults: (within) => sql`SELECT ${RAW_NAME} AS fault FROM port_scans raw
      WHERE ${within('raw.host_id', 'raw.port')} AND NOT EXISTS (SELECT FROM host_ports standing
        WHERE (standing.host_id, standing.protocol, standing.port) = (raw.host_id, raw.protocol, raw.port)
          AND raw.observed_at BETWEEN standing.first_seen AND standing.last_seen
          AND ${STANDING_KEY} >= (raw.observed_at, raw.job_id, raw.shard_number))`,
  },
];

const COVERAGE_QUESTIONS: readonly IntegrityQuestion[] = [
  {
    name: 'coverage is told once',
    description: 'No scan covers a port of an address in two states.',
    axis: COVERAGE,
    faults: (
      within,
    ) => sql`SELECT format('scan %s %s %s', one.job_id, host(one.address), one.protocol) AS fault
      FROM scan_coverage one JOIN scan_coverage other
        ON (other.job_id, other.address, other.protocol) = (one.job_id, one.address, one.protocol)
          AND (other.state, other.reason) > (one.state, one.reason) AND other.ports && one.ports
      WHERE ${within('one.job_id', 'one.address')}`,
  },
  {
    name: 'coverage belongs to its scan',
    description: 'Coverage names the site and a shard of its scan.',
    axis: COVERAGE,
    faults: (within) => sql`SELECT format('scan %s %s', covered.job_id, host(covered.address)) AS fault
      FROM scan_coverage covered LEFT JOIN scan_jobs job ON job.id = covered.job_id
        LEFT JOIN scan_shards shard ON shard.job_id = covered.job_id AND shard.number = covered.shard_number
      WHERE ${within('covered.job_id', 'covered.address')}
        AND (shard.checkpoint > shard.first_position AND job.site_id = covered.site_id) IS NOT TRUE`,
  },
];

const HOST_QUESTIONS: readonly IntegrityQuestion[] = [
  {
    name: 'sightings are within first and last seen',
    description:
      'A host was seen by a scan of its site, no earlier than first seen and no later than last seen.',
    axis: OBSERVATIONS,
    faults: (within) => sql`SELECT format('scan %s host %s', seen.job_id, seen.host_id) AS fault
      FROM scan_hosts seen LEFT JOIN hosts host ON host.id = seen.host_id LEFT JOIN scan_jobs job ON job.id = seen.job_id
      WHERE ${within('seen.job_id', 'seen.host_id')}
        AND (seen.observed_at BETWEEN host.first_seen AND host.last_seen AND host.site_id = job.site_id) IS NOT TRUE`,
  },
  {
    name: 'findings have a current value',
    description:
      'Everything that was ever found of a host is known to its current state, which is not older.',
    axis: FINDINGS,
    faults: (
      within,
    ) => sql`SELECT format('scan %s host %s %s %s', raw.job_id, raw.host_id, raw.fact, raw.port) AS fault
      FROM scan_findings raw WHERE ${within('raw.host_id')} AND NOT EXISTS (SELECT FROM host_facts standing
        WHERE standing.host_id = raw.host_id AND standing.fact = raw.fact
          AND standing.protocol IS NOT DISTINCT FROM raw.protocol AND standing.port IS NOT DISTINCT FROM raw.port
          AND ${STANDING_KEY} >= (raw.observed_at, raw.job_id, raw.shard_number))`,
  },
  {
    name: 'findings are committed',
    description: 'A finding names a shard of its scan that has committed something.',
    axis: FINDINGS,
    faults: (
      within,
    ) => sql`SELECT format('scan %s host %s %s %s', raw.job_id, raw.host_id, raw.fact, raw.port) AS fault
      FROM scan_findings raw WHERE ${within('raw.host_id')} AND NOT EXISTS (SELECT FROM scan_shards shard
        WHERE shard.job_id = raw.job_id AND shard.number = raw.shard_number AND shard.checkpoint > shard.first_position)`,
  },
];

/** Whether what scans told is told once, by whom it says, and known to the current state. */
export const RAW_QUESTIONS: readonly IntegrityQuestion[] = [
  ...PORT_QUESTIONS,
  ...COVERAGE_QUESTIONS,
  ...HOST_QUESTIONS,
];
