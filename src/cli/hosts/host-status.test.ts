import { expect, test } from 'vitest';
import { failing, HOST_ID, listAnswer, runIn } from '../../../test/support/programs/cli-context.ts';

const LIST = 'GET /api/v1/hosts';
const BULK = 'POST /api/v1/hosts/bulk';
const CHANGE = `PATCH /api/v1/hosts/${HOST_ID}`;
const FIRST = '2026-11-01T00:00:00.000Z';

const host = {
  id: HOST_ID,
  ip: '198.18.0.7',
  site: 'default',
  hostname: null,
  mac: '02:00:00:00:00:01',
  vendor: null,
  mac_randomized: true,
  status: 'down',
  status_reason: 'no-response',
  status_since: FIRST,
  misses: 4,
  os_family: null,
  first_seen: FIRST,
  last_seen: FIRST,
  display_name: 'door',
  display_name_source: 'custom',
  custom_name: 'door',
  response_time: { count: 3, min_us: 120, avg_us: 250_000, max_us: 400_000, slow: true },
  down_after_misses: 4,
  open_ports: [],
  ports: [],
  timeouts: [true, false].map((could_receive) => ({ probed_at: FIRST, scan_id: HOST_ID, could_receive })),
  history: [],
  name_candidates: [
    { name: 'old.test', source: 'ptr', detail: 'PTR', observed_at: FIRST, scan_id: null, actor: null },
  ],
};

test('a host is named and given its grace in one request', async () => {
  const args = [
    'hosts',
    'edit',
    HOST_ID,
    '--name',
    'door',
    '--down-after-misses',
    '4',
    '--gone-after',
    'default',
  ];
  const { exit, stdout, requests } = await runIn({ answers: { [CHANGE]: () => host } }, args);
  expect({ exit, stdout }).toEqual({ exit: 0, stdout: '198.18.0.7 is shown as door.\n' });
  expect(requests.at(-1)?.body).toEqual({ custom_name: 'door', down_after_misses: 4, gone_after_days: null });
});

test('what else is said of it is done before, which what is stored may refuse', async () => {
  const outcome = {
    edit: HOST_ID,
    hosts_matched: 1,
    hosts_changed: 1,
    examples: ['198.18.0.7'],
    dry_run: false,
    digest: '0'.repeat(64),
  };
  const answers = { [BULK]: () => outcome, [CHANGE]: () => host };
  const args = ['hosts', 'edit', HOST_ID, '--name', 'door', '--tag', 'web'];
  const { stdout, requests } = await runIn({ answers }, args);
  expect(stdout).toBe(
    `1 host changed; \`scanorama hosts undo ${HOST_ID}\` takes it back (\`scanorama hosts edits\` lists the ids).\n198.18.0.7 is shown as door.\n`,
  );
  expect(requests.map(({ body }) => body)).toEqual([
    { host_ids: [HOST_ID], change: { tags: { add: ['web'] } } },
    { custom_name: 'door' },
  ]);
  const json = await runIn({ answers }, [...args, '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ ...outcome, hosts: [{ display_name: 'door' }] });
});

test('a name that was given can be taken back', async () => {
  const answers = { [CHANGE]: () => ({ ...host, edit: HOST_ID }) };
  const { stdout } = await runIn({ answers }, ['hosts', 'edit', HOST_ID, '--name', 'door']);
  expect(stdout).toBe(
    `198.18.0.7 is shown as door; \`scanorama hosts undo ${HOST_ID}\` takes it back (\`scanorama hosts edits\` lists the ids).\n`,
  );
});

test('a grace alone says nothing of the name', async () => {
  const args = ['hosts', 'edit', HOST_ID, '--down-after-misses', '4'];
  const { stdout } = await runIn({ answers: { [CHANGE]: () => host } }, args);
  expect(stdout).toBe('The limit of misses of 198.18.0.7 is changed.\n');
});

test('JSON has what was done before a failure', async () => {
  const OTHER_ID = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e99';
  const outcome = {
    edit: HOST_ID,
    hosts_matched: 2,
    hosts_changed: 2,
    examples: [],
    dry_run: false,
    digest: '0'.repeat(64),
  };
  const answers = {
    [BULK]: () => outcome,
    [CHANGE]: () => host,
    [`PATCH /api/v1/hosts/${OTHER_ID}`]: failing('not_found', 'There is no such host.'),
  };
  const edit = ['hosts', 'edit', HOST_ID, OTHER_ID, '--tag', 'web', '--down-after-misses', '4', '--json'];
  const edited = await runIn({ answers }, edit);
  expect(edited.exit).toBe(1);
  expect(JSON.parse(edited.stdout)).toMatchObject({ edit: HOST_ID, hosts: [{ id: HOST_ID }] });
  const ignored = await runIn({ answers }, ['hosts', 'ignore', HOST_ID, OTHER_ID, '--json']);
  expect(ignored.exit).toBe(1);
  expect(JSON.parse(ignored.stdout)).toMatchObject([{ id: HOST_ID }]);
  expect(ignored.stderr).toContain('not_found');
});

test('nothing is changed when what else is said is refused', async () => {
  const args = ['hosts', 'edit', HOST_ID, '--name', 'door', '--owner', 'nobody'];
  const { exit, calls } = await runIn({ answers: {} }, args);
  expect(exit).not.toBe(0);
  expect(calls).not.toContain(CHANGE);
});

test('a name is taken away, of a host that is called by its address, ignored or not', async () => {
  const answers = { [LIST]: listAnswer([host]), [CHANGE]: () => host };
  const { requests } = await runIn({ answers }, ['hosts', 'edit', '198.18.0.7', '--clear-name']);
  expect(requests[0]?.query).toMatchObject({ ignored: 'with' });
  expect(requests.at(-1)?.body).toEqual({ custom_name: null });
});

test.each([
  [['hosts', 'edit', HOST_ID], 'No change was specified.'],
  [['hosts', 'edit', HOST_ID, '--name', 'a', '--clear-name'], 'exclude each other'],
  [['hosts', 'edit', HOST_ID, '--down-after-misses', '101'], 'the most is 100'],
  [['hosts', 'edit', HOST_ID, '--gone-after', '0'], 'whole number from 1 on'],
  [['hosts', 'edit', HOST_ID, '198.18.0.8', '--name', 'a'], 'given to one host'],
  [['hosts', 'edit', '--filter', 'port:1', '--down-after-misses', '2'], 'not to those of a filter'],
  [['hosts', 'edit', HOST_ID, '--name', 'a', '--dry-run'], 'but no names and limits of misses'],
  [['hosts', 'edit', HOST_ID, '--name', 'a\nb', '--tag', 'x'], 'cannot be the name of a host'],
])('%j is wrong usage', async (args, sentence) => {
  const { exit, stderr, requests } = await runIn({}, args);
  expect({ exit, probed: requests.length }).toEqual({ exit: 2, probed: 0 });
  expect(stderr).toContain(sentence);
});

test.each([
  ['ignore', true, '198.18.0.7 is ignored.\n'],
  ['unignore', false, '198.18.0.7 is listed again.\n'],
])('hosts %s', async (arg, ignored, specified) => {
  const path = 'PATCH /api/v1/hosts/198.18.0.7';
  const { stdout, requests } = await runIn({ answers: { [path]: () => host } }, ['hosts', arg, '198.18.0.7']);
  expect(stdout).toBe(specified);
  expect(requests[0]?.body).toEqual({ ignored });
});

test('lists can be had of what is slow, flapping or ignored', async () => {
  const args = ['hosts', 'list', '--slow', '--flapping', '--ignored', 'only'];
  const { requests } = await runIn({ answers: { [LIST]: listAnswer([]) } }, args);
  expect(requests[0]?.query).toMatchObject({ slow: 'true', flapping: 'true', ignored: 'only' });
});

test('a host is shown with its life, its names and how fast it answers', async () => {
  const answers = { [`GET /api/v1/hosts/${HOST_ID}`]: () => host };
  const { stdout } = await runIn({ answers }, ['hosts', 'show', HOST_ID]);
  // Where this machine is.
  const day = new Date(FIRST).toLocaleDateString('sv-SE');
  for (const line of [
    /Status +down \(no-response\), missed by 4 runs\n/,
    new RegExp(`Since +${day} `),
    new RegExp(`No answer +${day} .*, to scan ${HOST_ID}\n`),
    new RegExp(`No answer +${day} .*, to scan ${HOST_ID}, which could not have heard it\n`),
    /Name +door \(given by hand\)\n/,
    new RegExp(`Also +old\\.test \\(from the DNS, ${day} `),
    /MAC +02:00:00:00:00:01 \(randomized\)\n/,
    /Answers in +250 ms on average \(0\.12 ms to 400 ms, 3 answers\), slow\n/,
    /Down after +down after 4 missed runs, gone after 7 days more\n/,
  ])
    expect(stdout).toMatch(line);
});
