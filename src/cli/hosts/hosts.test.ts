import { expect, test } from 'vitest';
import { localTime } from '#cli/output/time.js';
import type { Host, HostDetail, HostPort } from '#contract/hosts/host.js';
import { changeOf } from '../../../test/support/hosts/host-change.ts';
import {
  HOST_ID,
  listAnswer,
  runIn,
  serialized,
  UNPROBED_SERVICE,
} from '../../../test/support/programs/cli-context.ts';
import { SCAN_ID } from '../../../test/support/scans/scan-view.ts';

const LIST = 'GET /api/v1/hosts';
const OPTIONS = `GET /api/v1/hosts/${HOST_ID}`;
const [FIRST, LAST] = ['2026-11-01T00:00:00.000Z', '2026-11-23T10:00:00.000Z'];

function portOf(port: number): HostPort {
  return {
    port,
    protocol: 'tcp',
    state: 'open',
    reason: 'syn-ack',
    service: 'ssh',
    ...UNPROBED_SERVICE,
    first_seen: FIRST,
    last_seen: LAST,
    last_opened: null,
  };
}

/** Of a host that was always there, and of which nobody said anything. */
const UNTROUBLED = {
  status_since: FIRST,
  status_scan_id: null,
  misses: 0,
  flapping: false,
  ignored: false,
  down_after_misses: null,
  gone_after_days: null,
  response_time: null,
  mac_randomized: false,
  display_name: 'localhost',
  display_name_source: 'ptr',
  custom_name: null,
} as const;

function hostOf(changes: Partial<Host> = {}): Host {
  return {
    id: HOST_ID,
    ip: '127.0.0.1',
    site: 'default',
    hostname: 'localhost',
    mac: null,
    vendor: null,
    status: 'up',
    status_reason: 'syn-ack',
    ...UNTROUBLED,
    os_family: null,
    os_name: null,
    first_seen: FIRST,
    last_seen: LAST,
    changed_at: null,
    deleted_at: null,
    deleted_by: null,
    open_ports: [portOf(22)],
    tags: [],
    completeness_score: 40,
    ...changes,
  };
}

const uid = (index: number) => `01938f6e-7d2a-7c31-9b60-${String(index).padStart(12, '0')}`;
const many = Array.from({ length: 2_345 }, (_, index) =>
  hostOf({ id: uid(index), ip: `198.18.${index >> 8}.${index & 255}` }),
);

test('JSON is an array of all hosts, with exactly the promised members', async () => {
  const { exit, stdout, calls } = await runIn({ answers: { [LIST]: listAnswer(many) } }, [
    'hosts',
    'list',
    '--json',
  ]);
  const hosts = JSON.parse(stdout);
  expect(exit).toBe(0);
  expect(calls).toHaveLength(3);
  expect(hosts.map(({ id }: Host) => id)).toEqual(many.map(({ id }) => id));
  expect(Object.keys(hosts[0])).toEqual([
    'id',
    'ip',
    'hostname',
    'mac',
    'vendor',
    'status',
    'os_family',
    'first_seen',
    'last_seen',
    'open_ports',
    'display_name',
    'status_since',
    'misses',
    'flapping',
    'ignored',
    'completeness_score',
    'site',
    'tags',
  ]);
  expect(hosts[0].open_ports).toEqual([portOf(22)]);
});

test('the same address at two sites is two lines that can be told apart', async () => {
  const two = [hostOf(), hostOf({ id: uid(1), site: 'branch' })];
  const { stdout } = await runIn({ answers: { [LIST]: listAnswer(two) } }, ['hosts', 'list']);
  expect(stdout.split('\n').map((line) => line.split('  ')[0])).toEqual([
    'ADDRESS',
    '127.0.0.1',
    '127.0.0.1 (branch)',
    '',
  ]);
});

test('a stream is a line each', async () => {
  const { stdout } = await runIn({ answers: { [LIST]: listAnswer(many) } }, [
    'hosts',
    'list',
    '--json=stream',
  ]);
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(many.length);
  expect(lines.map((line) => JSON.parse(line).id)).toEqual(many.map(({ id }) => id));
});

test.each([1, 1_000, 1_001, 5_000])('a limit of %i is kept', async (limit) => {
  const { stdout } = await runIn({ answers: { [LIST]: listAnswer(many) } }, [
    'hosts',
    'list',
    '--json',
    '-n',
    String(limit),
  ]);
  expect(JSON.parse(stdout)).toHaveLength(Math.min(limit, many.length));
});

test('a host that slips over the edge of a page is not shown twice', async () => {
  let hosts = many;
  const answer = listAnswer(many);
  const answers = {
    [LIST]: (request: Parameters<typeof answer>[0]) => {
      const page = listAnswer(hosts)(request);
      hosts = [hostOf({ id: uid(9_000 + hosts.length), ip: '127.0.0.1' }), ...hosts];
      return page;
    },
  };
  const { stdout } = await runIn({ answers }, ['hosts', 'list', '--json']);
  const ids = JSON.parse(stdout).map(({ id }: Host) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(many.map(({ id }) => id));
});

test('filters are asked for', async () => {
  const { requests } = await runIn({ answers: { [LIST]: listAnswer([]) } }, [
    'hosts',
    'list',
    '--status',
    'up',
    '--search',
    'local',
    '--site',
    'west',
    '--filter',
    'port:443 and not name:printer*',
  ]);
  expect(requests[0]?.query).toMatchObject({
    status: 'up',
    search: 'local',
    site: 'west',
    filter: 'port:443 and not name:printer*',
    sort_by: 'ip',
    page: 1,
  });
});

test.each([
  [
    ['--filter', 'port:80 and colour:red'],
    'Column 13 of the filter: there is no field "colour".',
    'invalid_filter',
  ],
  [
    ['--filter', 'last_seen<7d', '--as-of', '2d'],
    'What last_seen was at a past instant is not known.',
    'not_in_history',
  ],
])('what is wrong with a filter is said before anything is asked: %j', async (flags, message, code) => {
  const { exit, stderr, connections } = await runIn({}, ['hosts', 'list', ...flags]);
  expect(exit).toBe(2);
  expect(stderr).toContain(`${message} [${code}]`);
  expect(connections).toBe(0);
});

test('the table is aligned, short and safe to show', async () => {
  const hosts = [
    hostOf({
      hostname: 'x\u001b]0;owned\u0007',
      open_ports: Array.from({ length: 10 }, (_, index) => portOf(20 + index)),
    }),
    hostOf({ id: uid(1), ip: '::1', hostname: null, status: 'down', open_ports: [] }),
  ];
  const { stdout } = await runIn({ answers: { [LIST]: listAnswer(hosts) } }, ['hosts', 'list']);
  const [heads, first, second] = stdout.split('\n');
  expect(heads).toMatch(/^ADDRESS +STATUS +NAME +VENDOR +LAST SEEN +OPEN PORTS$/);
  expect(first).toMatch(/^127\.0\.0\.1 +up +x\u{FFFD}\]0;owned\u{FFFD} .* 20\/tcp 21\/tcp .* 27\/tcp \+2$/u);
  expect(second).toMatch(/^::1 +down +- +- +2026-11-2\d \d\d:\d\d:\d\d +-$/);
});

test('no hosts are said in words', async () => {
  expect((await runIn({ answers: { [LIST]: listAnswer([]) } }, ['hosts', 'list'])).stdout).toBe(
    'No hosts.\n',
  );
});

const detail: HostDetail = {
  ...hostOf({ vendor: 'Acme', mac: '02:00:00:00:00:01' }),
  groups: [],
  owner: null,
  fields: [],
  notes: [],
  completeness: [{ part: 'ports', points: 20, reason: '1 open port seen.' }],
  ports: [portOf(22)],
  ssh_servers: [],
  certificates: [],
  name_candidates: [],
  turns: [],
  timeouts: [],
  history: Array.from({ length: 23 }, (_, index) => changeOf(index)),
  device: null,
  history_since: null,
};

test('one host by its address, among those that only contain it', async () => {
  const answers = {
    [LIST]: listAnswer([
      hostOf({ id: uid(1), ip: '127.0.0.10' }),
      hostOf(),
      hostOf({ id: uid(2), ip: '127.0.0.100' }),
    ]),
    [OPTIONS]: () => detail,
  };
  const { exit, stdout, calls, requests } = await runIn({ answers }, ['hosts', 'show', '127.0.0.1']);
  expect({ exit, calls }).toEqual({ exit: 0, calls: [LIST, OPTIONS] });
  expect(requests[0]?.query).toMatchObject({ search: '127.0.0.1' });
  for (const line of [
    /Host +127\.0\.0\.1\n/,
    /MAC +02:00:00:00:00:01 \(Acme\)\n/,
    /\nPORT +STATE +SERVICE +REASON +LAST OPEN\n/,
    /22\/tcp +open +ssh\? +syn-ack/,
    /- → open/,
    /… and 3 older changes; `scanorama hosts history` shows all\.\n$/,
  ]) {
    expect(stdout).toMatch(line);
  }
});

test('the rest of the history is pointed at in the words of this call', async () => {
  const fixture = { program: './scanorama', answers: { [OPTIONS]: () => detail } };
  const { stdout } = await runIn(fixture, ['hosts', 'show', HOST_ID, '--data-dir', '/srv/x']);
  expect(stdout).toContain('`./scanorama hosts history --data-dir /srv/x` shows all.');
});

test('a deleted host can be shown by its address, and says since when its history is whole', async () => {
  const deleted_at = '2026-11-22T00:00:00.000Z';
  const answers = {
    [LIST]: serialized(
      () => ({ data: [], pagination: { page: 1, page_size: 1_000, total_items: 0, total_pages: 0 } }),
      () => ({
        data: [hostOf({ deleted_at })],
        pagination: { page: 1, page_size: 1_000, total_items: 1, total_pages: 1 },
      }),
    ),
    [OPTIONS]: () => ({ ...detail, deleted_at, history_since: '2026-01-01T00:00:00.000Z' }),
  };
  const { exit, stdout, requests } = await runIn({ answers }, ['hosts', 'show', '127.0.0.1']);
  expect(exit).toBe(0);
  expect(requests.map(({ query }) => query?.['deleted'])).toEqual([undefined, 'true', undefined]);
  expect(stdout).toMatch(/Deleted +2026-11-2/);
  expect(stdout).toMatch(/Older changes than .* are kept no longer, but for the newest of each\.\n$/);
});

test('the list of deleted hosts says when each was deleted, and by whom; so does JSON', async () => {
  const deletion = { deleted_at: '2026-11-22T00:00:00.000Z', deleted_by: 'key:ann' };
  const fixture = { answers: { [LIST]: listAnswer([hostOf(deletion)]) } };
  const { stdout } = await runIn(fixture, ['hosts', 'list', '--deleted']);
  expect(stdout).toMatch(/^ADDRESS .* DELETED\n.*2026-11-2\d \d\d:\d\d:\d\d by key:ann\n$/);
  const json = await runIn(fixture, ['hosts', 'list', '--deleted', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject([deletion]);
});

test('a change has when it was observed, and the scan or person behind it', async () => {
  const history = [{ ...changeOf(1), scan_id: SCAN_ID }, { ...changeOf(2), actor: 'os:root' }, changeOf(3)];
  const { stdout } = await runIn({ answers: { [OPTIONS]: () => ({ ...detail, history }) } }, [
    'hosts',
    'show',
    HOST_ID,
  ]);
  const lines = stdout.trimEnd().split('\n').slice(-4);
  expect(lines[0]).toMatch(/^OBSERVED +FACT +CHANGE +REASON +BY$/);
  expect(lines[1]).toMatch(new RegExp(`^2026-.* scan ${SCAN_ID}$`));
  expect(lines[2]).toMatch(/^2026-.* os:root$/);
  expect(lines[3]).toMatch(/^2026-.* -$/);
});

test('one host by its id, as JSON, whole', async () => {
  const { stdout, calls } = await runIn({ answers: { [OPTIONS]: () => detail } }, [
    'hosts',
    'show',
    HOST_ID,
    '--json',
  ]);
  expect(calls).toEqual([OPTIONS]);
  expect(JSON.parse(stdout)).toEqual(detail);
});

test('a past instant is fixed once and asked for on every page', async () => {
  const { stdout, requests } = await runIn({ answers: { [LIST]: listAnswer(many) } }, [
    'hosts',
    'list',
    '--as-of',
    '2h',
    '--observed-as-of',
    '2026-11-01T00:00:00Z',
  ]);
  expect(requests).toHaveLength(3);
  for (const { query } of requests) {
    const probed = { as_of: '2026-11-23T10:00:00.000Z', observed_as_of: '2026-11-01T00:00:00.000Z' };
    expect(query).toMatchObject(probed);
  }
  // How long after its last change a host was seen, history does not say.
  expect(stdout).toMatch(/^ADDRESS +STATUS +NAME +VENDOR +LAST CHANGE +OPEN PORTS\n/);
});

test('the last change of a past instant is the newest of all, and no port says when it was last seen then', async () => {
  const [changed_at, last_opened] = ['2026-11-19T10:00:00.000Z', '2026-11-18T10:00:00.000Z'];
  const past = { changed_at, open_ports: [{ ...portOf(22), last_seen: null, last_opened }] };
  const answers = {
    [LIST]: listAnswer([hostOf(past)]),
    [OPTIONS]: () => ({ ...detail, ...past, ports: past.open_ports }),
  };
  const list = await runIn({ answers }, ['hosts', 'list', '--as-of', '3d']);
  expect(list.stdout).toContain(` ${localTime(changed_at)} `);
  const json = await runIn({ answers }, ['hosts', 'list', '--as-of', '3d', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject([
    { last_seen: LAST, changed_at, open_ports: [{ last_seen: null, last_opened }] },
  ]);
  const { stdout } = await runIn({ answers }, ['hosts', 'show', '127.0.0.1', '--as-of', '3d']);
  expect(stdout).toMatch(new RegExp(`^Last change +${localTime(changed_at)}$`, 'm'));
  expect(stdout).toMatch(new RegExp(`^22/tcp .* ${localTime(last_opened)}$`, 'm'));
});

test('a host of a past instant is looked up as of that instant', async () => {
  const answers = { [LIST]: listAnswer([hostOf()]), [OPTIONS]: () => detail };
  const { stdout, requests } = await runIn({ answers }, ['hosts', 'show', '127.0.0.1', '--as-of', '3d']);
  expect(requests.map(({ query }) => query?.['as_of'])).toEqual([
    '2026-11-20T12:00:00.000Z',
    '2026-11-20T12:00:00.000Z',
  ]);
  expect(stdout).toMatch(/Last change +2026-/);
  const noOne = await runIn({ answers: { [LIST]: listAnswer([]) } }, [
    'hosts',
    'show',
    '::1',
    '--as-of',
    '3d',
  ]);
  expect(noOne.stderr).toBe('error: No host with the address ::1 was known then. [not_found]\n');
});

test('an unknown address points at the scan that would make it known', async () => {
  const { exit, stderr } = await runIn({ answers: { [LIST]: listAnswer([hostOf({ ip: '127.0.0.10' })]) } }, [
    'hosts',
    'show',
    '127.0.0.1',
  ]);
  expect(exit).toBe(1);
  expect(stderr).toBe(
    'error: No host with the address 127.0.0.1 is known. [not_found]\nhint: Scan it first: `scanorama scan 127.0.0.1`.\n',
  );
});

test('an address that two sites know asks for the id', async () => {
  const twice = [hostOf(), hostOf({ id: uid(1), site: 'lab' })];
  const { exit, stderr } = await runIn({ answers: { [LIST]: listAnswer(twice) } }, [
    'hosts',
    'show',
    '127.0.0.1',
  ]);
  expect(exit).toBe(2);
  expect(stderr).toContain(
    `hint: Name the site with --site, or give the id: ${HOST_ID} (site default), ${uid(1)} (site lab).`,
  );
});
