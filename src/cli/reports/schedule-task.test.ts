import { expect, test } from 'vitest';
import { whatFacts } from '#cli/reports/schedule-task.js';
import {
  type Schedule,
  scheduledDiscoverySchema,
  scheduledScanSchema,
  scheduledSmartScanSchema,
} from '#contract/schedules/schedule.js';

const EMPTY: Schedule = {
  id: '11111111-1111-4111-8111-111111111111',
  name: 'nightly',
  description: null,
  kind: 'scan',
  site: null,
  cron: '0 3 * * *',
  timezone: 'UTC',
  scan: null,
  discovery: null,
  smart_scan: null,
  enabled: true,
  stopped_reason: null,
  jitter_seconds: 0,
  catch_up: 'latest',
  overlap: 'skip',
  max_failures: 5,
  retries: 0,
  retry_delay_seconds: 300,
  failures: 0,
  revision: 1,
  next_due_at: null,
  last_run: null,
  created_by: 'os:me',
  created_at: '2026-11-01T00:00:00.000Z',
  updated_by: 'os:me',
  updated_at: '2026-11-01T00:00:00.000Z',
};
const CONFIRMED = { outside_scope: true, confirm_large: true, confirm_unscoped: true };
/** Every field with a value that is not its default. */
const GIVEN = {
  scan: {
    targets: ['198.18.0.0/24'],
    configured_networks: true,
    exclude: ['198.18.0.9'],
    tags: ['nightly'],
    profile: 'fragile',
    ports: '22,80',
    scan_type: 'connect',
    rate: 1_234,
    per_host_rate: 17,
    live_hosts: true,
    retries: 3,
    timeout_ms: 444,
    concurrency: 55,
    timing: 'polite',
    version_intensity: 6,
    scripts: 'default',
    os_detection: false,
    enrich: [],
    ...CONFIRMED,
  },
  discovery: {
    networks: ['network:office'],
    configured_networks: true,
    exclude: ['198.18.0.9'],
    tags: ['nightly'],
    detect_os: true,
    methods: ['ping', 'dns'],
    resolver: '198.18.0.53',
    rate: 'max',
    per_host_rate: 17,
    ...CONFIRMED,
  },
  smart_scan: {
    stage: 'identity',
    network_cidr: '198.18.0.0/24',
    os_family: 'Linux',
    filter: 'port:443',
    limit: 7,
    threshold: 60,
    max_staleness_hours: 48,
    resolver: '198.18.0.53',
    confirm_large: true,
    confirm_unscoped: true,
  },
} satisfies Pick<Schedule, 'scan' | 'discovery' | 'smart_scan'>;
const FIELDS = {
  scan: scheduledScanSchema.shape,
  discovery: scheduledDiscoverySchema.shape,
  smart_scan: scheduledSmartScanSchema.shape,
};

test.each(['scan', 'discovery', 'smart_scan'] as const)('every field of a %s is shown', (kind) => {
  const given = GIVEN[kind];
  expect(Object.keys(given).sort()).toEqual(Object.keys(FIELDS[kind]).sort());
  const facts = whatFacts({ ...EMPTY, [kind]: given });
  for (const field of Object.keys(given)) {
    const without = whatFacts({ ...EMPTY, [kind]: { ...given, [field]: undefined } });
    expect(facts.length - without.length, field).toBe(1);
  }
});

test('rates, resolver and removed settings of the profile are shown', () => {
  const scan = { ...GIVEN.scan, rate: null };
  expect(whatFacts({ ...EMPTY, scan, site: 'branch' })).toEqual(
    expect.arrayContaining([
      ['Rate', 'not as the profile has it'],
      ['Per host', '17 packets per second'],
      ['Systems', 'not detected'],
      ['Site', 'branch'],
    ]),
  );
  expect(whatFacts({ ...EMPTY, discovery: GIVEN.discovery })).toEqual(
    expect.arrayContaining([
      ['Rate', 'no limit'],
      ['Resolver', '198.18.0.53'],
    ]),
  );
});
