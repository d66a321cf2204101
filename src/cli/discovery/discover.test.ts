import { describe, expect, test } from 'vitest';
import type { Interrupts } from '#cli/program/interrupts.js';
import type { Scan } from '#contract/scans/scan.js';
import {
  listAnswer,
  NOW_MS,
  runIn,
  scanHostOf,
  serialized,
} from '../../../test/support/programs/cli-context.ts';
import { RUNNING, SCAN_ID, scanOf } from '../../../test/support/scans/scan-view.ts';

const START = 'POST /api/v1/discovery';
const OPTIONS = `GET /api/v1/scans/${SCAN_ID}`;
const RESULTS = `GET /api/v1/discovery/${SCAN_ID}/results`;
const DIFF = `GET /api/v1/scans/${SCAN_ID}/diff`;
const NETWORKS = 'GET /api/v1/networks';
const LOCAL = 'GET /api/v1/discovery/local-networks';
const BASE_ID = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e48';

const DISCOVERY: Partial<Scan> = {
  scan_type: 'discovery',
  engine: 'discovery',
  ports: '',
  methods: ['arp', 'ping'],
  targets: ['198.18.0.0/29'],
  open_ports: 0,
};
const running = scanOf({ ...RUNNING, ...DISCOVERY });
const completed = scanOf({
  ...DISCOVERY,
  hosts_up: 1,
  progress: { percent: 100, positions: 8, completed: 8, skipped: 1 },
  probes: { sent: 15, answered: 1 },
});
const host = {
  ip: '198.18.0.1',
  host_id: SCAN_ID,
  status: 'up',
  reason: 'arp-response',
  round_trip_us: 412,
  mac: '02:00:00:00:00:01',
  hostname: 'printer.test',
  observed_at: new Date(NOW_MS).toISOString(),
};
const name = {
  ...host,
  ip: '198.18.0.2',
  host_id: null,
  status: 'unknown',
  reason: null,
  round_trip_us: null,
  mac: null,
  hostname: 'ghost.test',
};
const answers = {
  [START]: () => running,
  [OPTIONS]: serialized(running, completed),
  [RESULTS]: listAnswer([host, name]),
};
const SUMMARY = `Discovery ${SCAN_ID} completed in 2.5s: 1 host up of 7 addresses probed by arp, ping, 15 packets sent. 1 could not be probed or is excluded.`;

test('shows who was found, with how he showed himself, and what only has a name', async () => {
  const { exit, stdout, calls } = await runIn({ answers }, ['discover', '198.18.0.0/29']);
  expect(stdout.split('\n')).toEqual([
    'ADDRESS     STATUS      REASON            TIME  MAC                NAME',
    '198.18.0.1  up          arp-response  0.412 ms  02:00:00:00:00:01  printer.test',
    '198.18.0.2  name alone  -                    -  -                  ghost.test',
    '',
    SUMMARY,
    '',
  ]);
  expect(exit).toBe(0);
  expect(calls).toEqual([START, OPTIONS, OPTIONS, RESULTS]);
});

test('says of a run that was stopped what is done, and that it sent more than is counted', async () => {
  const progress = { percent: 0, positions: 8, completed: 0, skipped: 0 };
  const stopped = {
    ...completed,
    status: 'cancelled',
    hosts_up: 0,
    progress,
    probes: { sent: 0, answered: 0 },
  };
  const { stdout } = await runIn({ answers: { ...answers, [OPTIONS]: serialized(stopped) } }, [
    'discover',
    '198.18.0.0/29',
  ]);
  expect(stdout).toContain(
    '0 hosts up of 0 addresses probed by arp, ping, packets sent not counted. It did not finish: of 8 addresses planned, 0 are done, and what was sent to the others is not counted.',
  );
});

test.each([
  [['198.18.0.0/29', '198.18.0.9-12'], 'arp, ping'],
  [['fd00::/125'], 'ndp, ping'],
  [['198.18.0.0/29', 'fd00::/125'], 'arp, ndp, ping'],
  [['network:office', '198.18.0.9'], 'arp, ndp, ping'],
])('names the methods that ask %j, and no others', async (targets, how) => {
  const run = { ...completed, targets, methods: ['arp', 'ndp', 'ping'] };
  const { stdout } = await runIn({ answers: { ...answers, [OPTIONS]: serialized(run) } }, [
    'discover',
    '198.18.0.0/29',
  ]);
  expect(stdout).toContain(` addresses probed by ${how}, 15 packets sent.`);
});

test('says of a run for names alone that no host was asked', async () => {
  const names = { ...completed, methods: ['dns'], hosts_up: 0, probes: { sent: 8, answered: 0 } };
  const { stdout } = await runIn({ answers: { ...answers, [OPTIONS]: serialized(names) } }, [
    'discover',
    '198.18.0.0/29',
    '-m',
    'dns',
    '--resolver',
    '198.18.0.53',
  ]);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe(
    `Discovery ${SCAN_ID} completed in 2.5s: no host was probed, only a resolver was queried for names, 8 packets sent.`,
  );
});

test('shows what changed since the last comparable run', async () => {
  const none = { ports_opened: 0, ports_closed: 0, ports_changed: 0, services_changed: 0 };
  const counts = { hosts_new: 1, hosts_not_seen: 0, hosts_changed: 1, ...none };
  const change = { host_id: SCAN_ID, protocol: null, ports: null, count: 0, old: null, new: null };
  const alone = { addresses: 0, ports: 0, hosts: 0 };
  const diff = {
    data: [
      { ...change, kind: 'host_new', ip: '198.18.0.1' },
      {
        ...change,
        kind: 'mac_changed',
        ip: '198.18.0.3',
        old: '02:00:00:00:00:03',
        new: '02:00:00:00:00:04',
      },
    ],
    pagination: { page: 1, page_size: 100, total_items: 2, total_pages: 1 },
    base: { id: BASE_ID, completed_at: null, complete: true },
    scan: { id: SCAN_ID, completed_at: null, complete: true },
    counts,
    hosts_back: 0,
    not_comparable: { base: alone, scan: alone },
  };
  const changed = { ...completed, changes: { against: BASE_ID, ...counts } };
  const { stdout } = await runIn(
    { answers: { ...answers, [OPTIONS]: serialized(changed), [DIFF]: () => diff } },
    ['discover', '198.18.0.0/29'],
  );
  expect(stdout.split('\n').slice(4)).toEqual([
    SUMMARY,
    '',
    `Since run ${BASE_ID}: 1 new host, 1 address, name, key or certificate changed.`,
    '+  198.18.0.1  new host',
    '~  198.18.0.3  hardware address  02:00:00:00:00:03 → 02:00:00:00:00:04',
    '',
  ]);
  const same = { ...diff, data: [], counts: { ...counts, hosts_new: 0, hosts_changed: 0 } };
  const unchanged = async (one: unknown, run = changed) => {
    const fixture = { answers: { ...answers, [OPTIONS]: serialized(run), [DIFF]: () => one } };
    return (await runIn(fixture, ['discover', '198.18.0.0/29'])).stdout.split('\n').slice(-3);
  };
  expect(await unchanged(same)).toEqual([SUMMARY, `Nothing changed since run ${BASE_ID}.`, '']);
  const base = { addresses: 7, ports: 0, hosts: 2 };
  expect(await unchanged({ ...same, not_comparable: { base, scan: alone } })).toEqual([
    `Nothing changed in what both probed since run ${BASE_ID}.`,
    `Not comparable: 7 addresses that only run ${BASE_ID} probed; 2 hosts seen by it alone.`,
    '',
  ]);
  const message = '1 host is down since this run, which missed it once more: 198.18.0.5.';
  const warnings = [{ kind: 'host-down' as const, subject: '198.18.0.5', message }];
  expect(await unchanged(same, { ...changed, warnings })).toEqual([
    SUMMARY,
    `Nothing else changed since run ${BASE_ID}.`,
    '',
  ]);
  const cut = { ...diff, pagination: { ...diff.pagination, total_items: 5 } };
  const more = {
    program: './scanorama',
    answers: { ...answers, [OPTIONS]: serialized(changed), [DIFF]: () => cut },
  };
  expect((await runIn(more, ['discover', '198.18.0.0/29'])).stdout).toContain(
    `And 3 more; \`./scanorama scans diff ${SCAN_ID}\` has them all.\n`,
  );
});

test('asks for exactly what was typed', async () => {
  const argv =
    'discover 198.18.0.0/24 network:office -m arp,ping --method dns --resolver 198.18.0.53 -x 198.18.0.9 --rate 50 --per-host-rate 5 --site lab --name office --add --outside-scope -y';
  const { requests } = await runIn({ answers }, argv.split(' '));
  expect(requests[0]?.body).toEqual({
    networks: ['198.18.0.0/24', 'network:office'],
    methods: ['arp', 'ping', 'dns'],
    resolver: '198.18.0.53',
    exclude: ['198.18.0.9'],
    rate: 50,
    per_host_rate: 5,
    site: 'lab',
    name: 'office',
    add_networks: true,
    outside_scope: true,
    confirm_large: true,
    confirm_unscoped: true,
  });
});

test('looks in every enabled network of the site', async () => {
  const network = {
    id: SCAN_ID,
    site: 'default',
    cidr: '198.18.0.0/24',
    name: 'office',
    description: null,
    enabled: true,
    created_at: '',
    updated_at: '',
    hosts: 0,
    hosts_up: 0,
    exclusions: 0,
  };
  const { requests } = await runIn({ answers: { ...answers, [NETWORKS]: listAnswer([network]) } }, [
    'discover',
    '--configured-networks',
  ]);
  expect(requests[0]?.query).toMatchObject({ site: 'default', enabled: 'true' });
  expect(requests[1]?.body).toMatchObject({ networks: ['network:office'] });
});

test('names the networks of the machine before it looks there, and asks first', async () => {
  const local = { data: [{ cidr: '198.18.0.0/24', interface: 'eth0' }] };
  const fixture = { answers: { ...answers, [LOCAL]: () => local }, terminal: true, typed: 'n' };
  const refused = await runIn(fixture, ['discover', '--local']);
  expect(refused.stderr).toContain('Hosts would be looked for in 198.18.0.0/24 (eth0). Look there?');
  expect(refused.calls).toEqual([LOCAL]);
  const accepted = await runIn({ ...fixture, typed: 'y' }, ['discover', '--local']);
  expect(accepted.requests[1]?.body).toMatchObject({ networks: ['198.18.0.0/24'] });
  const none = await runIn({ answers: { [LOCAL]: () => ({ data: [] }) } }, ['discover', '--local', '--yes']);
  expect(none.stderr).toContain('[target_empty]');
});

test.each([
  ['nothing to look at', ['discover']],
  ['two places at once', ['discover', '--local', '--configured-networks']],
  ['networks beside a place', ['discover', '--local', '198.18.0.0/24']],
  ['a method that there is not', ['discover', '198.18.0.0/24', '--method', 'smoke']],
  ['to wait for a dry run', ['discover', '198.18.0.0/24', '--dry-run', '--wait']],
  ['a dry run as CSV', ['discover', '198.18.0.0/24', '--dry-run', '-o', 'csv']],
])('refuses %s before anything is asked', async (_, argv) => {
  const { exit, calls, connections } = await runIn({}, argv);
  expect({ exit, calls, connections }).toEqual({ exit: 2, calls: [], connections: 0 });
});

test('without a network it says how one is named', async () => {
  const { stderr } = await runIn({}, ['discover']);
  expect(stderr).toContain('There is no network to look in. [usage]');
  expect(stderr).toContain('`scanorama discover 198.18.0.0/24`');
});

test('a dry run says what would be done, and does none of it', async () => {
  const plan = {
    targets: ['198.18.0.0/24'],
    resolved: [],
    engine: 'discovery',
    engine_note: null,
    addresses: '256',
    probes: 1_792,
    estimated_seconds: 1.8,
    needs_confirmation: false,
    needs_scope_confirmation: false,
    methods: ['arp', 'ndp', 'ping', 'tcp'],
    resolver: null,
  };
  const { stdout, calls } = await runIn({ answers: { 'POST /api/v1/discovery/plan': () => plan } }, [
    'discover',
    '198.18.0.0/24',
    '--dry-run',
  ]);
  expect(stdout).toContain('Methods    arp, ndp, ping, tcp\n');
  expect(stdout).toContain('Packets    up to 1,792, and probes without response are repeated once\n');
  expect(calls).toHaveLength(1);
});

describe('--detect-os', () => {
  const REPORTER = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e99';
  const wanting = { os_scan: { state: 'requested' as const, scan_id: null } };
  const started = { os_scan: { state: 'started' as const, scan_id: REPORTER } };
  const reporter = scanOf({ id: REPORTER, engine: 'nmap', scan_type: 'version', found_by: SCAN_ID });
  const shown = scanHostOf({ ip: '198.18.0.1', hostname: null, os: { family: 'Linux', name: 'Linux 5.0' } });
  const both = () => ({
    ...answers,
    [OPTIONS]: serialized(
      { ...running, ...wanting },
      { ...completed, ...wanting },
      { ...completed, ...started },
    ),
    [`GET /api/v1/scans/${REPORTER}`]: serialized({ ...reporter, ...RUNNING, id: REPORTER }, reporter),
    [`GET /api/v1/scans/${REPORTER}/results`]: listAnswer([shown]),
  });

  test('shows the hosts found, and then the systems that a scan of its own tells', async () => {
    const { exit, stdout, requests } = await runIn({ answers: both() }, [
      'discover',
      '198.18.0.0/29',
      '--detect-os',
    ]);
    expect(exit).toBe(0);
    expect(requests[0]).toMatchObject({ body: { detect_os: true } });
    const [found, systems] = stdout.split(`Systems of the hosts found, by scan ${REPORTER}:`);
    expect(found).toContain(SUMMARY);
    expect(systems).toContain('198.18.0.1  up (syn-ack)  Linux 5.0');
  });

  test('is one document of JSON', async () => {
    const { stdout } = await runIn({ answers: both() }, [
      'discover',
      '198.18.0.0/29',
      '--detect-os',
      '--json',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      id: SCAN_ID,
      os_scan: { state: 'started', scan_id: REPORTER },
      systems: { id: REPORTER, found_by: SCAN_ID, hosts: [{ ip: '198.18.0.1', os: { name: 'Linux 5.0' } }] },
      hosts: [{ ip: '198.18.0.1' }, { ip: '198.18.0.2' }],
    });
  });

  test.each([
    ['no_hosts', null, 0, ''],
    [
      'refused',
      'The operating systems of the hosts found were not detected: nmap is gone.',
      1,
      'nmap is gone',
    ],
  ] as const)('ends with the discovery where it comes to %s', async (state, engine_note, exit, given) => {
    const over = { ...completed, os_scan: { state, scan_id: null }, engine_note };
    const fixture = { answers: { ...answers, [OPTIONS]: serialized(running, over) } };
    const outcome = await runIn(fixture, ['discover', '198.18.0.0/29', '--detect-os']);
    expect(outcome).toMatchObject({ exit, stdout: expect.stringContaining(SUMMARY) });
    expect(outcome.stderr).toContain(given);
  });

  test('stops the scan for systems when it is interrupted there', async () => {
    const stop = `POST /api/v1/scans/${REPORTER}/stop`;
    const cancelled = scanOf({ ...reporter, status: 'cancelled' });
    const fixture = {
      answers: {
        ...both(),
        [`GET /api/v1/scans/${REPORTER}`]: () => ({ ...reporter, ...RUNNING }),
        [stop]: () => cancelled,
      },
      onSleep: (count: number, interrupts: Interrupts) => {
        if (count === 4) interrupts.deliver();
      },
    };
    const { exit, calls } = await runIn(fixture, ['discover', '198.18.0.0/29', '--detect-os']);
    expect(calls).toContain(stop);
    expect(exit).toBe(130);
  });

  test('has no place in a CSV', async () => {
    const { exit, calls } = await runIn({}, ['discover', '198.18.0.0/29', '--detect-os', '-o', 'csv']);
    expect({ exit, calls }).toEqual({ exit: 2, calls: [] });
  });
});
