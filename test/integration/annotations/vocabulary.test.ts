import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DECISION_KINDS, DEVICE_KINDS, EVIDENCE_KINDS } from '#domain/devices/device.js';
import { DISCOVERY_METHODS } from '#domain/discovery/discovery-method.js';
import { OS_SCAN_STATES } from '#domain/discovery/os-scan.js';
import { ENRICHER_NAMES } from '#domain/enrichment/enricher.js';
import { FINDING_FACTS } from '#domain/enrichment/finding.js';
import { EVENT_KINDS } from '#domain/events/event-kind.js';
import { FIELD_TYPES } from '#domain/fields/custom-field.js';
import { GROUP_KINDS } from '#domain/fields/group-kind.js';
import { HOST_EDIT_KINDS, LABEL_KINDS } from '#domain/hosts/host-edit-kind.js';
import { HOST_FACTS } from '#domain/hosts/host-fact.js';
import { HOST_STATUSES } from '#domain/hosts/host-status.js';
import { LISTED_PORT_STATES, PORT_STATES, REASONS } from '#domain/ports/port-state.js';
import { PROBED_PROTOCOLS, PROTOCOLS } from '#domain/ports/protocol.js';
import { IMPORT_FORMATS } from '#domain/scans/import-format.js';
import { NMAP_TIMINGS, SCRIPT_SETS } from '#domain/scans/nmap-detection.js';
import { SETTING_TEXTS } from '#domain/scans/scan-settings.js';
import { SCAN_STATUS_TRANSITIONS, SCAN_STATUSES } from '#domain/scans/scan-status.js';
import { ENGINES, SCAN_TYPES, STORED_SCAN_TYPES } from '#domain/scans/scan-type.js';
import { STORED_WARNING_KINDS } from '#domain/scans/warning.js';
import {
  CATCH_UPS,
  OVERLAPS,
  RUN_CAUSES,
  RUN_STATES,
  SCHEDULE_KINDS,
  SKIP_REASONS,
} from '#domain/schedules/schedule.js';
import { REMOVAL_CAUSES, RETENTION_KINDS } from '#domain/settings/retention.js';
import { SMART_SCAN_STAGES } from '#domain/smart-scan/smart-scan.js';
import { makePartitions, PARTITION_MONTHS_AHEAD } from '#store/ports/partitions.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(async () => {
  await db.close();
});

/** Every CHECK over a set of values, by its name in the schema. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  scan_jobs_status_values: SCAN_STATUSES,
  scan_jobs_scan_type_values: STORED_SCAN_TYPES,
  scan_jobs_engine_values: ENGINES,
  scan_jobs_timing_values: NMAP_TIMINGS,
  scan_jobs_scripts_values: SCRIPT_SETS,
  scan_jobs_profile_overrides_values: SETTING_TEXTS,
  scan_jobs_enrich_values: ENRICHER_NAMES,
  scan_profiles_enrich_values: ENRICHER_NAMES,
  scan_profiles_scan_type_values: SCAN_TYPES,
  scan_profiles_timing_values: NMAP_TIMINGS,
  scan_profiles_scripts_values: SCRIPT_SETS,
  scan_jobs_discovery_methods_values: DISCOVERY_METHODS,
  schedules_kind_values: SCHEDULE_KINDS,
  schedules_catch_up_values: CATCH_UPS,
  schedules_overlap_values: OVERLAPS,
  schedule_runs_cause_values: RUN_CAUSES,
  schedule_runs_state_values: RUN_STATES,
  schedule_runs_skip_reason_values: SKIP_REASONS,
  scan_jobs_os_scan_values: OS_SCAN_STATES,
  scan_coverage_protocol_values: PROBED_PROTOCOLS,
  scan_coverage_state_values: PORT_STATES,
  scan_coverage_reason_values: REASONS,
  hosts_status_values: HOST_STATUSES,
  hosts_reason_values: REASONS,
  scan_hosts_reason_values: REASONS,
  port_scans_protocol_values: PROTOCOLS,
  port_scans_state_values: LISTED_PORT_STATES,
  port_scans_reason_values: REASONS,
  host_ports_protocol_values: PROTOCOLS,
  host_ports_state_values: PORT_STATES,
  host_ports_reason_values: REASONS,
  host_history_fact_values: HOST_FACTS,
  host_history_protocol_values: PROTOCOLS,
  events_kind_values: EVENT_KINDS,
  scan_findings_fact_values: FINDING_FACTS,
  scan_findings_protocol_values: PROTOCOLS,
  host_facts_fact_values: FINDING_FACTS,
  host_facts_protocol_values: PROTOCOLS,
  scan_imports_format_values: IMPORT_FORMATS,
  scan_warnings_kind_values: STORED_WARNING_KINDS,
  retention_horizons_kind_values: RETENTION_KINDS,
  scan_rows_removed_cause_values: REMOVAL_CAUSES,
  host_groups_kind_values: GROUP_KINDS,
  host_edits_kind_values: HOST_EDIT_KINDS,
  label_edits_kind_values: LABEL_KINDS,
  custom_fields_type_values: FIELD_TYPES,
  host_field_values_type_values: FIELD_TYPES,
  device_evidence_kind_values: EVIDENCE_KINDS,
  devices_kind_values: DEVICE_KINDS,
  device_decisions_kind_values: DECISION_KINDS,
  smart_scan_attempts_stage_values: SMART_SCAN_STAGES,
  smart_scan_refusals_stage_values: SMART_SCAN_STAGES,
};

describe('enum values of the domain and of the database', () => {
  it('are the same in every CHECK', async () => {
    const { rows } = await sql<{ name: string; definition: string }>`
      SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
      WHERE conname LIKE '%\\_values' AND conparentid = 0 AND connamespace = 'public'::regnamespace`.execute(
      db.store.read,
    );
    const stored = Object.fromEntries(
      rows.map(({ name, definition }) => [
        name,
        [...definition.matchAll(/'([^']+)'/g)].map(([, text = '']) => text).toSorted(),
      ]),
    );
    const expected = Object.fromEntries(
      Object.entries(TEXTS).map(([name, texts]) => [name, [...texts].sort()]),
    );
    expect(stored).toEqual(expected);
  });

  it('are the same in the table of scan transitions', async () => {
    const { rows } = await sql<{ from: string; to: string }>`
      SELECT from_status AS "from", to_status AS "to" FROM scan_status_transitions`.execute(db.store.read);
    const stored = rows.map(({ from, to }) => `${from} ${to}`).sort();
    const expected = Object.entries(SCAN_STATUS_TRANSITIONS)
      .flatMap(([from, tos]) => tos.map((to) => `${from} ${to}`))
      .sort();
    expect(stored).toEqual(expected);
  });
});

describe('the database refuses', () => {
  const job = `INSERT INTO scan_jobs (uid, site_id, scan_type, engine, targets, plan_version, target_ranges, ports, seed, positions, created_by`;
  const values = `SELECT gen_random_uuid(), 1, 'auto', 'connect', '{a}', 1, '{a}', '1', 1, 1, 'test'`;
  const host = `INSERT INTO hosts (uid, site_id, ip_address, status, status_observed_at, first_seen, last_seen) SELECT gen_random_uuid(), 1,`;
  it.each([
    ['an unknown status', `${job}, status) ${values}, 'queued'`, '23514'],
    ['a running scan that never started', `${job}, status) ${values}, 'running'`, '23514'],
    ['a completed scan without an end', `${job}, status, started_at) ${values}, 'completed', now()`, '23514'],
    ['a failed scan without a reason', `${job}, status, completed_at) ${values}, 'failed', now()`, '23514'],
    [
      'a scan that ended before it began',
      `${job}, status, started_at, completed_at) ${values}, 'completed', now(), now() - interval '1 day'`,
      '23514',
    ],
    [
      'a discovery run without methods',
      `${job}) ${values.replace("'auto', 'connect'", "'discovery', 'discovery'")}`,
      '23514',
    ],
    [
      'names without a resolver',
      `${job}, discovery_methods) ${values.replace("'auto', 'connect'", "'discovery', 'discovery'")}, '{ping,dns}'`,
      '23514',
    ],
    [
      'coverage of a host as a port other than 0',
      `INSERT INTO scan_coverage (job_id, site_id, address, protocol, state, reason, ports, shard_number, observed_at) VALUES (1, 1, '198.18.0.1', 'host', 'unknown', 'echo-reply', '{[1,2)}', 0, now())`,
      '23514',
    ],
    ['a partial scan that is not completed', `${job}, partial) ${values}, true`, '23514'],
    ['a network as a host address', `${host} '198.18.0.0/24', 'up', now(), now(), now()`, '23514'],
    [
      'a host last seen before it was first seen',
      `${host} '198.18.9.1', 'up', now(), now(), now() - interval '1 s'`,
      '23514',
    ],
    [
      'a host without a site',
      `INSERT INTO hosts (uid, site_id, ip_address, status, status_observed_at, first_seen, last_seen) VALUES (gen_random_uuid(), 4711, '198.18.9.2', 'up', now(), now(), now())`,
      '23503',
    ],
    [
      'a network with host bits',
      `INSERT INTO networks (uid, site_id, cidr, name) VALUES (gen_random_uuid(), 1, '198.18.0.1/24', 'x')`,
      '22P02',
    ],
    [
      'a port above 65535',
      `INSERT INTO host_ports (host_id, protocol, port, state, reason, observed_at, first_seen, last_seen) VALUES (1, 'tcp', 65536, 'open', 'syn-ack', now(), now(), now())`,
      '23514',
    ],
    [
      'coverage beyond the last port',
      `INSERT INTO scan_coverage (job_id, site_id, address, protocol, state, reason, ports, shard_number, observed_at) VALUES (1, 1, '198.18.0.1', 'tcp', 'closed', 'rst', '{[65530,65540)}', 0, now())`,
      '23514',
    ],
    [
      'a ledger row that does not add up',
      `INSERT INTO scan_batches (shard_id, seq, job_id, lease_token, first_position, end_position, listed_ports, covered_ports, skipped, hosts_up, probes_sent, probes_answered, observed_from, observed_to) VALUES (1, 0, 1, 1, 0, 10, 1, 1, 1, 0, 0, 0, now(), now())`,
      '23514',
    ],
    [
      'a history row that changes nothing',
      `INSERT INTO host_history (host_id, fact, old_value, new_value, observed_at) VALUES (1, 'status', 'up', 'up', now())`,
      '23514',
    ],
    [
      'a profile of two rates',
      `INSERT INTO scan_profiles (uid, name, unlimited, packets_per_second, created_by) VALUES (gen_random_uuid(), 'x', true, 1, 'test')`,
      '23514',
    ],
    [
      'a name that no profile can have',
      `INSERT INTO scan_profiles (uid, name, created_by) VALUES (gen_random_uuid(), 'a,b', 'test')`,
      '23514',
    ],
    [
      'a scan by two profiles',
      `${job}, profile_id, builtin_profile, profile_name) ${values}, 1, 'quick', 'x'`,
      '23514',
    ],
    [
      'a schedule that is enabled and never due',
      `INSERT INTO schedules (uid, name, kind, cron, timezone, task, enabled, jitter_ms, catch_up, overlap, retries, retry_delay_ms, created_by, updated_by)
       VALUES (gen_random_uuid(), 'x', 'verify', '0 3 * * *', 'UTC', '{}', true, 0, 'none', 'skip', 0, 0, 'test', 'test')`,
      '23514',
    ],
    [
      'a schedule of scans that is of no site',
      `INSERT INTO schedules (uid, name, kind, cron, timezone, task, enabled, jitter_ms, catch_up, overlap, retries, retry_delay_ms, created_by, updated_by)
       VALUES (gen_random_uuid(), 'x', 'scan', '0 3 * * *', 'UTC', '{}', false, 0, 'none', 'skip', 0, 0, 'test', 'test')`,
      '23514',
    ],
    [
      'a run that failed without a reason',
      `INSERT INTO schedule_runs (uid, schedule_id, due_at, cause, state, starts_at, finished_at) VALUES (gen_random_uuid(), 1, now(), 'due', 'failed', now(), now())`,
      '23514',
    ],
    ['a scan by a run without a name', `${job}, schedule_run_id) ${values}, 1`, '23514'],
    ['a scan by a profile without a name', `${job}, builtin_profile) ${values}, 'quick'`, '23514'],
    ['scripts in a scan without nmap', `${job}, scripts) ${values}, 'safe'`, '23514'],
    [
      'a second site of the same name',
      `INSERT INTO sites (uid, name) VALUES (gen_random_uuid(), 'default')`,
      '23505',
    ],
  ])('%s', async (_, statement, sqlState) => {
    await expect(sql.raw(statement).execute(db.store.read)).rejects.toMatchObject({ code: sqlState });
  });

  it('a scan status change outside its table', async () => {
    await sql.raw(`${job}) ${values}`).execute(db.store.read);
    await expect(
      sql`UPDATE scan_jobs SET status = 'completed', started_at = now(), completed_at = now() WHERE status = 'pending'`.execute(
        db.store.read,
      ),
    ).rejects.toMatchObject({ code: '23514', constraint: 'scan_status_transitions' });
  });

  it('the same address twice in one site, and takes it in another', async () => {
    await sql`INSERT INTO sites (uid, name) VALUES (gen_random_uuid(), 'branch')`.execute(db.store.read);
    const insert = (site: string) =>
      sql`
      INSERT INTO hosts (uid, site_id, ip_address, status, status_observed_at, first_seen, last_seen)
      SELECT gen_random_uuid(), id, '198.18.7.7', 'up', now(), now(), now() FROM sites WHERE name = ${site}`.execute(
        db.store.read,
      );
    await insert('default');
    await insert('branch');
    await expect(insert('branch')).rejects.toMatchObject({ code: '23505' });
  });
});

describe('port_scans partitions', () => {
  it('contain this month and the next ones, and creating them again creates none', async () => {
    // In one transaction, in which the month cannot change.
    await db.store.transaction(async (executor) => {
      const missing = async () => {
        const { rows } = await sql<{ name: string }>`
          SELECT name FROM generate_series(0, ${PARTITION_MONTHS_AHEAD}::int) AS ahead,
            to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead), '"port_scans_"YYYY_MM') AS name
          WHERE to_regclass(name) IS NULL`.execute(executor);
        return rows.map(({ name }) => name);
      };
      const before = await missing();
      // None, unless the month has changed since they were created.
      expect(before.length).toBeLessThan(2);
      expect(await makePartitions(executor)).toBe(before.length);
      expect(await missing()).toEqual([]);
      expect(await makePartitions(executor)).toBe(0);
    });
  });
});
