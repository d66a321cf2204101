import { expect, test } from 'vitest';
import { wantsJson } from '#cli/program/run.js';
import { type Invocation, parseArgv } from '#cli/program.js';
import { runIn } from '../../test/support/programs/cli-context.ts';
import { args } from '../../test/support/programs/command-line.ts';
import { SCAN_ID } from '../../test/support/scans/scan-view.ts';

const OPTIONS = { version: '9.8.7', columns: 80, color: false };
const parse = (line: string) => parseArgv(args(line), OPTIONS);

function planOf(line: string): unknown {
  return commandNamed(parse(line)).prepared.plan;
}

function commandNamed(invocation: Invocation) {
  if (invocation.kind !== 'command') throw new Error(`no verb but ${invocation.text}`);
  return invocation;
}

const ALL_HOSTS = {
  status: undefined,
  filter: undefined,
  site: undefined,
  search: undefined,
  openPort: undefined,
  deleted: false,
  ignored: undefined,
  flapping: false,
  slow: false,
  limit: undefined,
  asOf: { asOf: undefined, observedAsOf: undefined },
};
const TABLE = { output: 'table', allStates: false };
const TYPED = { targets: ['127.0.0.1'], exclude: [], confirm_large: false };
const START = { kind: 'start', detach: false, view: TABLE, request: TYPED };
const NOW = { asOf: undefined, observedAsOf: undefined };
const RESUME = { kind: 'resume', id: SCAN_ID, detach: false, view: TABLE };

test.each<[string, unknown]>([
  ['serve', { listen: undefined }],
  ['serve --listen 9000', { listen: '9000' }],
  ['serve -l 0.0.0.0:0', { listen: '0.0.0.0:0' }],
  ['serve --listen=[::1]:8080', { listen: '[::1]:8080' }],
  ['serve --listen localhost:65535', { listen: 'localhost:65535' }],
  ['scan 127.0.0.1', START],
  ['scan 127.0.0.1 --wait', START],
  ['scan --wait 127.0.0.1 --', START],
  ['scan 127.0.0.1 --detach', { ...START, detach: true }],
  ['scan 127.0.0.1 -p 22,80', { ...START, request: { ...TYPED, ports: '22,80' } }],
  ['scan 127.0.0.1 -p 8000 --ports=8080,90', { ...START, request: { ...TYPED, ports: '8000,8080,90' } }],
  ['scan 127.0.0.1 -p U:53 -p 80', { ...START, request: { ...TYPED, ports: 'U:53,T:80' } }],
  [
    'scan 127.0.0.1 -t udp -p T:80 -p 53',
    { ...START, request: { ...TYPED, scan_type: 'udp', ports: 'T:80,U:53' } },
  ],
  ['scan 127.0.0.1 -p 80 -p U:53 -p T:22', { ...START, request: { ...TYPED, ports: '80,U:53,T:22' } }],
  ['scan 127.0.0.1 -p -', { ...START, request: { ...TYPED, ports: '-' } }],
  ['scan 127.0.0.1 -p -1024', { ...START, request: { ...TYPED, ports: '-1024' } }],
  [
    'scan 127.0.0.1 --ports=1-9 -t connect',
    { ...START, request: { ...TYPED, ports: '1-9', scan_type: 'connect' } },
  ],
  [
    'scan 127.0.0.1 -x ::1,127.0.0.2 --exclude 127.0.0.3',
    { ...START, request: { ...TYPED, exclude: ['::1', '127.0.0.2', '127.0.0.3'] } },
  ],
  [
    'scan 127.0.0.1 --rate max --per-host-rate 40',
    { ...START, request: { ...TYPED, rate: 'max', per_host_rate: 40 } },
  ],
  [
    'scan 127.0.0.1 --rate 1 --site lab --name x',
    { ...START, request: { ...TYPED, rate: 1, site: 'lab', name: 'x' } },
  ],
  ['scan 127.0.0.1 -y', { ...START, request: { ...TYPED, confirm_large: true, confirm_unscoped: true } }],
  ['scan 127.0.0.1 --all-states -o csv', { ...START, view: { output: 'csv', allStates: true } }],
  ['scan 127.0.0.1 --json', { ...START, view: { output: 'json', allStates: false } }],
  ['--json scan 127.0.0.1', { ...START, view: { output: 'json', allStates: false } }],
  ['scan --json 127.0.0.1 --output json', { ...START, view: { output: 'json', allStates: false } }],
  ['scan @list - a.example', { ...START, request: { ...TYPED, targets: ['@list', '-', 'a.example'] } }],
  ['scan -- -weird', { ...START, request: { ...TYPED, targets: ['-weird'] } }],
  ['scan 127.0.0.1 --dry-run', { kind: 'dry-run', request: TYPED, json: false }],
  ['scan 127.0.0.1 --dry-run --json', { kind: 'dry-run', request: TYPED, json: true }],
  [`scan --resume ${SCAN_ID.toUpperCase()}`, RESUME],
  [
    `scan --resume ${SCAN_ID} --detach --json`,
    { ...RESUME, detach: true, view: { output: 'json', allStates: false } },
  ],
  ['scans list', { filter: {}, deleted: false, limit: undefined }],
  ['scans list --status failed -n 3', { filter: { status: 'failed' }, deleted: false, limit: 3 }],
  ['scans list --host 127.0.0.1', { host: { ip: '127.0.0.1' }, filter: {}, deleted: false }],
  ['scans list --deleted', { filter: {}, deleted: true, limit: undefined }],
  [`scans delete ${SCAN_ID}`, { which: { scans: [SCAN_ID] }, dryRun: false, isConfirmed: false }],
  [`scans undelete ${SCAN_ID}`, { named: [{ id: SCAN_ID }] }],
  [`scans purge ${SCAN_ID}`, { named: [{ id: SCAN_ID }], isConfirmed: false }],
  ['hosts purge -y 127.0.0.1', { named: [{ ip: '127.0.0.1' }], isConfirmed: true }],
  ['settings set retention.events 90 days', { name: 'retention.events', value: '90 days' }],
  ['settings set retention.events default', { name: 'retention.events', value: null }],
  [`scans show ${SCAN_ID} --all-states`, { id: SCAN_ID, view: { output: 'table', allStates: true } }],
  [`scans stop ${SCAN_ID}`, SCAN_ID],
  [`scans resume ${SCAN_ID} --detach`, { id: SCAN_ID, detach: true, view: TABLE }],
  ['hosts list', ALL_HOSTS],
  ['hosts list --status up -s 127. --limit 10', { ...ALL_HOSTS, status: 'up', search: '127.', limit: 10 }],
  ['hosts list -f port:22 --site west', { ...ALL_HOSTS, filter: 'port:22', site: 'west' }],
  ['search web server -n 3', { text: 'web server', limit: 3 }],
  ['hosts list --open-port 22 --deleted', { ...ALL_HOSTS, openPort: 22, deleted: true }],
  ['hosts show 127.0.0.1', { host: { ip: '127.0.0.1' }, asOf: NOW }],
  ['hosts show FE80::0:1', { host: { ip: 'fe80::1' }, asOf: NOW }],
  [`hosts show ${SCAN_ID}`, { host: { id: SCAN_ID }, asOf: NOW }],
  [
    'hosts show ::1 --as-of 2h --observed-as-of 2026-11-24T18:00:00.5+01:00',
    {
      host: { ip: '::1' },
      asOf: { asOf: { agoMs: 7_200_000 }, observedAsOf: { atMs: Date.UTC(2026, 10, 24, 17, 0, 0, 500) } },
    },
  ],
  ['hosts history ::1 -n 3', { host: { ip: '::1' }, asOf: NOW, limit: 3 }],
  [`diff ${SCAN_ID}`, { kind: 'scans', base: undefined, scan: SCAN_ID, exitCode: false }],
  [
    `scans diff ${SCAN_ID} ${SCAN_ID.replace('7', '8')} --exit-code`,
    { kind: 'scans', base: SCAN_ID, scan: SCAN_ID.replace('7', '8'), exitCode: true },
  ],
  ['api-keys create ci', { name: 'ci', expiresInMs: undefined }],
  ['api-keys create ci --expires-in 12h', { name: 'ci', expiresInMs: 43_200_000 }],
  ['api-keys create ci --expires-in 30d', { name: 'ci', expiresInMs: 2_592_000_000 }],
  ['api-keys list', undefined],
  [`api-keys revoke ${SCAN_ID}`, SCAN_ID],
  ['api-keys link', undefined],
  ['verify', false],
  ['verify --all', true],
  ['migrate up', 'up'],
  ['migrate status', 'status'],
  ['completion fish', 'fish'],
  ['version', undefined],
])('%s', (line, plan) => {
  expect(planOf(line)).toEqual(plan);
});

const NOWHERE = { dataDir: undefined, databaseUrl: undefined, server: undefined, apiKey: undefined };
test.each<[string, object]>([
  ['verify', { place: NOWHERE, json: 'off', color: true }],
  ['--no-color verify --json', { place: NOWHERE, json: 'document', color: false }],
  ['hosts list --json=stream', { place: NOWHERE, json: 'stream', color: true }],
  ['--json=stream hosts list', { place: NOWHERE, json: 'stream', color: true }],
  ['--data-dir /a verify --data-dir /b', { place: { ...NOWHERE, dataDir: '/b' }, json: 'off', color: true }],
  [
    'hosts --server http://127.0.0.1:1 list --api-key k',
    { place: { ...NOWHERE, server: 'http://127.0.0.1:1', apiKey: 'k' }, json: 'off', color: true },
  ],
  [
    'migrate up --database-url postgres://u:p@localhost/d',
    { place: { ...NOWHERE, databaseUrl: 'postgres://u:p@localhost/d' }, json: 'off', color: true },
  ],
])('globals of %s', (line, globals) => {
  expect(commandNamed(parse(line)).globals).toEqual(globals);
});

test.each([
  'scna',
  'discover',
  'scans',
  'scans lst',
  'hosts delete 198.18.0.256',
  'help nothing',
  'help scans nothing',
  '--bogus',
  'scan',
  'scan @',
  'scan - -',
  'scan 127.0.0.1 --bogus',
  'scan 127.0.0.1 --jsno',
  'scan 127.0.0.1 --json=xml',
  'scan 127.0.0.1 --json=stream',
  'scan 127.0.0.1 -p',
  "scan 127.0.0.1 -p ''",
  'scan 127.0.0.1 -p --json',
  'scan 127.0.0.1 --type xmas',
  'scan 127.0.0.1 --type CONNECT',
  'scan 127.0.0.1 --exclude ,',
  'scan 127.0.0.1 --exclude 127.0.0.2,,127.0.0.3',
  'scan 127.0.0.1 --rate 0',
  'scan 127.0.0.1 --rate -5',
  'scan 127.0.0.1 --rate 1e9x',
  'scan 127.0.0.1 --rate 1e3',
  'scan 127.0.0.1 --rate abc',
  'scan 127.0.0.1 --rate 1.5',
  'scan 127.0.0.1 --rate MAX',
  'scan 127.0.0.1 --rate 10000001',
  'scan 127.0.0.1 --rate 99999999999999999999',
  'scan 127.0.0.1 --per-host-rate max',
  'scan 127.0.0.1 --per-host-rate 0',
  'scan 127.0.0.1 --per-host-rate 10000001',
  'scan 127.0.0.1 --output xml',
  'scan 127.0.0.1 --json --output csv',
  'scan 127.0.0.1 --wait --detach',
  'scan 127.0.0.1 --dry-run --detach',
  'scan 127.0.0.1 --dry-run --output csv',
  'scan 127.0.0.1 --dry-run --yes',
  `scan 127.0.0.1 --resume ${SCAN_ID}`,
  `scan --resume ${SCAN_ID} --rate 5`,
  `scan --resume ${SCAN_ID} --dry-run`,
  'scan --resume 12',
  `scan 127.0.0.1 --site ${'s'.repeat(101)}`,
  `scan 127.0.0.1 --name ${'n'.repeat(101)}`,
  'scans delete',
  'scans delete x',
  'hosts purge nobody',
  'settings set retention.events',
  'settings set retention.events 3m',
  'settings set nothing forever',
  'hosts list --open-port 65536',
  'scans list extra',
  'scans list --status done',
  'scans list --limit 0',
  'scans list --limit -1',
  'scans list --limit many',
  'scans show',
  'scans show 42',
  `scans show ${SCAN_ID} ${SCAN_ID}`,
  'scans stop all',
  `scans resume ${SCAN_ID} --wait --detach`,
  'hosts list --status on',
  'search',
  "hosts list --search ''",
  `hosts list --search ${'s'.repeat(256)}`,
  'hosts list --limit 1x',
  'hosts show',
  'hosts show 127.0.0.256',
  'hosts show 0x7f.1',
  'hosts show ::1 --as-of yesterday',
  'hosts show ::1 --as-of 2026-02-30',
  'hosts show ::1 --as-of 2026-02-03T24:00',
  'hosts list --observed-as-of 3y',
  'hosts history',
  'diff',
  'scans diff 1 2',
  `diff ${SCAN_ID} ${SCAN_ID} ${SCAN_ID}`,
  'api-keys create',
  "api-keys create ''",
  `api-keys create ${'n'.repeat(101)}`,
  'api-keys create ci --expires-in soon',
  'api-keys create ci --expires-in 0d',
  'api-keys create ci --expires-in 30',
  'api-keys create ci --expires-in -1d',
  'api-keys create ci --expires-in 3651d',
  'api-keys revoke ci',
  'serve --listen 65536',
  'serve --listen :8080',
  'serve --listen ::1:8080',
  'serve --listen [127.0.0.1]:80',
  'serve --listen 999.0.0.1:80',
  'serve --listen host',
  'serve --listen http://127.0.0.1:80',
  'serve --server http://127.0.0.1:1',
  'serve extra',
  'migrate',
  'migrate down',
  'migrate up --server http://127.0.0.1:1',
  'migrate status --api-key k',
  'verify now',
  'verify --server 127.0.0.1:8080',
  'verify --server ftp://127.0.0.1',
  'verify --server http://u:p@127.0.0.1',
  'verify --database-url mysql://localhost/x',
  'verify --server http://127.0.0.1:1 --data-dir /x',
  'verify --server http://127.0.0.1:1 --database-url postgres://localhost/x',
  'verify --api-key schlüssel',
  "verify --data-dir ''",
  'verify --json=stream',
  'completion',
  'completion tcsh',
  'completion bash --json',
  'version --listen 1',
])('refused as wrong usage: %s', async (line) => {
  const { exit, stdout, stderr, connections } = await runIn({}, args(line));
  if (wantsJson(args(line))) {
    expect(JSON.parse(stderr)).toMatchObject({
      error: 'usage',
      message: expect.stringMatching(/^[^\n]+\.$/),
    });
  } else {
    expect(stderr).toMatch(/^error: [^\n]+\. \[usage\]\n(?:hint: [^\n]+[.?]\n)?$/);
  }
  expect({ exit, stdout, connections }).toEqual({ exit: 2, stdout: '', connections: 0 });
});

test.each([
  ["scan ''", 'invalid_target'],
  ['scan 127.0.0.256', 'invalid_target'],
  ['scan 224.0.0.1', 'target_refused'],
  ['scan 127.0.0.1 --exclude some.name', 'invalid_target'],
  ['scan 127.0.0.1 -p 0', 'invalid_ports'],
  ['scan 127.0.0.1 -p 22,,80', 'invalid_ports'],
  ['scan 127.0.0.1 -p 70000', 'invalid_ports'],
  ['scan @missing', 'file_unreadable'],
  ['scan @empty', 'target_empty'],
  ['scan @binary', 'file_unreadable'],
  ['scan @large', 'file_unreadable'],
  ['scan -', 'target_empty'],
  ['scan @many', 'invalid_target'],
])('refused before anything is started: %s', async (line, code) => {
  const files = {
    empty: '# nothing\n',
    binary: new Uint8Array([0xff, 0xfe, 0x00]),
    large: new Uint8Array(16 * 1024 * 1024 + 1).fill(0x20),
    many: '127.0.0.1\n'.repeat(65_537),
  };
  const { exit, stdout, stderr, connections } = await runIn({ files }, args(line));
  expect(stderr).toMatch(new RegExp(`^error: [^\\n]+\\. \\[${code}\\]\\n(?:hint: [^\\n]+\\n)?$`));
  expect({ exit, stdout, connections }).toEqual({ exit: 2, stdout: '', connections: 0 });
});

test.each([
  ['scna', 'Did you mean scan?'],
  ['hosts lits', 'Did you mean list?'],
  ['scan 127.0.0.1 --prots 1', 'Did you mean --ports?'],
  ['scan', 'scanorama scan 127.0.0.1'],
  ['scan 127.0.0.1 --rate', '`scanorama scan --help`'],
  ['scan 127.0.0.1 --per-host-rate max', '`--rate max` alone'],
  ['scan 127.0.0.1 -p 22,,80', '"22,,80" has an empty item.'],
  ['scan fe80::1%eth0', 'another address of that host'],
])('%s is answered with a hint', async (line, hint) => {
  expect((await runIn({}, args(line))).stderr).toContain(hint);
});

test('a type that does not exist yet is answered with those that do', async () => {
  const { stderr } = await runIn({}, args('scan 127.0.0.1 -t xmas'));
  expect(stderr).toContain('There is no scan type "xmas" here; there are auto, connect, syn,');
});

test('a password in an address is never repeated', async () => {
  const { stderr } = await runIn({}, args('verify --database-url mysql://u:secret@localhost/x'));
  expect(stderr).not.toContain('secret');
});
