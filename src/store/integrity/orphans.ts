import { sql } from 'kysely';
import {
  COVERAGE,
  EVENTS,
  FINDINGS,
  HOSTS,
  MISSES,
  OBSERVATIONS,
  RAW_PORTS,
  SCANS,
  SCHEDULE_RUNS,
  SHARDS,
} from '#store/integrity/axes.js';
import type { IntegrityQuestion } from '#store/integrity/question.js';
import type { Axis } from '#store/integrity/slices.js';

/** How a table is gone through: its axis, and its columns that correspond to those of the axis. */
interface Child {
  readonly name: string;
  readonly axis: Axis | null;
  readonly place: readonly string[];
  /** Each reference of the table: column and parent. A test holds them against the catalogue. */
  readonly references: readonly (readonly [column: string, parent: string])[];
}

const OF_SCAN = { axis: SCANS, place: ['job_id'] };
const OF_HOST = { axis: HOSTS, place: ['host_id'] };

const CHILDREN: readonly Child[] = [
  {
    name: 'port_scans',
    axis: RAW_PORTS,
    place: ['host_id', 'port'],
    references: [
      ['job_id', 'scan_jobs'],
      ['host_id', 'hosts'],
    ],
  },
  {
    name: 'host_ports',
    ...OF_HOST,
    references: [
      ['host_id', 'hosts'],
      ['job_id', 'scan_numbers'],
    ],
  },
  {
    name: 'host_history',
    ...OF_HOST,
    references: [
      ['host_id', 'hosts'],
      ['job_id', 'scan_numbers'],
    ],
  },
  {
    name: 'host_facts',
    ...OF_HOST,
    references: [
      ['host_id', 'hosts'],
      ['job_id', 'scan_numbers'],
    ],
  },
  {
    name: 'hosts',
    axis: HOSTS,
    place: ['id'],
    references: [
      ['site_id', 'sites'],
      ['status_job_id', 'scan_numbers'],
      ['status_changed_job_id', 'scan_numbers'],
    ],
  },
  {
    name: 'scan_jobs',
    axis: SCANS,
    place: ['id'],
    references: [
      ['id', 'scan_numbers'],
      ['found_by_job_id', 'scan_numbers'],
      ['site_id', 'sites'],
      ['network_id', 'networks'],
      ['profile_id', 'scan_profiles'],
      ['schedule_run_id', 'schedule_runs'],
    ],
  },
  { name: 'scan_shards', ...OF_SCAN, references: [['job_id', 'scan_jobs']] },
  {
    name: 'scan_imports',
    ...OF_SCAN,
    references: [
      ['job_id', 'scan_jobs'],
      ['site_id', 'sites'],
    ],
  },
  { name: 'scan_names', ...OF_SCAN, references: [['job_id', 'scan_jobs']] },
  {
    name: 'rate_shares',
    axis: null,
    place: [],
    references: [
      ['site_id', 'sites'],
      ['job_id', 'scan_jobs'],
    ],
  },
  { name: 'scan_warnings', ...OF_SCAN, references: [['job_id', 'scan_jobs']] },
  { name: 'scan_unresponsive_ranges', ...OF_SCAN, references: [['job_id', 'scan_jobs']] },
  { name: 'scan_rows_removed', ...OF_SCAN, references: [['job_id', 'scan_jobs']] },
  {
    name: 'scan_statistics',
    ...OF_SCAN,
    references: [
      ['job_id', 'scan_jobs'],
      ['base_job_id', 'scan_jobs'],
    ],
  },
  {
    name: 'scan_batches',
    axis: SHARDS,
    place: ['shard_id'],
    references: [
      ['shard_id', 'scan_shards'],
      ['job_id', 'scan_jobs'],
    ],
  },
  {
    name: 'scan_coverage',
    axis: COVERAGE,
    place: ['job_id', 'address'],
    references: [
      ['job_id', 'scan_jobs'],
      ['site_id', 'sites'],
    ],
  },
  {
    name: 'scan_hosts',
    axis: OBSERVATIONS,
    place: ['job_id', 'host_id'],
    references: [
      ['job_id', 'scan_jobs'],
      ['host_id', 'hosts'],
    ],
  },
  {
    name: 'scan_misses',
    axis: MISSES,
    place: ['job_id', 'host_id'],
    references: [
      ['job_id', 'scan_jobs'],
      ['host_id', 'hosts'],
    ],
  },
  {
    name: 'scan_findings',
    axis: FINDINGS,
    place: ['host_id'],
    references: [
      ['job_id', 'scan_jobs'],
      ['host_id', 'hosts'],
    ],
  },
  { name: 'events', axis: EVENTS, place: ['id'], references: [['job_id', 'scan_jobs']] },
  { name: 'networks', axis: null, place: [], references: [['site_id', 'sites']] },
  { name: 'workers', axis: null, place: [], references: [['site_id', 'sites']] },
  { name: 'site_scopes', axis: null, place: [], references: [['site_id', 'sites']] },
  {
    name: 'network_exclusions',
    axis: null,
    place: [],
    references: [
      ['site_id', 'sites'],
      ['network_id', 'networks'],
    ],
  },
  {
    name: 'scan_tags',
    ...OF_SCAN,
    references: [
      ['job_id', 'scan_jobs'],
      ['tag_id', 'tags'],
    ],
  },
  {
    name: 'host_tags',
    ...OF_HOST,
    references: [
      ['host_id', 'hosts'],
      ['tag_id', 'tags'],
    ],
  },
  {
    name: 'host_group_members',
    ...OF_HOST,
    references: [
      ['host_id', 'hosts'],
      ['group_id', 'host_groups'],
    ],
  },
  {
    name: 'host_owners',
    ...OF_HOST,
    references: [
      ['host_id', 'hosts'],
      ['owner_id', 'owners'],
    ],
  },
  {
    name: 'host_field_values',
    ...OF_HOST,
    references: [
      ['host_id', 'hosts'],
      ['field_id', 'custom_fields'],
    ],
  },
  {
    name: 'smart_scan_attempts',
    ...OF_HOST,
    references: [
      ['host_id', 'hosts'],
      ['job_id', 'scan_numbers'],
    ],
  },
  { name: 'smart_scan_refusals', ...OF_HOST, references: [['host_id', 'hosts']] },
  { name: 'host_notes', ...OF_HOST, references: [['host_id', 'hosts']] },
  {
    name: 'host_edits',
    ...OF_HOST,
    references: [
      ['host_id', 'hosts'],
      ['edit_id', 'edits'],
    ],
  },
  {
    name: 'device_evidence',
    ...OF_HOST,
    references: [
      ['site_id', 'sites'],
      ['host_id', 'hosts'],
      ['first_job_id', 'scan_numbers'],
      ['last_job_id', 'scan_numbers'],
    ],
  },
  { name: 'device_identified_scans', ...OF_SCAN, references: [['job_id', 'scan_jobs']] },
  { name: 'device_queue', ...OF_HOST, references: [['host_id', 'hosts']] },
  { name: 'device_bindings', ...OF_HOST, references: [['host_id', 'hosts']] },
  {
    name: 'device_hosts',
    ...OF_HOST,
    references: [
      ['host_id', 'hosts'],
      ['binding_id', 'device_bindings'],
      ['device_id', 'devices'],
    ],
  },
  {
    name: 'devices',
    axis: null,
    place: [],
    references: [
      ['id', 'device_bindings'],
      ['site_id', 'sites'],
    ],
  },
  {
    name: 'device_suggestions',
    axis: null,
    place: [],
    references: [
      ['one_id', 'devices'],
      ['other_id', 'devices'],
    ],
  },
  {
    name: 'device_decisions',
    axis: null,
    place: [],
    references: [
      ['site_id', 'sites'],
      ['undoes', 'device_decisions'],
    ],
  },
  {
    name: 'device_decision_bindings',
    axis: null,
    place: [],
    references: [
      ['decision_id', 'device_decisions'],
      ['binding_id', 'device_bindings'],
    ],
  },
  { name: 'edits', axis: null, place: [], references: [['undoes', 'edits']] },
  { name: 'label_edits', axis: null, place: [], references: [['edit_id', 'edits']] },
  {
    name: 'scan_tag_edits',
    ...OF_SCAN,
    references: [
      ['job_id', 'scan_jobs'],
      ['edit_id', 'edits'],
    ],
  },
  {
    name: 'network_owners',
    axis: null,
    place: [],
    references: [
      ['network_id', 'networks'],
      ['owner_id', 'owners'],
    ],
  },
  {
    name: 'schedules',
    axis: null,
    place: [],
    references: [
      ['site_id', 'sites'],
      ['profile_id', 'scan_profiles'],
    ],
  },
  {
    name: 'schedule_runs',
    axis: SCHEDULE_RUNS,
    place: ['id'],
    references: [['schedule_id', 'schedules']],
  },
  { name: 'sessions', axis: null, place: [], references: [['api_key_id', 'api_keys']] },
  { name: 'sign_in_tokens', axis: null, place: [], references: [['api_key_id', 'api_keys']] },
];

/** Rows whose parent is gone, for every reference of the schema. */
export const ORPHANS: readonly IntegrityQuestion[] = CHILDREN.flatMap(({ name, axis, place, references }) =>
  references.map(([column, parent]) => {
    const reference = sql.ref(`child.${column}`);
    return {
      name: `orphans: ${name}.${column}`,
      description: `Every ${name}.${column} names a row of ${parent}.`,
      axis,
      faults: (within) => sql`SELECT concat_ws(' ', ${column}::text, ${reference}) AS fault
        FROM ${sql.table(name)} child LEFT JOIN ${sql.table(parent)} parent ON parent.id = ${reference}
        WHERE ${within(...place.map((each) => `child.${each}`))} AND ${reference} IS NOT NULL AND parent.id IS NULL`,
    } satisfies IntegrityQuestion;
  }),
);
