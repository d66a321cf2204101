import { expect, test } from 'vitest';
import type { Profile, ProfileStats } from '#contract/profiles/profile.js';
import type { ScanPlanView } from '#contract/scans/scan.js';
import {
  failing,
  HOST_ID,
  listAnswer,
  runIn,
  scanHostOf,
} from '../../../test/support/programs/cli-context.ts';
import { SCAN_ID, scanOf } from '../../../test/support/scans/scan-view.ts';

const LIST = 'GET /api/v1/profiles';
const CREATE = 'POST /api/v1/profiles';
const profile: Profile = {
  id: HOST_ID,
  name: 'nightly',
  description: 'between two and four',
  built_in: false,
  scan_type: 'version',
  ports: 'top-100',
  live_hosts: true,
  rate: 500,
  per_host_rate: 5,
  retries: 0,
  timeout_ms: null,
  concurrency: null,
  timing: 'polite',
  version_intensity: 2,
  scripts: 'none',
  os_detection: false,
  enrich: null,
  created_by: 'os:me',
  created_at: '2026-11-01T00:00:00.000Z',
  updated_at: '2026-11-01T00:00:00.000Z',
};
const builtIn: Profile = {
  ...profile,
  id: 'quick',
  name: 'quick',
  built_in: true,
  description: 'A first look.',
};
const stats: ProfileStats = {
  scans: 4,
  completed: 3,
  failed: 1,
  last_used_at: '2026-11-02T00:00:00.000Z',
  hosts_found_mean: 2.25,
  duration_median_seconds: 75,
};
const at = (arg: string) => `/api/v1/profiles/${arg}`;
const rowsOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/));

test('the list shows the description of each profile', async () => {
  const { stdout, requests } = await runIn({ answers: { [LIST]: listAnswer([builtIn, profile]) } }, [
    'profiles',
    'list',
    '--type',
    'version',
  ]);
  expect(requests[0]?.query).toMatchObject({ scan_type: 'version' });
  expect(rowsOf(stdout)).toEqual([
    ['NAME', 'KIND', 'TYPE', 'PORTS', 'DESCRIPTION'],
    ['quick', 'built in', 'version', 'top-100', 'A first look.'],
    ['nightly', 'own', 'version', 'top-100', 'between two and four'],
  ]);
});

test('a profile is shown with all its settings', async () => {
  const { stdout } = await runIn({ answers: { [`GET ${at('nightly')}`]: () => profile } }, [
    'profiles',
    'show',
    'nightly',
  ]);
  expect(rowsOf(stdout)).toEqual([
    ['Profile', 'nightly'],
    ['Id', HOST_ID],
    ['About', 'between two and four'],
    ['Ports', 'top-100'],
    ['Type', 'version'],
    ['Hosts', 'live ones alone'],
    ['Rate', '500 packets per second'],
    ['Per host', '5 packets per second'],
    ['Retries', '0'],
    ['Timing', 'polite'],
    ['Versions', 'intensity 2'],
    ['Scripts', 'none'],
    ['Systems', 'not detected'],
    ['Created', expect.stringContaining('by os:me')],
  ]);
});

test('a profile is stored with exactly the given settings', async () => {
  const args =
    'profiles add nightly --description x -t connect -p 22 -p 80 --rate max --per-host-rate 7 --live-hosts --retries 0 --timeout-ms 500 --concurrency 9';
  const { exit, stdout, requests } = await runIn({ answers: { [CREATE]: () => profile } }, args.split(' '));
  expect({ exit, stdout }).toEqual({
    exit: 0,
    stdout: 'The profile nightly is stored; `scan --profile` takes it.\n',
  });
  expect(requests[0]?.body).toEqual({
    name: 'nightly',
    description: 'x',
    scan_type: 'connect',
    ports: '22,80',
    rate: 'max',
    per_host_rate: 7,
    live_hosts: true,
    retries: 0,
    timeout_ms: 500,
    concurrency: 9,
  });
});

test('one is made from a scan, and one of nmap has its own settings', async () => {
  const args = `profiles add again --from-scan ${SCAN_ID} --timing polite --version-intensity 0 --scripts default --os-detection no`;
  const { requests } = await runIn({ answers: { [CREATE]: () => profile } }, args.split(' '));
  expect(requests[0]?.body).toEqual({
    name: 'again',
    from_scan: SCAN_ID,
    timing: 'polite',
    version_intensity: 0,
    scripts: 'default',
    os_detection: false,
  });
});

test('the scan that was started last is one to make it from', async () => {
  const answers = { [CREATE]: () => profile, 'GET /api/v1/scans': listAnswer([scanOf()]) };
  const { requests } = await runIn({ answers }, ['profiles', 'add', 'again', '--from-scan', 'last']);
  expect(requests.at(-1)?.body).toEqual({ name: 'again', from_scan: SCAN_ID });
});

test('an edit sends the changed settings, and null for those that are unset', async () => {
  const args = 'profiles edit nightly --name daily --ports unset --rate unset --scripts unset --all-hosts';
  const { stdout, requests } = await runIn(
    { answers: { [`PUT ${at('nightly')}`]: () => ({ ...profile, name: 'daily' }) } },
    args.split(' '),
  );
  expect(requests[0]?.body).toEqual({
    name: 'daily',
    ports: null,
    rate: null,
    scripts: null,
    live_hosts: false,
  });
  expect(stdout).toBe('The profile daily is changed; scans keep what they ran with.\n');
});

test('one is cloned, counted and removed', async () => {
  const answers = {
    [`POST ${at('quick')}/clone`]: () => profile,
    [`GET ${at('nightly')}`]: () => profile,
    [`GET ${at(HOST_ID)}/stats`]: () => stats,
    [`DELETE ${at(HOST_ID)}`]: () => undefined,
  };
  const cloned = await runIn({ answers }, ['profiles', 'clone', 'quick', 'nightly']);
  expect(cloned.requests[0]?.body).toEqual({ name: 'nightly' });
  const counted = await runIn({ answers }, ['profiles', 'stats', 'nightly']);
  expect(rowsOf(counted.stdout)).toEqual([
    ['Profile', 'nightly'],
    ['Scans', '4, 3 completed, 1 failed'],
    ['Last used', expect.any(String)],
    ['Hosts found', '2.3 on average'],
    ['Takes', '1m 15s, the median'],
  ]);
  const json = await runIn({ answers }, ['profiles', 'stats', 'nightly', '--json']);
  expect(JSON.parse(json.stdout)).toEqual({ profile: 'nightly', ...stats });
  const removed = await runIn({ answers }, ['profiles', 'remove', 'nightly']);
  expect(removed).toMatchObject({ exit: 0, calls: [`GET ${at('nightly')}`, `DELETE ${at(HOST_ID)}`] });
  expect(removed.stdout).toContain('--from-scan');
});

test.each([
  ['profiles edit nightly', 'nothing to change'],
  ['profiles add a,b', 'cannot be the name of a profile'],
  ['profiles add QUICK', 'built-in profile called "quick"'],
  ['profiles add x --live-hosts --all-hosts', 'exclude each other'],
  ['profiles add x --version-intensity 10', 'from 0 to 9'],
  ['profiles add x --os-detection maybe', 'one of yes, no'],
  ['profiles add x --timing insane', 'one of paranoid, sneaky, polite, normal, aggressive'],
  ['profiles add x --from-scan y', 'is not the id of a scan'],
])('%s is refused before any request is sent', async (args, given) => {
  const { exit, stderr, calls } = await runIn({}, args.split(' '));
  expect(exit).not.toBe(0);
  expect(calls).toEqual([]);
  expect(stderr).toContain(given);
});

test('editing a built-in profile explains how to change it', async () => {
  const answers = { [`PUT ${at('quick')}`]: failing('built_in_profile', 'It is built in.') };
  const { exit, stderr } = await runIn({ answers }, ['profiles', 'edit', 'quick', '--rate', '1']);
  expect(exit).toBe(1);
  expect(stderr).toContain('[built_in_profile]');
});

const USED = { id: 'quick', name: 'quick', built_in: true, overrides: ['rate', 'ports'] } as const;

test('a scan names its profile, and the response lists the overrides', async () => {
  const scan = scanOf({ profile: { ...USED, overrides: [...USED.overrides] } });
  const answers = {
    'POST /api/v1/scans': () => scan,
    [`GET /api/v1/scans/${SCAN_ID}`]: () => scan,
    [`GET /api/v1/scans/${SCAN_ID}/results`]: listAnswer([scanHostOf()]),
  };
  // The name of a service of UDP, which the profile may be about.
  const args = 'scan 127.0.0.1 --profile quick --rate 10 -p syslog --retries unset';
  const { requests, stderr } = await runIn({ answers }, args.split(' '));
  expect(requests[0]?.body).toMatchObject({ profile: 'quick', rate: 10, ports: 'syslog', retries: null });
  expect(stderr).toBe('As the profile quick has it, but for rate, ports.\n');
  const shown = await runIn({ answers }, ['scans', 'show', SCAN_ID]);
  expect(shown.stdout).toMatch(/Profile +As the profile quick has it, but for rate, ports\n/);
});

test('a dry run shows the plan that comes of it', async () => {
  const plan: ScanPlanView = {
    targets: ['127.0.0.1'],
    resolved: [],
    ports: '22',
    scan_type: 'connect',
    engine: 'connect',
    engine_note: null,
    rate: 10,
    per_host_rate: null,
    live_hosts: false,
    retries: 0,
    timeout_ms: 900,
    concurrency: 20,
    timing: null,
    version_intensity: null,
    scripts: null,
    os_detection: null,
    enrich: null,
    profile: { ...USED, overrides: ['rate'] },
    addresses: '1',
    excluded_addresses: '0',
    excluded_by: [],
    probes: 1,
    estimated_seconds: 1,
    limited_by: null,
    needs_confirmation: false,
    needs_scope_confirmation: false,
  };
  const answers = { 'POST /api/v1/scans/plan': () => plan };
  const args = 'scan 127.0.0.1 --profile quick --rate 10 --dry-run';
  const { stdout, stderr } = await runIn({ answers }, args.split(' '));
  expect(stderr).toBe('');
  expect(rowsOf(stdout)).toEqual([
    ['Targets', '127.0.0.1'],
    ['Ports', '1 port: 22'],
    ['Profile', 'As the profile quick has it, but for rate'],
    ['Type', 'connect'],
    ['Rate', '10 packets per second'],
    ['Retries', '0'],
    ['Timeout', '900 ms'],
    ['At once', '20 connections'],
    ['Engine', 'connect'],
    ['Addresses', '1'],
    ['Probes', '1'],
    ['Takes', 'about 1.0s'],
    ['Nothing was sent and nothing was stored.'],
  ]);
});

test('scans are listed by profile', async () => {
  const { requests } = await runIn({ answers: { 'GET /api/v1/scans': listAnswer([]) } }, [
    'scans',
    'list',
    '--profile',
    'nightly',
  ]);
  expect(requests[0]?.query).toMatchObject({ profile: 'nightly' });
});
