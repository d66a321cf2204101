import type { Schedule, ScheduleRun } from '#contract/schedules/schedule.js';
import { HOST_ID } from '../programs/cli-context.ts';
import { SCAN_ID } from '../scans/scan-view.ts';

/** A schedule as the API returns it. */
export const schedule: Schedule = {
  id: HOST_ID,
  name: 'nightly',
  description: null,
  kind: 'scan',
  site: 'default',
  cron: '0 3 * * *',
  timezone: 'Europe/Berlin',
  scan: {
    configured_networks: false,
    targets: ['198.18.0.0/24'],
    exclude: [],
    profile: null,
    ports: 'top-100',
    tags: [],
    outside_scope: false,
    confirm_large: false,
    confirm_unscoped: false,
  },
  discovery: null,
  smart_scan: null,
  enabled: true,
  stopped_reason: null,
  jitter_seconds: 600,
  catch_up: 'latest',
  overlap: 'skip',
  max_failures: 5,
  retries: 2,
  retry_delay_seconds: 300,
  failures: 1,
  revision: 7,
  next_due_at: '2026-11-24T02:00:00.000Z',
  last_run: {
    state: 'failed',
    due_at: '2026-11-23T02:00:00.000Z',
    error: { code: 'engine_failed', message: 'The engine broke.' },
  },
  created_by: 'os:me',
  created_at: '2026-11-01T00:00:00.000Z',
  updated_by: 'os:me',
  updated_at: '2026-11-01T00:00:00.000Z',
};
/** A run of it in progress. */
export const run: ScheduleRun = {
  id: HOST_ID,
  due_at: '2026-11-23T02:00:00.000Z',
  cause: 'due',
  requested_by: null,
  state: 'running',
  skip_reason: null,
  missed_from: null,
  starts_at: '2026-11-23T02:00:00.000Z',
  attempt: 1,
  started_at: '2026-11-23T02:00:01.000Z',
  finished_at: null,
  ended_at: null,
  error: null,
  scans: [{ id: SCAN_ID, status: 'running', kind: 'ports' }],
};
