import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { ScanPlanView } from '#contract/scans/scan.js';
import {
  type Fixture,
  failing,
  listAnswer,
  NEEDS_WORKERS,
  runIn,
  scanHostOf,
  serialized,
} from '../../../test/support/programs/cli-context.ts';
import { RUNNING, SCAN_ID, scanOf } from '../../../test/support/scans/scan-view.ts';

const START = 'POST /api/v1/scans';
const OPTIONS = `GET /api/v1/scans/${SCAN_ID}`;
const RESUME = `POST /api/v1/scans/${SCAN_ID}/resume`;
const RESULTS = `GET /api/v1/scans/${SCAN_ID}/results`;
const PLAN = 'POST /api/v1/scans/plan';
const running = scanOf(RUNNING);
const completed = scanOf();

const answers = {
  [START]: () => running,
  [OPTIONS]: serialized(running, running, completed),
  [RESULTS]: listAnswer([scanHostOf()]),
};
const SUMMARY = `Scan ${SCAN_ID} completed in 2.5s: 1 host up, 1 open port, 922 probes sent, 922 ports answered.`;

test('waits for the end and shows the results, and prints nothing on stderr without a terminal', async () => {
  const { exit, stdout, stderr, calls, closed } = await runIn(
    { answers: { ...answers, [OPTIONS]: serialized(running, completed) } },
    ['scan', '127.0.0.1'],
  );
  expect(stdout.split('\n')).toEqual([
    '127.0.0.1 (localhost)  up (syn-ack)',
    '  22/tcp         open    ssh?  syn-ack',
    '  921 tcp ports  closed  -     conn-refused',
    '',
    SUMMARY,
    '',
  ]);
  expect({ exit, stderr, closed }).toEqual({ exit: 0, stderr: '', closed: 1 });
  expect(calls).toEqual([START, OPTIONS, OPTIONS, RESULTS]);
});

test('requests exactly what was typed', async () => {
  const fixture = { answers, files: { list: '127.0.0.2 # two\n::1\n' }, stdin: '127.0.0.3,127.0.0.4' };
  const argv =
    'scan 127.0.0.1 @list - -p 22 -x 127.0.0.9 --rate max --per-host-rate 7 --site lab --name n -t connect --live-hosts -y';
  const { requests } = await runIn(fixture, argv.split(' '));
  expect(requests[0]?.body).toEqual({
    targets: ['127.0.0.1', '127.0.0.2', '::1', '127.0.0.3', '127.0.0.4'],
    exclude: ['127.0.0.9'],
    ports: '22',
    rate: 'max',
    per_host_rate: 7,
    site: 'lab',
    name: 'n',
    scan_type: 'connect',
    live_hosts: true,
    confirm_large: true,
    confirm_unscoped: true,
  });
});

test('progress is on stderr, on a terminal alone, and gone at the end', async () => {
  const { stdout, stderr } = await runIn({ answers, terminal: true }, ['scan', '127.0.0.1']);
  expect(stderr).toContain('25.0%');
  expect(stderr.endsWith('\r\u001b[K')).toBe(true);
  expect(stripVTControlCharacters(stdout)).toContain(SUMMARY);
  expect(stdout).toContain('\u001b[32mopen\u001b[39m');
});

test('color is omitted with --no-color', async () => {
  const { stdout } = await runIn({ answers, terminal: true }, ['scan', '127.0.0.1', '--no-color']);
  expect(stdout).not.toContain('\u001b');
});

test('JSON has the promised members, and every page of hosts', async () => {
  const hosts = Array.from({ length: 2_500 }, (_, index) =>
    scanHostOf({ ip: `198.18.${index >> 8}.${index & 255}` }),
  );
  const { exit, stdout, stderr, calls } = await runIn(
    { answers: { ...answers, [RESULTS]: listAnswer(hosts) } },
    ['scan', '127.0.0.1', '--json'],
  );
  const document = JSON.parse(stdout);
  expect(Object.keys(document).slice(0, 7)).toEqual([
    'id',
    'status',
    'targets',
    'engine',
    'started_at',
    'completed_at',
    'probes',
  ]);
  expect(document).toMatchObject({
    id: SCAN_ID,
    status: 'completed',
    probes: { sent: 922, answered: 922 },
    partial: false,
    error: null,
    exclude: [],
  });
  expect(document.hosts.map(({ ip }: { ip: string }) => ip)).toEqual(hosts.map(({ ip }) => ip));
  expect(document.hosts[0]).toEqual({ ...scanHostOf(), ip: '198.18.0.0' });
  expect(calls.filter((call) => call === RESULTS)).toHaveLength(3);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
});

test('--all-states requests all states by name', async () => {
  const other = {
    protocol: 'tcp',
    state: 'filtered',
    reason: 'no-response',
    count: 2,
    ports: '1-2',
  } as const;
  const unresponsive = scanHostOf({
    hostname: null,
    reason: null,
    status: 'unknown',
    ports: [],
    other_ports: [other],
  });
  const { stdout, requests } = await runIn(
    { answers: { ...answers, [RESULTS]: listAnswer([unresponsive]) } },
    ['scan', '127.0.0.1', '--all-states'],
  );
  expect(requests.at(-1)?.query).toMatchObject({ all_states: 'true', include_unresponsive: 'true' });
  expect(stdout).toContain('127.0.0.1  unknown\n  2 tcp ports  filtered  -  no-response  1-2\n');
});

test('CSV has a line for each port, group and bare host', async () => {
  const hosts = [scanHostOf(), scanHostOf({ ip: '::1', hostname: null, ports: [], other_ports: [] })];
  const { stdout } = await runIn({ answers: { ...answers, [RESULTS]: listAnswer(hosts) } }, [
    'scan',
    '127.0.0.1',
    '-o',
    'csv',
  ]);
  expect(stdout).toBe(
    [
      'ip,hostname,host_status,protocol,port,state,reason,service,count',
      '127.0.0.1,localhost,up,tcp,22,open,syn-ack,ssh?,1',
      '127.0.0.1,localhost,up,tcp,,closed,conn-refused,,921',
      '::1,,up,,,,syn-ack,,',
      '',
    ].join('\n'),
  );
});

test('a failed scan exits 1 with its reason, and shows what was seen', async () => {
  const failed = scanOf({ status: 'failed', error: { code: 'engine_failed', message: 'The prober died.' } });
  const { exit, stdout, stderr } = await runIn({ answers: { ...answers, [OPTIONS]: () => failed } }, [
    'scan',
    '127.0.0.1',
  ]);
  expect(exit).toBe(1);
  expect(stderr).toBe(
    `error: The prober died. [engine_failed]\nhint: What was seen is kept; \`scanorama scans resume ${SCAN_ID}\` continues from there.\n`,
  );
  expect(stdout).toContain(`22/tcp`);
  expect(stdout).toContain('failed after 2.5s');
});

test('a failed scan is reported as failed in JSON too', async () => {
  const failed = scanOf({ status: 'failed', error: { code: 'engine_failed', message: 'The prober died.' } });
  const { stdout, stderr } = await runIn({ answers: { ...answers, [OPTIONS]: () => failed } }, [
    'scan',
    '127.0.0.1',
    '--json',
  ]);
  expect(JSON.parse(stderr)).toMatchObject({ error: 'engine_failed', message: 'The prober died.' });
  expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', error: { code: 'engine_failed' } });
});

test('a partial scan is completed, is reported as partial and has its own exit code', async () => {
  const partial = scanOf({ partial: true });
  const { exit, stdout, stderr } = await runIn({ answers: { ...answers, [OPTIONS]: () => partial } }, [
    'scan',
    '127.0.0.1',
  ]);
  expect(exit).toBe(3);
  expect(stdout).toContain('completed (partial) in');
  expect(stderr).toBe('The scan could not see everything that it planned.\n');
});

test('a partial scan with a known reason reports it', async () => {
  const partial = scanOf({ partial: true, partial_reason: 'nmap did not finish 1 of 2 hosts.' });
  const { stderr } = await runIn({ answers: { ...answers, [OPTIONS]: () => partial } }, [
    'scan',
    '127.0.0.1',
  ]);
  expect(stderr).toBe(
    'The scan could not see everything that it planned. nmap did not finish 1 of 2 hosts.\n',
  );
});

test.each([
  [0, ''],
  [78, ' Of 90 probes planned, 78 were not sent: the address did not respond to host discovery.'],
  [1, ' Of 90 probes planned, 1 was not sent: the address did not respond to host discovery.'],
])('a scan of live hosts that skipped %i probes reports only that', async (skipped, ending) => {
  const progress = { percent: 100, positions: 90, completed: 90, skipped };
  const alive = scanOf({ live_hosts: true, progress });
  const { stdout } = await runIn({ answers: { ...answers, [OPTIONS]: () => alive } }, ['scan', '127.0.0.1']);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe(`${SUMMARY}${ending}`);
});

test('a scan by nmap reports ports, not packets, which are not counted', async () => {
  const byNmap = scanOf({ scan_type: 'version', engine: 'nmap' });
  const { stdout } = await runIn({ answers: { ...answers, [OPTIONS]: () => byNmap } }, ['scan', '127.0.0.1']);
  expect(stdout).toContain('1 open port, 922 ports probed by nmap, 922 responded.');
});

test.each(['local-server', 'remote'] as const)(
  'detached with a %s prints the id and returns',
  async (where) => {
    const { exit, stdout, calls } = await runIn({ answers, where }, ['scan', '127.0.0.1', '--detach']);
    expect({ exit, stdout, calls }).toEqual({
      exit: 0,
      stdout: `${SCAN_ID}\n`,
      calls: [NEEDS_WORKERS, START],
    });
    const json = await runIn({ answers, where }, ['scan', '127.0.0.1', '--detach', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ id: SCAN_ID, status: 'running', hosts: [] });
    expect(json.stderr).toBe('');
  },
);

const LARGE = serialized(failing('confirmation_required', 'The scan sends 70,000,000 probes.'), running);
const probing = () => ({
  ...answers,
  [START]: serialized(failing('confirmation_required', 'The scan sends 70,000,000 probes.'), running),
});

test.each(['y', 'Y', 'yes', ' YES '])('a large scan starts when the answer is %j', async (typed) => {
  const { exit, stderr, requests } = await runIn({ answers: probing(), terminal: true, typed }, [
    'scan',
    '127.0.0.1',
  ]);
  expect(stderr).toContain('The scan sends 70,000,000 probes. Start it? [y/N] ');
  expect(requests.slice(0, 2).map(({ body }) => body)).toMatchObject([
    { confirm_large: false },
    { confirm_large: true },
  ]);
  expect(exit).toBe(0);
});

test.each(['', 'n', 'no', 'yep', 'j'])('a large scan does not start when the answer is %j', async (typed) => {
  const { exit, stderr, calls } = await runIn({ answers: probing(), terminal: true, typed }, [
    'scan',
    '127.0.0.1',
  ]);
  expect({ exit, calls }).toEqual({ exit: 2, calls: [START] });
  expect(stderr).toContain('nothing was started.');
});

test('without a terminal a large scan is refused with a hint to use --yes', async () => {
  const { exit, stderr, calls } = await runIn({ answers: { ...answers, [START]: LARGE }, typed: 'y' }, [
    'scan',
    '127.0.0.1',
  ]);
  expect({ exit, calls }).toEqual({ exit: 2, calls: [START] });
  expect(stderr).toMatch(/\[confirmation_required\]\nhint: Confirm with --yes/);
});

test('an interruption at the question starts nothing', async () => {
  const fixture: Fixture = {
    answers: probing(),
    terminal: true,
    typed: 'y',
    onRequest: (interrupts) => interrupts.deliver(),
  };
  const { exit, calls, stderr, leftAtOnce } = await runIn(fixture, ['scan', '127.0.0.1']);
  expect({ exit, calls, leftAtOnce }).toEqual({ exit: 130, calls: [START], leftAtOnce: false });
  expect(stripVTControlCharacters(stderr)).toBe(
    'The scan sends 70,000,000 probes. Start it? [y/N] \nerror: Interrupted at the question, so nothing was started. [interrupted]\n',
  );
});

const plan: ScanPlanView = {
  targets: ['127.0.0.1', 'a.example'],
  resolved: [{ name: 'a.example', addresses: ['127.0.0.2'] }],
  ports: '1-1000',
  scan_type: 'auto',
  engine: 'connect',
  engine_note: null,
  rate: null,
  per_host_rate: null,
  live_hosts: false,
  retries: 1,
  timeout_ms: 900,
  concurrency: 1_000,
  timing: null,
  version_intensity: null,
  scripts: null,
  os_detection: null,
  enrich: null,
  profile: null,
  addresses: '36893488147419103232',
  excluded_addresses: '1200',
  excluded_by: [
    { level: 'scan', addresses: '1' },
    { level: 'network', addresses: '1199' },
  ],
  probes: 2_000,
  estimated_seconds: 90,
  limited_by: { by: 'per_host_rate', packets_per_second: 22.2, hosts: 1 },
  needs_confirmation: true,
  needs_scope_confirmation: false,
};

const DRY_RUN = ['scan', '127.0.0.1', '--dry-run'];

test('a dry run starts nothing and shows the plan', async () => {
  const fixture: Fixture = { answers: { [PLAN]: () => plan } };
  const { exit, stdout, calls } = await runIn(fixture, DRY_RUN);
  expect({ exit, calls }).toEqual({ exit: 0, calls: [PLAN] });
  expect(stdout.split('\n')).toEqual([
    'Targets    127.0.0.1 a.example',
    'Resolved   a.example: 127.0.0.2',
    'Ports      1,000 ports: 1-1000',
    'Type       auto',
    'Retries    1',
    'Timeout    900 ms',
    'At once    1,000 connections',
    'Engine     connect',
    'Addresses  36,893,488,147,419,103,232',
    'Excluded   1,200: 1 by this scan, 1,199 in its networks',
    'Probes     2,000',
    'Takes      about 1m 30s: the rate to one host (--per-host-rate) lets 22.2 packets a second through',
    'Size       large: the scan requires confirmation or --yes',
    'Nothing was sent and nothing was stored.',
    '',
  ]);
  const json = await runIn(fixture, ['scan', '127.0.0.1', '--dry-run', '--json']);
  expect(JSON.parse(json.stdout)).toEqual(plan);
  const limited_by = { by: 'per_host_rate', packets_per_second: 80, hosts: 2 };
  const ofTwo = await runIn({ answers: { [PLAN]: () => ({ ...plan, limited_by }) } }, DRY_RUN);
  expect(ofTwo.stdout).toContain(') lets 40 packets a second through, 80 to 2 hosts at once\n');
});

test('a long list of ports is cut to the width, and whole as JSON', async () => {
  const ports = Array.from({ length: 1_000 }, (_, index) => 2 * index + 1).join(',');
  const fixture: Fixture = { answers: { [PLAN]: () => ({ ...plan, ports }) }, columns: 40 };
  const { stdout } = await runIn(fixture, ['scan', '127.0.0.1', '--dry-run']);
  expect(stdout).toContain('Ports      1,000 ports: 1,3,5,7,9,11,…\n');
  const json = await runIn(fixture, ['scan', '127.0.0.1', '--dry-run', '--json']);
  expect(JSON.parse(json.stdout).ports).toBe(ports);
});

test.each([[['scan', '--resume', SCAN_ID]], [['scans', 'resume', SCAN_ID]]])(
  '%j continues a stored scan to its end',
  async (argv) => {
    const { exit, stdout, calls } = await runIn(
      { answers: { ...answers, [OPTIONS]: () => completed, [RESUME]: () => running } },
      argv,
    );
    expect({ exit, calls }).toEqual({ exit: 0, calls: [RESUME, OPTIONS, RESULTS] });
    expect(stdout).toContain(SUMMARY);
  },
);

test('a result whose reader went away is no failure, and the connection is let go', async () => {
  const { exit, stderr, closed } = await runIn({ answers, closesAfterWrites: 0 }, ['scan', '127.0.0.1']);
  expect({ exit, stderr, closed }).toEqual({ exit: 0, stderr: '', closed: 1 });
});

test('an engine that is not the best one is reported on stderr, unless --json is given', async () => {
  const note = 'Scanning with connect: the syn engine may not send raw packets.';
  const noted = {
    ...answers,
    [START]: () => ({ ...running, engine_note: note }),
    [OPTIONS]: () => completed,
  };
  const { exit, stdout, stderr } = await runIn({ answers: noted }, ['scan', '127.0.0.1']);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: `${note}\n` });
  expect(stdout).not.toContain(note);
  expect((await runIn({ answers: noted }, ['scan', '127.0.0.1', '--json'])).stderr).toBe('');
});

test('a missing privilege exits 4 with one sentence and the command', async () => {
  const refusal = failing('privilege_missing', 'The syn engine may not send raw packets.', {
    hint: 'Run `this`.',
  });
  const { exit, stderr } = await runIn({ answers: { [START]: refusal } }, ['scan', '127.0.0.1', '-t', 'syn']);
  expect({ exit, stderr }).toEqual({
    exit: 4,
    stderr: 'error: The syn engine may not send raw packets. [privilege_missing]\nhint: Run `this`.\n',
  });
});

test('ports of a udp scan are read as UDP ports', async () => {
  const { requests } = await runIn({ answers }, ['scan', '127.0.0.1', '-t', 'udp', '-p', 'ntp,161']);
  expect(requests[0]?.body).toMatchObject({ scan_type: 'udp', ports: 'ntp,161' });
});
