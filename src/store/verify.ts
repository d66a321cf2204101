import { type RawBuilder, sql } from 'kysely';
import type { Executor } from '#store/database.js';

/** How many examples of a fault a check names. */
export const FAULT_EXAMPLES = 5;

/** One question to the stored data whose answer must be "none". */
export interface IntegrityQuestion {
  readonly name: string;
  readonly description: string;
  /** Gives one text column `fault`, a row a fault. */
  readonly query: RawBuilder<{ readonly fault: string }>;
}

function orphans(child: string, column: string, parent: string): IntegrityQuestion {
  return {
    name: `orphans: ${child}.${column}`,
    description: `Every ${child}.${column} names a row of ${parent}.`,
    query: sql`SELECT ${column} || ' ' || child.${sql.ref(column)} AS fault
      FROM ${sql.table(child)} child LEFT JOIN ${sql.table(parent)} parent ON parent.id = child.${sql.ref(column)}
      WHERE child.${sql.ref(column)} IS NOT NULL AND parent.id IS NULL`,
  };
}

const REFERENCES = [
  ['port_scans', 'job_id', 'scan_jobs'],
  ['port_scans', 'host_id', 'hosts'],
  ['host_ports', 'host_id', 'hosts'],
  ['host_ports', 'job_id', 'scan_jobs'],
  ['host_history', 'host_id', 'hosts'],
  ['host_history', 'job_id', 'scan_jobs'],
  ['scan_shards', 'job_id', 'scan_jobs'],
  ['scan_batches', 'shard_id', 'scan_shards'],
  ['scan_coverage', 'job_id', 'scan_jobs'],
  ['scan_hosts', 'job_id', 'scan_jobs'],
  ['scan_hosts', 'host_id', 'hosts'],
  ['hosts', 'site_id', 'sites'],
  ['scan_jobs', 'site_id', 'sites'],
  ['networks', 'site_id', 'sites'],
  ['scan_batches', 'job_id', 'scan_jobs'],
  ['scan_coverage', 'site_id', 'sites'],
  ['scan_jobs', 'network_id', 'networks'],
  ['hosts', 'status_job_id', 'scan_jobs'],
  ['events', 'job_id', 'scan_jobs'],
  ['sessions', 'api_key_id', 'api_keys'],
  ['sign_in_tokens', 'api_key_id', 'api_keys'],
  ['scan_findings', 'job_id', 'scan_jobs'],
  ['scan_findings', 'host_id', 'hosts'],
  ['host_facts', 'host_id', 'hosts'],
  ['host_facts', 'job_id', 'scan_jobs'],
  ['scan_imports', 'job_id', 'scan_jobs'],
  ['scan_imports', 'site_id', 'sites'],
  ['scan_remarks', 'job_id', 'scan_jobs'],
  ['scan_rows_removed', 'job_id', 'scan_jobs'],
] as const;

const SHARD_LEDGER = sql`(
  SELECT shard.id, shard.job_id, shard.first_position, shard.end_position, shard.checkpoint,
    coalesce(sum(batch.end_position - batch.first_position), 0) AS settled,
    coalesce(sum(batch.listed_ports), 0) AS listed, coalesce(sum(batch.covered_ports), 0) AS covered,
    coalesce(sum(batch.hosts_up), 0) AS hosts_up, coalesce(sum(batch.skipped), 0) AS skipped
  FROM scan_shards shard LEFT JOIN scan_batches batch ON batch.shard_id = shard.id GROUP BY shard.id)`;

/** What retention or the purge of a host took from the scan `job`; its ledger still counts it. */
function removedOf(column: 'listed_ports' | 'covered_ports' | 'hosts') {
  return sql`(SELECT coalesce(sum(${sql.ref(column)}), 0) FROM scan_rows_removed removed WHERE removed.job_id = job.id)`;
}

/** The first checks of `scanorama verify`; each runs in one snapshot, so a running scan raises no false alarm. */
export const INTEGRITY_QUESTIONS: readonly IntegrityQuestion[] = [
  ...REFERENCES.map(([child, column, parent]) => orphans(child, column, parent)),
  {
    name: 'duplicate observations',
    description: 'No scan holds two raw rows of the same host, protocol and port.',
    query: sql`SELECT format('scan %s host %s %s/%s', job_id, host_id, protocol, port) AS fault
      FROM port_scans GROUP BY job_id, host_id, protocol, port HAVING count(*) > 1`,
  },
  {
    name: 'checkpoint equals ledger',
    description: 'Each shard is committed exactly as far as its batches reach, without gap or overlap.',
    query: sql`SELECT 'shard ' || id AS fault FROM ${SHARD_LEDGER} AS ledger WHERE checkpoint - first_position <> settled
      UNION SELECT 'shard ' || follower.shard_id FROM (
        SELECT batch.shard_id, batch.first_position,
          coalesce(lag(batch.end_position) OVER (PARTITION BY batch.shard_id ORDER BY batch.seq), shard.first_position) AS expected
        FROM scan_batches batch JOIN scan_shards shard ON shard.id = batch.shard_id) AS follower
      WHERE follower.first_position <> follower.expected`,
  },
  {
    name: 'shards add up to ledger',
    description: 'What a shard says it listed, skipped and saw is what its batches say.',
    query: sql`SELECT 'shard ' || shard.id AS fault FROM scan_shards shard JOIN ${SHARD_LEDGER} AS ledger USING (id)
      WHERE (shard.listed_ports, shard.skipped, shard.hosts_up) <> (ledger.listed, ledger.skipped, ledger.hosts_up)`,
  },
  {
    name: 'ledger adds up to raw rows',
    description: 'A scan holds as many raw port rows as its batches say they stored.',
    query: sql`SELECT 'scan ' || job.id AS fault FROM scan_jobs job
      WHERE (SELECT coalesce(sum(listed_ports), 0) FROM scan_batches batch WHERE batch.job_id = job.id)
         <> (SELECT count(*) FROM port_scans raw WHERE raw.job_id = job.id) + ${removedOf('listed_ports')}`,
  },
  {
    name: 'ledger adds up to coverage',
    description: 'A scan covers as many ports as its batches say they settled.',
    query: sql`SELECT 'scan ' || job.id AS fault FROM scan_jobs job
      WHERE (SELECT coalesce(sum(covered_ports), 0) FROM scan_batches batch WHERE batch.job_id = job.id)
         <> (SELECT coalesce(sum(upper(part) - lower(part)), 0) FROM scan_coverage covered, unnest(covered.ports) AS part
             WHERE covered.job_id = job.id) + ${removedOf('covered_ports')}`,
  },
  {
    name: 'ledger adds up to hosts',
    description: 'A scan saw as many hosts as its batches say.',
    query: sql`SELECT 'scan ' || job.id AS fault FROM scan_jobs job
      WHERE (SELECT coalesce(sum(hosts_up), 0) FROM scan_batches batch WHERE batch.job_id = job.id)
         <> (SELECT count(*) FROM scan_hosts seen WHERE seen.job_id = job.id) + ${removedOf('hosts')}`,
  },
  {
    name: 'completed means covered',
    description: 'Every shard of a completed scan is committed to its end.',
    query: sql`SELECT 'scan ' || job.uid AS fault FROM scan_jobs job JOIN scan_shards shard ON shard.job_id = job.id
      WHERE job.status = 'completed' AND shard.checkpoint <> shard.end_position
      UNION SELECT 'scan ' || uid FROM scan_jobs job
      WHERE NOT EXISTS (SELECT FROM scan_shards shard WHERE shard.job_id = job.id)`,
  },
  {
    name: 'running means leased',
    description: 'A running scan has a worker, or had one less than a minute ago and waits for the next.',
    query: sql`SELECT 'scan ' || job.uid AS fault FROM scan_jobs job
      WHERE job.status = 'running' AND NOT EXISTS (SELECT FROM scan_shards shard
        WHERE shard.job_id = job.id AND shard.lease_expires_at > clock_timestamp() - interval '1 minute')
        AND NOT EXISTS (SELECT FROM scan_batches batch
          WHERE batch.job_id = job.id AND batch.recorded_at > clock_timestamp() - interval '1 minute')
        AND job.started_at < clock_timestamp() - interval '1 minute'`,
  },
  {
    name: 'no lease on a settled scan',
    description: 'A completed, failed or cancelled scan is held by nobody.',
    query: sql`SELECT 'scan ' || job.uid AS fault FROM scan_jobs job JOIN scan_shards shard ON shard.job_id = job.id
      WHERE job.status IN ('completed', 'failed', 'cancelled') AND shard.lease_owner IS NOT NULL`,
  },
  {
    name: 'current ports equal history',
    description: 'The state of every known port is the newest value of its history.',
    query: sql`SELECT format('host %s %s/%s', standing.host_id, standing.protocol, standing.port) AS fault
      FROM host_ports standing WHERE standing.state IS DISTINCT FROM (
        SELECT past.new_value FROM host_history past
        WHERE past.host_id = standing.host_id AND past.fact = 'port' AND past.protocol = standing.protocol
          AND past.port = standing.port
        ORDER BY past.observed_at DESC, past.job_id DESC NULLS LAST, past.shard_number DESC NULLS LAST, past.id DESC LIMIT 1)`,
  },
  {
    name: 'current hosts equal history',
    description: 'The status of every host is the newest value of its history.',
    query: sql`SELECT 'host ' || standing.uid AS fault FROM hosts standing WHERE standing.status IS DISTINCT FROM (
        SELECT past.new_value FROM host_history past WHERE past.host_id = standing.id AND past.fact = 'status'
        ORDER BY past.observed_at DESC, past.job_id DESC NULLS LAST, past.shard_number DESC NULLS LAST, past.id DESC LIMIT 1)`,
  },
  {
    name: 'current facts equal history',
    description: 'Each service, name and the like of a host is the newest value of its history.',
    query: sql`SELECT format('host %s %s %s', standing.host_id, standing.fact, standing.port) AS fault
      FROM host_facts standing WHERE standing.value IS DISTINCT FROM (
        SELECT past.new_value FROM host_history past
        WHERE past.host_id = standing.host_id AND past.fact = standing.fact
          AND past.protocol IS NOT DISTINCT FROM standing.protocol AND past.port IS NOT DISTINCT FROM standing.port
        ORDER BY past.observed_at DESC, past.job_id DESC NULLS LAST, past.shard_number DESC NULLS LAST, past.id DESC LIMIT 1)`,
  },
  {
    name: 'findings have a current value',
    description:
      'Everything that was ever found of a host is known to its current state, which is not older.',
    query: sql`SELECT DISTINCT format('host %s %s %s', raw.host_id, raw.fact, raw.port) AS fault FROM scan_findings raw
      WHERE NOT EXISTS (SELECT FROM host_facts standing
        WHERE standing.host_id = raw.host_id AND standing.fact = raw.fact AND standing.observed_at >= raw.observed_at
          AND standing.protocol IS NOT DISTINCT FROM raw.protocol AND standing.port IS NOT DISTINCT FROM raw.port)`,
  },
  {
    name: 'hosts show their facts',
    description: 'Name, hardware address and operating system of a host are its current facts.',
    query: sql`SELECT 'host ' || host.uid AS fault FROM hosts host JOIN host_facts standing ON standing.host_id = host.id
      WHERE standing.value IS DISTINCT FROM CASE standing.fact WHEN 'hostname' THEN host.hostname
        WHEN 'mac_address' THEN host.mac_address::text WHEN 'vendor' THEN host.vendor WHEN 'os_family' THEN host.os_family
        WHEN 'os_name' THEN host.os_name ELSE standing.value END`,
  },
  {
    name: 'listed ports have a current state',
    description: 'Every raw open port is known to the current state of its host.',
    query: sql`SELECT DISTINCT format('host %s %s/%s', raw.host_id, raw.protocol, raw.port) AS fault FROM port_scans raw
      WHERE NOT EXISTS (SELECT FROM host_ports standing
        WHERE (standing.host_id, standing.protocol, standing.port) = (raw.host_id, raw.protocol, raw.port))`,
  },
  {
    name: 'partitions made ahead',
    description: 'This month and the next have a partition of port_scans, and none lies in the default one.',
    query: sql`SELECT 'missing ' || name AS fault FROM unnest(ARRAY[
        'port_scans_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM'),
        'port_scans_' || to_char((now() AT TIME ZONE 'UTC') + interval '1 month', 'YYYY_MM')]) AS name
      WHERE to_regclass(name) IS NULL
      UNION ALL SELECT 'row in port_scans_default of scan ' || job_id FROM port_scans_default`,
  },
];

export interface IntegrityAnswer {
  readonly faults: number;
  readonly examples: readonly string[];
}

/** Asks one question. Use a REPEATABLE READ transaction to ask several of one instant. */
export async function askIntegrity(
  executor: Executor,
  question: IntegrityQuestion,
): Promise<IntegrityAnswer> {
  const { rows } = await sql<{ faults: number; examples: string[] | null }>`
    WITH fault AS MATERIALIZED (${question.query})
    SELECT (SELECT count(*) FROM fault) AS faults,
      ARRAY(SELECT fault.fault FROM fault LIMIT ${FAULT_EXAMPLES}) AS examples`.execute(executor);
  const row = rows[0];
  return { faults: row?.faults ?? 0, examples: row?.examples ?? [] };
}
