import { Client } from 'pg';
import { clientConfig, type DatabaseAddress } from '#store/database/database.js';

/** Raw rows of one scan: this many hosts with this many open ports each. */
const HOSTS_PER_SCAN = 500;
const PORTS_PER_HOST = 5;
const SHARDS_PER_SCAN = 16;
/** How often each host is scanned over the time. */
const SCANS_PER_HOST = 10;
const MONTHS = 24;

/** Parameters of the queries, taken from what was filled in. */
export interface Samples {
  readonly hostUid: string;
  readonly hostId: number;
  readonly hostIds: readonly number[];
  readonly scanUid: string;
  readonly scanId: number;
  readonly addresses: readonly string[];
  readonly keyPrefix: string;
  readonly shardId: number;
  readonly deviceUid: string;
  readonly macAddress: string;
  readonly scheduleId: number;
  readonly siteId: number;
  readonly horizon: Date;
  readonly server: string;
  /** Rows of every table, by name; partitions by their own. */
  readonly rows: ReadonlyMap<string, number>;
  /** Tables, also single partitions, that must not be read from end to end. */
  readonly largeTables: ReadonlySet<string>;
}

async function withClient<T>(address: DatabaseAddress, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ ...clientConfig(address, 'scanorama plans'), statement_timeout: 0 });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/**
 * Fills the tables as years of use would: `rows` raw rows of scans over two years, each scan over adjacent hosts; of
 * every port a history of four changes. Constraints between tables hold by construction, so they are not checked again.
 */
export function fill(address: DatabaseAddress, rows: number, print: (line: string) => void): Promise<void> {
  const scans = Math.ceil(rows / (HOSTS_PER_SCAN * PORTS_PER_HOST));
  const hosts = Math.ceil((scans * HOSTS_PER_SCAN) / SCANS_PER_HOST);
  return withClient(address, async (client) => {
    await client.query('SET session_replication_role = replica');
    await client.query('SET synchronous_commit = off');
    await client.query(MONTH_PARTITIONS);
    for (const [what, statement] of statements(scans, hosts)) {
      const begunMs = performance.now();
      await client.query(statement);
      print(`${what}: ${((performance.now() - begunMs) / 1000).toFixed(1)} s`);
    }
    await client.query('VACUUM (ANALYZE)');
  });
}

const MONTH_PARTITIONS = `DO $$
  DECLARE month date;
  BEGIN
    FOR month IN SELECT generate_series(date_trunc('month', now() - interval '${MONTHS} months'),
        date_trunc('month', now()) - interval '1 day', interval '1 month')::date LOOP
      EXECUTE format('CREATE TABLE port_scans_%s PARTITION OF port_scans FOR VALUES FROM (%L) TO (%L)',
        to_char(month, 'YYYY_MM'), month::timestamp AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
    END LOOP;
  END $$`;

const PORTS =
  '{21,22,23,25,53,80,110,111,135,139,143,443,445,587,993,995,1433,1723,3306,3389,5432,5900,6379,8000,8080,8443,9000,9090,9200,27017}';

/** When the scan of this number was, spread over the months; the last ones are of today. */
function at(scan: string, scans: number): string {
  return `(now() - interval '1 hour' - (${scans} - ${scan}) * (interval '${MONTHS * 30} days' / ${scans}))`;
}

/** A port of a host; each host has `PORTS_PER_HOST`. */
function portOf(host: string, k: string): string {
  return `('${PORTS}'::int[])[1 + (${host} * 7 + ${k} * 4) % 30]`;
}

function statements(scans: number, hosts: number): readonly (readonly [string, string])[] {
  const when = at('scan', scans);
  // Host h (from 0) of scan s (from 1).
  const hostOf = `((scan * ${HOSTS_PER_SCAN} + place) % ${hosts})`;
  return [
    [
      'scans',
      `
      INSERT INTO scan_jobs (uid, site_id, name, status, scan_type, engine, targets, plan_version, target_ranges, ports, seed,
        positions, created_by, created_at, started_at, completed_at, deleted_at)
      SELECT gen_random_uuid(), 1, 'scan ' || scan, CASE WHEN scan > ${scans} - 5 THEN 'running' ELSE 'completed' END, 'auto',
        'connect', '{198.18.0.0/23}', 1, '{198.18.0.0/23}', '1-1000', scan, 500000, 'bench', ${when}, ${when},
        CASE WHEN scan <= ${scans} - 5 THEN ${when} + interval '10 minutes' END,
        CASE WHEN scan % 50 = 0 AND scan <= ${scans} - 5 THEN now() END
      FROM generate_series(1, ${scans}) AS scan`,
    ],
    [
      'shards and ledger',
      `
      WITH shard AS (
        INSERT INTO scan_shards (job_id, number, first_position, end_position, checkpoint, next_batch, listed_ports, hosts_up)
        SELECT id, number, number * 31250, (number + 1) * 31250,
          (number + CASE WHEN status = 'running' AND number > 7 THEN 0 ELSE 1 END) * 31250, 2, 156, 31
        FROM scan_jobs, generate_series(0, ${SHARDS_PER_SCAN - 1}) AS number
        RETURNING id, job_id, first_position)
      INSERT INTO scan_batches (shard_id, seq, job_id, lease_token, first_position, end_position, listed_ports, covered_ports,
        skipped, hosts_up, probes_sent, probes_answered, observed_from, observed_to)
      SELECT id, seq, job_id, 1, first_position + seq * 15625, first_position + (seq + 1) * 15625, 78, 15547, 0, 15, 15625,
        15625, now(), now()
      FROM shard, generate_series(0, 1) AS seq`,
    ],
    [
      'hosts',
      `
      INSERT INTO hosts (uid, site_id, ip_address, hostname, status, status_reason, status_observed_at, first_seen, last_seen,
        deleted_at, mac_address, vendor)
      SELECT gen_random_uuid(), 1, '198.18.0.0'::inet + host, 'host-' || host || '.example', CASE WHEN host % 10 = 0 THEN 'gone' ELSE 'up' END,
        'syn-ack', now(), now() - interval '${MONTHS * 30} days', now() - host * interval '1 minute',
        CASE WHEN host % 100 = 7 THEN now() END,
        ('005300' || lpad(to_hex(host), 6, '0'))::macaddr, 'Vendor ' || host % 200
      FROM generate_series(0, ${hosts} - 1) AS host`,
    ],
    [
      'raw rows',
      `
      INSERT INTO port_scans (job_id, host_id, protocol, port, state, reason, shard_number, position, observed_at, scanned_at)
      SELECT scan, ${hostOf} + 1, 'tcp', ${portOf(hostOf, 'k')}, 'open', 'syn-ack', 0, place * 1000 + k, ${when}, ${when}
      FROM generate_series(1, ${scans}) AS scan, generate_series(0, ${HOSTS_PER_SCAN} - 1) AS place,
        generate_series(0, ${PORTS_PER_HOST} - 1) AS k`,
    ],
    [
      'hosts of scans',
      `
      INSERT INTO scan_hosts (job_id, host_id, reason, observed_at)
      SELECT scan, ${hostOf} + 1, 'syn-ack', ${when}
      FROM generate_series(1, ${scans}) AS scan, generate_series(0, ${HOSTS_PER_SCAN} - 1) AS place`,
    ],
    [
      'coverage',
      `
      INSERT INTO scan_coverage (job_id, site_id, address, protocol, state, reason, ports, shard_number, observed_at)
      SELECT scan, 1, '198.18.0.0'::inet + ${hostOf}, 'tcp', 'closed', 'conn-refused', '{[1,20),[30,1000)}', 0, ${when}
      FROM generate_series(1, ${scans}) AS scan, generate_series(0, ${HOSTS_PER_SCAN} - 1) AS place`,
    ],
    [
      'current ports',
      `
      INSERT INTO host_ports (host_id, protocol, port, state, reason, observed_at, job_id, shard_number, first_seen, last_seen)
      SELECT host + 1, 'tcp', ${portOf('host', 'k')}, CASE WHEN (host + k) % 4 = 0 THEN 'closed' ELSE 'open' END, 'syn-ack', now(),
        NULL, 0, now() - interval '1 year', now()
      FROM generate_series(0, ${hosts} - 1) AS host, generate_series(0, ${PORTS_PER_HOST} - 1) AS k`,
    ],
    [
      'current facts',
      `
      INSERT INTO host_facts (host_id, fact, protocol, port, value, observed_at)
      SELECT host_id, 'service', protocol, port,
        CASE port WHEN 22 THEN '{"name":"ssh","product":"OpenSSH"}' ELSE '{"name":"http","product":"nginx"}' END, now() FROM host_ports`,
    ],
    [
      'findings',
      `
      INSERT INTO scan_findings (job_id, host_id, fact, protocol, port, value, shard_number, observed_at)
      SELECT job_id, host_id, 'service', protocol, port, '{"name":"http","product":"nginx"}', 0, observed_at
      FROM port_scans WHERE job_id % 10 = 0`,
    ],
    [
      'history',
      `
      INSERT INTO host_history (host_id, fact, protocol, port, old_value, new_value, reason, shard_number, observed_at, recorded_at)
      SELECT host_id, 'port', protocol, port, CASE step WHEN 0 THEN NULL WHEN 2 THEN 'closed' ELSE 'open' END,
        CASE step % 2 WHEN 0 THEN 'open' ELSE 'closed' END, 'syn-ack', 0, point_time, point_time
      FROM generate_series(0, 3) AS step, LATERAL (SELECT now() - interval '${MONTHS * 30} days'
        + step * interval '${MONTHS * 7} days' AS point_time) AS time, host_ports ORDER BY step`,
    ],
    [
      'history of hosts',
      `
      INSERT INTO host_history (host_id, fact, new_value, reason, shard_number, observed_at)
      SELECT id, 'status', 'up', 'syn-ack', 0, first_seen FROM hosts`,
    ],
    [
      'events',
      `
      INSERT INTO events (kind, job_id, recorded_at) SELECT 'scan.progressed', job_id, recorded_at
      FROM scan_batches, generate_series(1, 5)`,
    ],
    [
      'what distinguishes devices',
      `
      INSERT INTO device_evidence (site_id, host_id, kind, port, value, seen, first_job_id, last_job_id)
      SELECT 1, id, kind, port, CASE kind WHEN 'mac' THEN mac_address::text WHEN 'name' THEN hostname ELSE 'SHA256:' || md5(kind || id + id % 2) END,
        tstzmultirange(tstzrange(first_seen, last_seen + interval '25 hours')), 1, ${scans}
      FROM hosts, (VALUES ('mac', NULL), ('name', NULL), ('ssh_host_key', 22), ('tls_certificate', 443)) AS evidence(kind, port)`,
    ],
    [
      'address bindings',
      `
      INSERT INTO device_bindings (uid, host_id, mac) SELECT gen_random_uuid(), id, mac_address FROM hosts ORDER BY id`,
    ],
    // Each device has two addresses.
    [
      'devices',
      `
      INSERT INTO devices (id, site_id, kind) SELECT id, 1, 'identified' FROM device_bindings WHERE id % 2 = 0`,
    ],
    [
      'addresses of devices',
      `
      INSERT INTO device_hosts (host_id, since, binding_id, device_id)
      SELECT host_id, '-infinity', id, id + id % 2 FROM device_bindings`,
    ],
    [
      'suggestions',
      `
      INSERT INTO device_suggestions (uid, one_id, other_id, score, reasons)
      SELECT gen_random_uuid(), id, id + 2, 60, '{same name}' FROM devices WHERE id % 40 = 0`,
    ],
    [
      'scans read as evidence',
      `INSERT INTO device_identified_scans SELECT id, now() FROM scan_jobs WHERE completed_at IS NOT NULL`,
    ],
    ['work on devices', `INSERT INTO device_queue SELECT id FROM hosts WHERE id % 50 = 0`],
    [
      'schedules',
      `
      INSERT INTO schedules (uid, name, kind, site_id, cron, timezone, task, enabled, jitter_ms, catch_up, overlap, retries,
        retry_delay_ms, next_due_at, created_by, updated_by)
      SELECT gen_random_uuid(), 'schedule ' || n, 'scan', 1, '0 3 * * *', 'Europe/Berlin', '{}', true, 0, 'latest', 'skip', 0, 0,
        now() + (n - 5) * interval '1 minute', 'bench', 'bench' FROM generate_series(1, 500) AS n`,
    ],
    // A year of daily runs; one of every fifth schedule is pending.
    [
      'runs of schedules',
      `
      INSERT INTO schedule_runs (uid, schedule_id, due_at, cause, state, starts_at, attempt, started_at, finished_at)
      SELECT gen_random_uuid(), id, due, 'due', CASE WHEN is_open THEN 'pending' ELSE 'completed' END, due,
        CASE WHEN is_open THEN 0 ELSE 1 END, CASE WHEN NOT is_open THEN due END, CASE WHEN NOT is_open THEN due + interval '10 minutes' END
      FROM schedules, generate_series(0, 364) AS day,
        LATERAL (SELECT now() - interval '1 minute' - day * interval '1 day' AS due, day = 0 AND id % 5 = 0 AS is_open) AS run`,
    ],
    [
      'attempts of smart scan',
      `
      INSERT INTO smart_scan_attempts (host_id, job_id, stage, started_at, points_before, points_after, ended_at, received)
      SELECT host_id, job_id, 'service_scan', observed_at, 5, 10, observed_at, true FROM scan_hosts WHERE job_id % 2 = 0`,
    ],
    [
      'keys',
      `
      INSERT INTO api_keys (uid, name, prefix, secret_hash, created_by)
      SELECT gen_random_uuid(), 'key ' || n, 'scn_' || translate(lpad(to_hex(n), 8, '0'), '0189', 'ghij'),
        sha256(n::text::bytea), 'bench' FROM generate_series(1, 50000) AS n`,
    ],
  ];
}

const SAMPLES = `
  SELECT host.uid AS "hostUid", host.id AS "hostId",
    ARRAY(SELECT id FROM hosts ORDER BY id LIMIT 200)::int[] AS "hostIds",
    job.uid AS "scanUid", job.id AS "scanId",
    ARRAY(SELECT host(address) FROM scan_coverage WHERE job_id = job.id ORDER BY address LIMIT 50) AS addresses,
    (SELECT prefix FROM api_keys ORDER BY id DESC LIMIT 1) AS "keyPrefix",
    (SELECT max(id) FROM scan_shards WHERE checkpoint < end_position) AS "shardId",
    (SELECT uid FROM device_bindings WHERE host_id = host.id) AS "deviceUid", host.mac_address::text AS "macAddress",
    (SELECT min(id) FROM schedules) AS "scheduleId", host.site_id AS "siteId",
    now() - interval '12 months' AS horizon, version() AS server
  FROM hosts host, scan_jobs job
  WHERE host.id = (SELECT max(id) / 2 FROM hosts) AND job.id = (SELECT max(id) / 2 + 1 FROM scan_jobs)`;

export function readSamples(address: DatabaseAddress, largeRows: number): Promise<Samples> {
  return withClient(address, async (client) => {
    const { rows: tables } = await client.query<{ name: string; rows: number }>(
      `SELECT relname AS name, reltuples::bigint AS rows FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    );
    const { rows } = await client.query<Omit<Samples, 'rows' | 'largeTables'>>(SAMPLES);
    const row = rows[0];
    if (row === undefined) throw new Error('nothing was filled in');
    return {
      ...row,
      rows: new Map(tables.map((table) => [table.name, table.rows])),
      largeTables: new Set(tables.filter((table) => table.rows >= largeRows).map((table) => table.name)),
    };
  });
}
