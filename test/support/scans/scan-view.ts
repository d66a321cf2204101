import type { Scan } from '#contract/scans/scan.js';

export const SCAN_ID = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47';

/** A completed scan as the API shows it, with changes. */
export function scanOf(changes: Partial<Scan> = {}): Scan {
  return {
    id: SCAN_ID,
    name: null,
    description: null,
    site: 'default',
    status: 'completed',
    partial: false,
    partial_reason: null,
    error: null,
    targets: ['127.0.0.1'],
    exclude: [],
    resolved: [],
    ports: '22,80-1000',
    scan_type: 'auto',
    engine: 'connect',
    engine_note: null,
    rate: null,
    per_host_rate: null,
    live_hosts: false,
    retries: null,
    timeout_ms: null,
    concurrency: null,
    timing: null,
    version_intensity: null,
    scripts: null,
    os_detection: null,
    enrich: null,
    profile: null,
    schedule: null,
    methods: null,
    resolver: null,
    os_scan: null,
    found_by: null,
    tags: [],
    network: null,
    outside_scope: false,
    waiting_reason: null,
    created_at: '2026-11-23T10:00:00.000Z',
    started_at: '2026-11-23T10:00:00.100Z',
    completed_at: '2026-11-23T10:00:02.600Z',
    idle_seconds: 0,
    deleted_at: null,
    deleted_by: null,
    progress: { percent: 100, positions: 922, completed: 922, skipped: 0 },
    probes: { sent: 922, answered: 922 },
    hosts_up: 1,
    open_ports: 1,
    removed: [],
    ...changes,
  };
}

export const RUNNING: Partial<Scan> = {
  status: 'running',
  completed_at: null,
  progress: { percent: 25, positions: 922, completed: 230, skipped: 0 },
  probes: { sent: 230, answered: 230 },
};
