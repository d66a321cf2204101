import { expect, test } from 'vitest';
import type { ScanChange, ScanDiff } from '#contract/scans/diff.js';
import {
  type Answer,
  failing,
  HOST_ID,
  listAnswer,
  runIn,
} from '../../../test/support/programs/cli-context.ts';
import { SCAN_ID } from '../../../test/support/scans/scan-view.ts';

const BASE_ID = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e40';
const DIFF = `GET /api/v1/scans/${SCAN_ID}/diff`;

const opened: ScanChange = {
  kind: 'port_opened',
  ip: '198.18.0.1',
  host_id: HOST_ID,
  protocol: 'tcp',
  ports: '22',
  count: 1,
  old: 'closed',
  new: 'open',
};
const ofHost = { ...opened, protocol: null, ports: null, old: null, new: null };
const CHANGES: readonly ScanChange[] = [
  opened,
  { ...opened, kind: 'port_closed', ports: '80', old: 'open', new: 'closed' },
  { ...opened, kind: 'port_changed', ports: '100-199', count: 100, old: 'closed', new: 'filtered' },
  {
    ...opened,
    kind: 'service_changed',
    ports: '443',
    old: 'ssl/http nginx 1.18.0',
    new: 'ssl/http nginx\u001b[2J',
  },
  { ...ofHost, kind: 'host_not_seen', ip: '198.18.0.2', count: 2 },
  { ...ofHost, kind: 'host_new', ip: '198.18.0.3' },
];
const NOTHING = {
  hosts_new: 0,
  hosts_not_seen: 0,
  hosts_changed: 0,
  ports_opened: 0,
  ports_closed: 0,
  ports_changed: 0,
  services_changed: 0,
};
const ALONE = { addresses: 0, ports: 0, hosts: 0 };
const DIFFERENT: Partial<ScanDiff> = {
  counts: {
    hosts_new: 1,
    hosts_not_seen: 1,
    hosts_changed: 0,
    ports_opened: 1,
    ports_closed: 1,
    ports_changed: 100,
    services_changed: 1,
  },
  not_comparable: { base: { addresses: 2, ports: 1_024, hosts: 1 }, scan: ALONE },
};

function answerOf(changes: readonly ScanChange[], more: Partial<ScanDiff> = {}): Answer {
  const list = listAnswer(changes);
  const compared = { completed_at: '2026-11-23T10:00:00.000Z', complete: true };
  return (request) => ({
    base: { id: BASE_ID, ...compared },
    scan: { id: SCAN_ID, ...compared },
    counts: NOTHING,
    not_comparable: { base: ALONE, scan: ALONE },
    ...more,
    ...Object(list(request)),
  });
}

test('a host that is back is no new one', async () => {
  const known = {
    first_seen: '2026-11-01T10:00:00.000Z',
    status: 'up',
    since: '2026-11-01T10:00:00.000Z',
  } as const;
  const changes: ScanChange[] = [
    { ...ofHost, kind: 'host_new', ip: '198.18.0.3', known: { ...known, status: 'gone' } },
    { ...ofHost, kind: 'host_new', ip: '198.18.0.4', count: 0, known },
    { ...ofHost, kind: 'host_new', ip: '198.18.0.5', count: 0 },
  ];
  const answers = { [DIFF]: answerOf(changes, { counts: { ...NOTHING, hosts_new: 3 }, hosts_back: 2 }) };
  const { stdout } = await runIn({ answers }, ['diff', BASE_ID, SCAN_ID]);
  for (const line of [
    /^\+ {2}198\.18\.0\.3 +seen again +1 open port, gone since 2026-11-01 \S+$/m,
    /^\+ {2}198\.18\.0\.4 +seen again +known since 2026-11-01 \S+$/m,
    /^\+ {2}198\.18\.0\.5 +new host$/m,
    /^2 hosts seen again, 1 new host\.$/m,
  ])
    expect(stdout).toMatch(line);
});

test('who was known before is said to be unknown where history is kept no more', async () => {
  const changes: ScanChange[] = [{ ...ofHost, kind: 'host_new', ip: '198.18.0.3' }];
  const counts = { ...NOTHING, hosts_new: 1 };
  const unreported = 'Whether new hosts were known before is unknown';
  for (const [more, isSpecified] of [
    [{}, true],
    [{ hosts_back: 0 }, false],
  ] as const) {
    const answers = { [DIFF]: answerOf(changes, { counts, ...more }) };
    const { stdout } = await runIn({ answers }, ['diff', BASE_ID, SCAN_ID]);
    expect(stdout.includes(unreported)).toBe(isSpecified);
    const json = await runIn({ answers }, ['diff', BASE_ID, SCAN_ID, '--json']);
    expect('hosts_back' in JSON.parse(json.stdout)).toBe(!isSpecified);
  }
});

test('each change has a mark, an address, and what it was before', async () => {
  const answers = { [DIFF]: answerOf(CHANGES, DIFFERENT) };
  const { exit, stdout } = await runIn({ answers }, ['diff', BASE_ID, SCAN_ID]);
  expect(exit).toBe(0);
  expect(stdout).toMatch(
    new RegExp(`^From scan ${BASE_ID} \\(2026-.*\\)\nto {3}scan ${SCAN_ID} \\(2026-.*\\)\n\n`),
  );
  for (const line of [
    /^\+ {2}198\.18\.0\.1 +22\/tcp +closed → open$/m,
    /^- {2}198\.18\.0\.1 +80\/tcp +open → closed$/m,
    /^~ {2}198\.18\.0\.1 +100-199\/tcp +closed → filtered$/m,
    /^~ {2}198\.18\.0\.1 +443\/tcp +service ssl\/http nginx 1\.18\.0 → ssl\/http nginx\u{FFFD}\[2J$/mu,
    /^- {2}198\.18\.0\.2 +not seen any more +2 open ports$/m,
    /^\+ {2}198\.18\.0\.3 +new host +1 open port$/m,
    /^1 new host, 1 host not seen any more, 1 port opened, 1 port closed, 100 ports changed otherwise, 1 service changed\.$/m,
  ]) {
    expect(stdout).toMatch(line);
  }
  expect(stdout).toContain(
    `Not comparable: 1,024 ports that only scan ${BASE_ID} probed, among them all of 2 addresses; 1 host seen by it alone.\n`,
  );
  expect(stdout.endsWith(`seen by it alone.\n`)).toBe(true);
});

test.each([
  [CHANGES, DIFFERENT, ['--exit-code'], 3],
  [CHANGES, DIFFERENT, [], 0],
  [[], {}, ['--exit-code'], 0],
  [CHANGES, DIFFERENT, ['--exit-code', '--json'], 3],
] as const)(
  '%#: the exit code tells of a change only when it is asked to',
  async (changes, more, flags, code) => {
    const answers = { [DIFF]: answerOf(changes, more) };
    expect((await runIn({ answers }, ['scans', 'diff', BASE_ID, SCAN_ID, ...flags])).exit).toBe(code);
  },
);

test('JSON is one document with all changes, whatever pages they came in', async () => {
  const many = Array.from({ length: 2_100 }, (_, index) => ({ ...opened, ports: String(index) }));
  const { stdout, requests } = await runIn({ answers: { [DIFF]: answerOf(many, DIFFERENT) } }, [
    'diff',
    SCAN_ID,
    '--json',
  ]);
  const document = JSON.parse(stdout);
  expect(Object.keys(document)).toEqual(['base', 'scan', 'counts', 'not_comparable', 'changes']);
  expect(document.changes).toEqual(many);
  // The base is looked for once, and no page is asked twice: all are of the same two scans.
  expect(requests.map(({ query }) => [query?.['against'], Number(query?.['page'] ?? 1)])).toEqual([
    [undefined, 1],
    [BASE_ID, 2],
    [BASE_ID, 3],
  ]);
});

test('nothing changed, and a scan that is not complete, are said', async () => {
  const scan = { id: SCAN_ID, completed_at: null, complete: false };
  const { stdout } = await runIn({ answers: { [DIFF]: answerOf([], { scan }) } }, ['diff', SCAN_ID]);
  expect(stdout).toContain('(not ended, not complete: a missing response proves nothing)');
  expect(stdout).toMatch(/\n\nNothing changed in what both scans probed\.\n$/);
});

test('scans that cannot be compared are a failure with its code', async () => {
  const answers = { [DIFF]: failing('not_comparable', 'No earlier scan was found.') };
  const { exit, stderr } = await runIn({ answers }, ['diff', SCAN_ID, '--exit-code']);
  expect({ exit, stderr }).toEqual({
    exit: 1,
    stderr: 'error: No earlier scan was found. [not_comparable]\n',
  });
});

const HOSTS = 'GET /api/v1/hosts';
const hostOf = (ip: string, open: readonly number[]) => ({
  id: HOST_ID,
  ip,
  site: 'default',
  hostname: null,
  mac: null,
  vendor: null,
  status: 'up',
  status_reason: 'syn-ack',
  os_family: null,
  first_seen: '2026-11-01T00:00:00.000Z',
  last_seen: '2026-11-01T00:00:00.000Z',
  open_ports: open.map((port) => ({
    port,
    protocol: 'tcp',
    state: 'open',
    reason: 'syn-ack',
    service: null,
    first_seen: '2026-11-01T00:00:00.000Z',
    last_seen: '2026-11-01T00:00:00.000Z',
  })),
});
/** What was known at the earlier instant, and after it. */
const known: Answer = (request) =>
  listAnswer([hostOf('198.18.0.1', request.query?.['as_of'] === '2026-11-01T00:00:00.000Z' ? [22] : [80])])(
    request,
  );

test('two instants are compared by what lists of hosts told then', async () => {
  const args = ['diff', '2026-11-01T00:00Z', '2026-11-08T00:00Z', '--exit-code'];
  const { exit, stdout, requests } = await runIn({ answers: { [HOSTS]: known } }, args);
  expect(exit).toBe(3);
  expect(stdout.split('\n').slice(-5)).toEqual([
    '-  198.18.0.1  22/tcp  open → not open',
    '+  198.18.0.1  80/tcp  not open → open',
    '',
    '1 port opened, 1 port closed.',
    '',
  ]);
  expect(new Set(requests.map(({ query }) => query?.['ignored']))).toEqual(new Set(['with']));
  expect(new Set(requests.map(({ query }) => query?.['as_of']))).toEqual(
    new Set(['2026-11-01T00:00:00.000Z', '2026-11-08T00:00:00.000Z']),
  );
});

test('an instant alone is compared with now, in the shape that scans have', async () => {
  const { exit, stdout, requests } = await runIn({ answers: { [HOSTS]: known } }, [
    'diff',
    '2026-11-01T00:00Z',
    '--json',
  ]);
  expect(exit).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    base: { as_of: '2026-11-01T00:00:00.000Z' },
    scan: { as_of: null },
    counts: { ports_opened: 1, ports_closed: 1, hosts_new: 0 },
    changes: [
      { kind: 'port_closed', ip: '198.18.0.1', host_id: HOST_ID, ports: '22', old: 'open', new: null },
      { kind: 'port_opened', ports: '80' },
    ],
  });
  expect(requests.some(({ query }) => query?.['as_of'] === undefined)).toBe(true);
});

const KEY = { port: 22, protocol: 'tcp', banner: null, seen_at: '2026-11-01T00:00:00.000Z' };
const keyOf = (name: string) => ({
  ...KEY,
  keys: [{ algorithm: 'ssh-ed25519', fingerprint: `SHA256:${name}`, bits: 256 }],
});
const certificateOf = (subject_cn: string, digit: string) => ({
  ...KEY,
  port: 443,
  fingerprint: digit.repeat(64),
  subject: `CN=${subject_cn}`,
  subject_cn,
  issuer: 'CN=test',
  issuer_cn: 'test',
  names: [],
  names_left_out: 0,
  not_before: null,
  not_after: '2027-03-01T00:00:00.000Z',
  serial: '01',
  key_type: null,
  key_bits: null,
  tls_version: 'TLSv1.3',
});
const certificateLine = (digits: string) => `www.example, expires 2027-03-01, SHA-256 ${digits.repeat(16)}…`;
/** The hosts with one address at two sites, of which those at `branch` and `hq` show other keys after the instant. */
const keysKnown: Answer = (request) => {
  const isPast = request.query?.['as_of'] !== undefined;
  const shows = request.query?.['evidence'] === 'true';
  const host = (site: string, id: string) => ({
    ...hostOf('198.18.0.10', [22, 443]),
    id,
    site,
    mac: isPast ? '02:00:00:00:00:01' : '02:00:00:00:00:02',
    hostname: isPast ? 'one.example' : 'two.example',
    ...(shows
      ? {
          ssh_servers: [keyOf(isPast ? `old-${site}` : `new-${site}`), { ...keyOf('same'), port: 23 }],
          certificates: [certificateOf('www.example', isPast ? 'a' : 'b')],
        }
      : {}),
  });
  return listAnswer([host('branch', HOST_ID), host('hq', SCAN_ID)])(request);
};

const keysShown = (site: string) => [
  `~ 198.18.0.10 (${site}) hardware address 02:00:00:00:00:01 → 02:00:00:00:00:02`,
  `~ 198.18.0.10 (${site}) name one.example → two.example`,
  `~ 198.18.0.10 (${site}) 22/tcp SSH host key changed: ssh-ed25519 SHA256:old-${site} → ssh-ed25519 SHA256:new-${site}`,
  `~ 198.18.0.10 (${site}) 443/tcp TLS certificate changed: ${certificateLine('a')} → ${certificateLine('b')}`,
];

test('two instants tell of other keys and certificates, and of the site of each host', async () => {
  const args = ['diff', '2026-11-01T00:00Z'];
  const { stdout } = await runIn({ answers: { [HOSTS]: keysKnown } }, args);
  expect(
    stdout
      .split('\n')
      .slice(3)
      .map((line) => line.replaceAll(/ +/g, ' ')),
  ).toEqual([
    ...keysShown('branch'),
    ...keysShown('hq'),
    '',
    '8 statuses, addresses, names, keys or certificates changed.',
    '',
  ]);
  const json = await runIn({ answers: { [HOSTS]: keysKnown } }, [...args, '--json']);
  const { counts, changes } = JSON.parse(json.stdout);
  expect(counts).toMatchObject({ hosts_changed: 8, ports_opened: 0 });
  expect(changes).toHaveLength(8);
  expect(changes[2]).toEqual({
    kind: 'ssh_host_key_changed',
    ip: '198.18.0.10',
    site: 'branch',
    host_id: HOST_ID,
    protocol: 'tcp',
    ports: '22',
    count: 1,
    old: 'ssh-ed25519 SHA256:old-branch',
    new: 'ssh-ed25519 SHA256:new-branch',
  });
  expect(changes[7]).toMatchObject({ kind: 'certificate_changed', site: 'hq', ports: '443' });
});

test.each([
  [['diff', 'yesterday'], 'neither the id of a scan nor a time'],
  [['diff', 'now'], 'Nothing changed since now.'],
  [['diff', '2d', SCAN_ID], 'neither the id of a scan nor a time'],
  [['diff', SCAN_ID, '2d'], 'is not the id of a scan'],
  [['scans', 'diff', '2d'], 'is not the id of a scan'],
])('%j is refused before anybody is asked', async (args, given) => {
  const { exit, stderr, calls } = await runIn({}, args);
  expect({ exit, calls }).toEqual({ exit: 2, calls: [] });
  expect(stderr).toContain(given);
});

test('nothing that changed is said, and ends with 0', async () => {
  const same = { [HOSTS]: listAnswer([hostOf('198.18.0.1', [22])]) };
  const { exit, stdout } = await runIn({ answers: same }, ['diff', '1d', '--exit-code']);
  expect(exit).toBe(0);
  expect(stdout).toContain('Nothing changed in what was known.\n');
});

test('two files are compared by the program itself, and no server is asked', async () => {
  const diff = {
    counts: { ...NOTHING, ports_opened: 1 },
    not_comparable: { base: ALONE, scan: { addresses: 1, ports: 3, hosts: 1 } },
    changes: [{ ...opened, host_id: null }],
  };
  const read: string[] = [];
  const fixture = {
    files: { './a.xml': 'first', 'b.xml': 'second' },
    compareReports: async (...files: readonly AsyncIterable<Uint8Array>[]) => {
      for (const file of files) for await (const bytes of file) read.push(Buffer.from(bytes).toString());
      return diff;
    },
  };
  const { exit, stdout, calls, connections } = await runIn(fixture, [
    'diff',
    './a.xml',
    'b.xml',
    '--exit-code',
  ]);
  expect({ exit, calls, connections, read }).toEqual({
    exit: 3,
    calls: [],
    connections: 0,
    read: ['first', 'second'],
  });
  expect(stdout.split('\n')).toEqual([
    'From ./a.xml',
    'to   b.xml',
    '',
    '+  198.18.0.1  22/tcp  closed → open',
    '',
    '1 port opened.',
    'Not comparable: 3 ports that only b.xml probed, among them all of 1 address; 1 host seen by it alone.',
    '',
  ]);
  const json = await runIn(fixture, ['diff', './a.xml', 'b.xml', '--json']);
  expect(JSON.parse(json.stdout)).toEqual({ base: { file: './a.xml' }, scan: { file: 'b.xml' }, ...diff });
  expect((await runIn({}, ['diff', './a.xml', '2d'])).exit).toBe(2);
});
