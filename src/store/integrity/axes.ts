import { sql } from 'kysely';
import type { Axis } from '#store/integrity/slices.js';

/** Positions of a scan that weigh as much as one row: a silent host with all its ports is a row or two of coverage. */
const POSITIONS_PER_ROW = 25;

/** Raw ports: host after host, and within one port after port, since one host may have been scanned for years. */
export const RAW_PORTS: Axis = {
  table: 'port_scans',
  columns: [
    ['host_id', 'bigint'],
    ['port', 'int'],
  ],
};

/** What is known of hosts, measured by their history, of which each value that stands has a row at least. */
export const HOSTS: Axis = { table: 'host_history', columns: [['host_id', 'bigint']] };

export const FINDINGS: Axis = { table: 'scan_findings', columns: [['host_id', 'bigint']] };

export const COVERAGE: Axis = {
  table: 'scan_coverage',
  columns: [
    ['job_id', 'bigint'],
    ['address', 'inet'],
  ],
};

export const OBSERVATIONS: Axis = {
  table: 'scan_hosts',
  columns: [
    ['job_id', 'bigint'],
    ['host_id', 'bigint'],
  ],
};

export const MISSES: Axis = {
  table: 'scan_misses',
  columns: [
    ['job_id', 'bigint'],
    ['host_id', 'bigint'],
  ],
};

/** Whole scans: what adds up to their ledger is counted at one instant, so a scan is never cut. */
export const SCANS: Axis = {
  table: 'scan_jobs',
  columns: [['id', 'bigint']],
  weight: sql`1 + coalesce((SELECT sum(shard.checkpoint - shard.first_position) FROM scan_shards shard
    WHERE shard.job_id = scan_jobs.id), 0) / ${POSITIONS_PER_ROW}::int`,
};

/** Whole shards, by the number of their batches. */
export const SHARDS: Axis = {
  table: 'scan_shards',
  columns: [['id', 'bigint']],
  weight: sql`1 + next_batch`,
};

export const EVENTS: Axis = { table: 'events', columns: [['id', 'bigint']] };

export const SCHEDULE_RUNS: Axis = { table: 'schedule_runs', columns: [['id', 'bigint']] };
