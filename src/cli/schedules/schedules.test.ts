import { expect, test } from 'vitest';
import type { Dues, ScheduleRun } from '#contract/schedules/schedule.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { HOST_ID, listAnswer, runIn } from '../../../test/support/programs/cli-context.ts';
import { SCAN_ID } from '../../../test/support/scans/scan-view.ts';
import { run, schedule } from '../../../test/support/schedules/schedule-view.ts';

const LIST = 'GET /api/v1/schedules';
const CREATE = 'POST /api/v1/schedules';
const ONE = '/api/v1/schedules/nightly';
const dues: Dues = {
  cron: '0 3 * * *',
  timezone: 'Europe/Berlin',
  now: '2026-11-23T12:00:00.000Z',
  enabled: true,
  dues: [{ at: '2026-11-24T02:00:00.000Z', local: '2026-11-24 03:00 UTC+01:00' }],
};

test('the list shows when each schedule is due and how its last run ended', async () => {
  const stopped = {
    ...schedule,
    name: 'old',
    enabled: false,
    stopped_reason: 'It failed.',
    next_due_at: null,
  };
  const { exit, stdout, stderr } = await runIn({ answers: { [LIST]: listAnswer([schedule, stopped]) } }, [
    'schedules',
    'list',
  ]);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(stdout).toMatch(/^NAME +KIND +SITE +CRON +ZONE +STATE +NEXT DUE +LAST RUN\n/);
  expect(stdout).toMatch(
    /nightly +scan +default +0 3 \* \* \* +Europe\/Berlin +enabled +2026-11-24 03:00 UTC\+01:00 +failed/,
  );
  expect(stdout).toMatch(/old .* paused by itself +- +failed/);
});

test('one is shown with the error of its last run', async () => {
  const { stdout } = await runIn({ answers: { [`GET ${ONE}`]: () => schedule } }, [
    'schedules',
    'show',
    'nightly',
  ]);
  expect(stdout).toContain('0 3 * * * (Europe/Berlin)');
  expect(stdout).toContain('The engine broke. [engine_failed]');
  expect(stdout).toContain('1 in a row, stops at 5');
  expect(stdout).toMatch(/Next due +2026-11-24 03:00 UTC\+01:00\n/);
  expect(stdout).toMatch(/Last run +failed, due 2026-11-23 03:00 UTC\+01:00\n/);
});

test('a scan is scheduled as it is started, with when and how its runs are kept', async () => {
  const line =
    'schedules add-scan nightly --targets 198.18.0.0/24 -p 22,80 --rate 100 -x 198.18.0.1 --timezone Europe/Berlin --jitter 90s --catch-up all --overlap queue --max-failures never --run-retries 2 --retry-delay 0 --yes --cron';
  const { exit, stdout, requests } = await runIn({ answers: { [CREATE]: () => schedule } }, [
    ...line.split(' '),
    '0 3 * * *',
  ]);
  expect(exit).toBe(0);
  expect(stdout).toMatch(/^The schedule nightly is stored; it is due at 2026-11-24 03:00 UTC\+01:00 first\./);
  expect(requests[0]?.body).toMatchObject({
    kind: 'scan',
    name: 'nightly',
    cron: '0 3 * * *',
    timezone: 'Europe/Berlin',
    enabled: true,
    jitter_seconds: 90,
    catch_up: 'all',
    overlap: 'queue',
    max_failures: null,
    retries: 2,
    retry_delay_seconds: 0,
    task: {
      targets: ['198.18.0.0/24'],
      exclude: ['198.18.0.1'],
      ports: '22,80',
      rate: 100,
      confirm_large: true,
      confirm_unscoped: true,
    },
  });
});

test('a required confirmation is requested once', async () => {
  const answers = {
    [CREATE]: ({ body }: { readonly body?: unknown }) => {
      if (!JSON.stringify(body).includes('"confirm_large":true')) {
        throw new ScanoramaError('confirmation_required', 'It is large.', {
          facts: { confirm: 'confirm_large' },
        });
      }
      return schedule;
    },
  };
  const args = ['schedules', 'add-scan', 'nightly', '--targets', '198.18.0.0/16', '--cron', '0 3 * * *'];
  const { exit, requests } = await runIn({ answers, terminal: true, typed: 'y' }, args);
  expect({ exit, probed: requests.length }).toEqual({ exit: 0, probed: 2 });
  expect((await runIn({ answers }, args)).exit).toBe(2);
});

const SMART =
  '--site branch --stage service_scan --network 198.18.0.0/24 --os Linux --filter port:443 --limit 20 --threshold 60 --max-staleness 2d --resolver 198.18.0.53 --yes';

test('the other kinds are scheduled by verbs of their own', async () => {
  const fixture = { answers: { [CREATE]: () => schedule } };
  const when = ['--cron', '0 1 * * *', '--disabled'];
  const bodies = [];
  for (const args of [
    ['add-discovery', 'look', '--targets', 'network:office', '--method', 'ping,tcp'],
    ['add-smart-scan', 'learn', ...SMART.split(' ')],
    ['add-verify', 'check'],
    ['add-retention', 'tidy'],
  ]) {
    const { requests } = await runIn(fixture, ['schedules', ...args, ...when]);
    bodies.push(requests[0]?.body);
  }
  expect(bodies).toMatchObject([
    { kind: 'discovery', enabled: false, task: { networks: ['network:office'], methods: ['ping', 'tcp'] } },
    {
      kind: 'smart_scan',
      name: 'learn',
      site: 'branch',
      task: {
        stage: 'service_scan',
        network_cidr: '198.18.0.0/24',
        os_family: 'Linux',
        filter: 'port:443',
        limit: 20,
        threshold: 60,
        max_staleness_hours: 48,
        resolver: '198.18.0.53',
        confirm_large: true,
        confirm_unscoped: true,
      },
    },
    { kind: 'verify', name: 'check', cron: '0 1 * * *' },
    { kind: 'retention', name: 'tidy' },
  ]);
});

test('an edit keeps the task settings that are not given, and sends the revision that it read', async () => {
  const answers = { [`GET ${ONE}`]: () => schedule, [`PATCH /api/v1/schedules/${HOST_ID}`]: () => schedule };
  const { requests } = await runIn({ answers }, [
    'schedules',
    'edit',
    'nightly',
    '--targets',
    '198.18.1.0/24',
    '--cron',
    '0 4 * * *',
  ]);
  expect(requests[1]?.body).toMatchObject({
    cron: '0 4 * * *',
    revision: 7,
    scan: { targets: ['198.18.1.0/24'], ports: 'top-100' },
  });
  const odd = await runIn({ answers }, ['schedules', 'edit', 'nightly', '--method', 'ping']);
  expect(odd.exit).toBe(2);
  expect(odd.stderr).toContain('--method has no meaning for a schedule of the kind scan.');
});

test('an edit of a smart scan keeps the settings that are not given, and refuses options without meaning', async () => {
  const task = {
    limit: 20,
    threshold: 60,
    max_staleness_hours: 48,
    filter: 'port:443',
    confirm_large: false,
    confirm_unscoped: false,
  };
  const smart = { ...schedule, kind: 'smart_scan', scan: null, smart_scan: task };
  const answers = { [`GET ${ONE}`]: () => smart, [`PATCH /api/v1/schedules/${HOST_ID}`]: () => smart };
  const edit = (...args: string[]) => runIn({ answers }, ['schedules', 'edit', 'nightly', ...args]);
  const { requests } = await edit('--limit', '7', '--stage', 'identity', '--yes');
  expect(requests[1]?.body).toMatchObject({
    smart_scan: { ...task, limit: 7, stage: 'identity', confirm_large: true, confirm_unscoped: true },
  });
  expect((await edit('--targets', '198.18.0.1')).stderr).toContain('--targets has no meaning');
  const { stdout } = await runIn({ answers }, ['schedules', 'show', 'nightly']);
  expect(stdout).toMatch(/Run retries +2, 5m 00s after it failed\n/);
  expect(stdout).toMatch(
    /Filter +port:443\nHosts +20 hosts a run, at most\nScore +hosts below 60\nStale +when not seen for 2d/,
  );
});

/** The request body of an edit of a schedule. */
async function patched(before: object, ...args: string[]) {
  const answers = { [`GET ${ONE}`]: () => before, [`PATCH /api/v1/schedules/${HOST_ID}`]: () => before };
  return (await runIn({ answers }, ['schedules', 'edit', 'nightly', ...args])).requests[1]?.body;
}
const unset = (names: string) => names.split(' ').flatMap((name) => [`--${name}`, 'unset']);

test('the value unset removes a setting of a schedule', async () => {
  const rules = { limit: 20, threshold: 60, max_staleness_hours: 48 };
  const confirmed = { confirm_large: false, confirm_unscoped: false };
  const hosts = { network_cidr: '198.18.0.0/24', os_family: 'linux', filter: 'port:443' };
  const task = { ...rules, ...confirmed, ...hosts, stage: 'refresh', resolver: '198.18.0.53' };
  const smart = { ...schedule, kind: 'smart_scan', scan: null, smart_scan: task };
  const { revision } = schedule;
  const all = unset('stage network os filter resolver limit threshold max-staleness');
  expect(await patched(smart, ...all)).toEqual({ revision, smart_scan: confirmed });
  const { filter: _filter, ...unfiltered } = task;
  expect(await patched(smart, '--filter', 'unset', '--os', 'windows')).toEqual({
    revision,
    smart_scan: { ...unfiltered, os_family: 'windows' },
  });
  const targetInput = { configured_networks: false, outside_scope: false, tags: [], ...confirmed };
  const kept = { networks: ['198.18.0.0/24'], detect_os: true, ...targetInput };
  const rates = { rate: 'max', per_host_rate: 5, methods: ['ping'] };
  const discovery = { ...kept, ...rates, resolver: '198.18.0.53', exclude: ['198.18.0.1'] };
  const options = { ...schedule, kind: 'discovery', scan: null, discovery };
  const after = await patched(options, ...unset('resolver rate per-host-rate method exclude'));
  expect(after).toEqual({ revision, discovery: { ...kept, exclude: [] } });
  const typed = { ...schedule, scan: { ...schedule.scan, scan_type: 'udp', exclude: ['198.18.0.1'] } };
  const scan = { ...schedule.scan, profile: null, ports: null, scan_type: null, exclude: [] };
  expect(await patched(typed, ...unset('type ports profile exclude'))).toEqual({ revision, scan });
});

test('every stored network takes the place of targets, and targets that of stored networks', async () => {
  const options = '--configured-networks --detect-os --cron';
  const { requests } = await runIn({ answers: { [CREATE]: () => schedule } }, [
    ...`schedules add-discovery all ${options}`.split(' '),
    '0 4 * * *',
  ]);
  expect(requests[0]?.body).toMatchObject({
    kind: 'discovery',
    task: { networks: [], configured_networks: true, detect_os: true },
  });
  const answers = { [`GET ${ONE}`]: () => schedule, [`PATCH /api/v1/schedules/${HOST_ID}`]: () => schedule };
  const edit = (...args: string[]) => runIn({ answers }, ['schedules', 'edit', 'nightly', ...args]);
  const changed = async (...args: string[]) => (await edit(...args)).requests[1]?.body;
  expect(await changed('--configured-networks')).toMatchObject({
    scan: { targets: [], configured_networks: true },
  });
  expect(await changed('--targets', '198.18.1.1')).toMatchObject({
    scan: { targets: ['198.18.1.1'], configured_networks: false },
  });
  expect((await edit('--targets', '198.18.1.1', '--configured-networks')).exit).toBe(2);
  expect((await edit('--detect-os')).stderr).toContain('--detect-os has no meaning');
});

test('a schedule is enabled, paused, run at once and removed', async () => {
  const answers = {
    [`POST ${ONE}/enable`]: () => schedule,
    [`POST ${ONE}/disable`]: () => schedule,
    [`POST ${ONE}/run`]: () => ({ schedule: HOST_ID, run: SCAN_ID }),
    [`GET ${ONE}`]: () => schedule,
    [`DELETE /api/v1/schedules/${HOST_ID}`]: () => undefined,
  };
  for (const [command, text] of [
    ['enable', 'The schedule nightly is enabled. It is due at 2026-11-24 03:00 UTC+01:00.'],
    ['disable', 'The schedule nightly is paused. Its current runs continue.'],
    ['run-now', 'A run of nightly is requested. It begins when a server runs.'],
    ['remove', 'The schedule nightly is removed with the list of its runs. Its scans are kept.'],
  ] as const) {
    const { exit, stdout } = await runIn({ answers }, ['schedules', command, 'nightly']);
    expect({ exit, shown: stdout.startsWith(text) }, stdout).toEqual({ exit: 0, shown: true });
  }
});

test('the next due times of a schedule and of a cron expression are shown', async () => {
  const answers = { [`GET ${ONE}/next-run`]: () => dues, 'POST /api/v1/schedules/preview': () => dues };
  const stored = await runIn({ answers }, ['schedules', 'next', 'nightly', '--count', '1']);
  expect(stored.stdout).toBe('2026-11-24 03:00 UTC+01:00\n');
  const typed = await runIn({ answers }, [
    'schedules',
    'next',
    '--cron',
    '0 3 * * *',
    '--timezone',
    'Europe/Berlin',
  ]);
  expect(typed.requests[0]?.body).toMatchObject({ cron: '0 3 * * *', timezone: 'Europe/Berlin' });
});

test('the runs are listed with their scan, or why there is none', async () => {
  const skipped: ScheduleRun = {
    ...run,
    id: SCAN_ID,
    state: 'skipped',
    skip_reason: 'overlap',
    attempt: 0,
    started_at: null,
    finished_at: '2026-11-23T03:00:00.000Z',
    scans: [],
  };
  const waiting: ScheduleRun = { ...skipped, state: 'pending', skip_reason: null, finished_at: null };
  const ahead = { ...waiting, starts_at: '2100-01-01T00:00:00.000Z' };
  const cancelled: ScheduleRun = { ...skipped, state: 'cancelled', skip_reason: null };
  const runs = [run, skipped, waiting, ahead, cancelled];
  const answers = { [`GET ${ONE}`]: () => schedule, [`GET ${ONE}/runs`]: listAnswer(runs) };
  const { stdout } = await runIn({ answers }, ['schedules', 'runs', 'nightly']);
  expect(stdout).toMatch(new RegExp(`running +1 +2026-11-23 03:00 UTC\\+01:00 +- +${SCAN_ID} +-\n`));
  expect(stdout).toMatch(/skipped +0 +- +- +- +the run before had not ended\n/);
  expect(stdout).toContain('waits for the run before');
  expect(stdout).toContain('begins at 2100-01-01 01:00 UTC+01:00 or later');
  expect(stdout).toMatch(/cancelled .* its scan was stopped\n/);
});

test('a run without a scan reports what it did', async () => {
  const done: ScheduleRun = { ...run, state: 'completed', finished_at: run.due_at, scans: [] };
  const shown = async (kind: 'verify' | 'retention') => {
    const answers = {
      [`GET ${ONE}`]: () => ({ ...schedule, kind }),
      [`GET ${ONE}/runs`]: listAnswer([done]),
    };
    return (await runIn({ answers }, ['schedules', 'runs', 'nightly'])).stdout;
  };
  expect(await shown('verify')).toContain('checked what is stored, and found no fault');
  expect(await shown('retention')).toContain('removed what is kept no longer');
});

const scanOf = (at: number, status: 'completed' | 'running') => ({
  id: SCAN_ID.slice(0, -1) + at,
  status,
  kind: 'ports' as const,
});
test('a run takes as long as its scans, and shows how many have not ended', async () => {
  const started = {
    ...run,
    state: 'completed' as const,
    started_at: '2026-11-23T02:00:00.000Z',
    finished_at: '2026-11-23T02:00:00.186Z',
  };
  const runs: ScheduleRun[] = [
    { ...started, ended_at: '2026-11-23T02:01:04.000Z', scans: [scanOf(0, 'completed')] },
    { ...started, scans: [scanOf(1, 'running'), scanOf(2, 'completed'), scanOf(3, 'running')] },
    { ...started, scans: [scanOf(4, 'running')] },
  ];
  const answers = { [`GET ${ONE}`]: () => schedule, [`GET ${ONE}/runs`]: listAnswer(runs) };
  const { stdout } = await runIn({ answers }, ['schedules', 'runs', 'nightly']);
  const [ended, open, alone] = stdout.split('\n').slice(1);
  expect(ended).toMatch(new RegExp(` 1m 04s +${SCAN_ID.slice(0, -1)}0 +-$`));
  expect(open).toMatch(/ - +\S+1 +2 of its 3 scans have not ended; 3 scans: /);
  expect(alone).toMatch(/ - +\S+4 +its scan has not ended$/);
});

test('a run of several scans names them all, within bounds', async () => {
  const scans = Array.from({ length: 7 }, (_, at) => ({
    id: SCAN_ID.slice(0, -1) + at,
    status: 'completed',
    kind: 'ports',
  }));
  const answers = { [`GET ${ONE}`]: () => schedule, [`GET ${ONE}/runs`]: listAnswer([{ ...run, scans }]) };
  const { stdout } = await runIn({ answers }, ['schedules', 'runs', 'nightly']);
  expect(stdout).toMatch(
    new RegExp(`7 scans: ${scans[0]?.id} \\(completed\\), .*${scans[4]?.id} \\(completed\\) and 2 more\n`),
  );
});

test.each([
  [['add-scan', 'nightly', '--targets', '127.0.0.1'], 'A schedule has a --cron.'],
  [['add-scan', 'nightly', '--cron', '0 3 * * *'], 'A schedule of scans has --targets.'],
  [['add-scan', 'a,b', '--targets', '127.0.0.1', '--cron', '0 3 * * *'], 'is no name for a schedule.'],
  [['add-verify', 'x', '--cron', '0 3 * * *', '--jitter', '2d'], 'the longest is a day.'],
  [['add-verify', 'x', '--cron', '0 3 * * *', '--overlap', 'both'], 'one of skip, queue'],
  [['add-verify', 'x', '--cron', '0 3 * * *', '--max-failures', '0'], 'a whole number from 1 on'],
  [['edit', 'nightly'], 'There is nothing to change.'],
  [['next'], 'Name a schedule, or a cron.'],
  [['next', 'nightly', '--cron', '0 3 * * *'], '--cron has no place beside the name of a schedule.'],
  [['runs', 'nightly', '--state', 'dreaming'], 'must be one of pending'],
])('schedules %j is wrong usage', async (args, text) => {
  const { exit, stderr, requests } = await runIn({}, ['schedules', ...args]);
  expect(exit).toBe(2);
  expect(stderr).toContain(text);
  expect(requests).toEqual([]);
});
