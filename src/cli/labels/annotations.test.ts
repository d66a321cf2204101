import { describe, expect, test } from 'vitest';
import { HOST_ID, listAnswer, runIn } from '../../../test/support/programs/cli-context.ts';
import { SCAN_ID } from '../../../test/support/scans/scan-view.ts';

const API = '/api/v1';
const result = { created_by: 'os:me', created_at: '2026-11-01T00:00:00.000Z' };
const tag = { name: 'web', color: null, hosts: 1_200, scans: 7, ...result };
const owner = { id: HOST_ID, name: 'Net', contact: null, hosts: 0, networks: ['office'], ...result };
const field = { name: 'rack', type: 'number', choices: null, description: null, hosts: 3, ...result };
const group = {
  id: HOST_ID,
  name: 'Printers',
  description: 'all of them',
  color: null,
  kind: 'static',
  rule: null,
  hosts: 2,
  ...result,
  updated_by: 'os:you',
  updated_at: result.created_at,
};
const outcome = { edit: HOST_ID, hosts_matched: 2, hosts_changed: 2, examples: [], dry_run: false };
const TAKES_BACK = `\`scanorama hosts undo ${HOST_ID}\` takes it back (\`scanorama hosts edits\` lists the ids).`;
const UNDO = `2 hosts changed; ${TAKES_BACK}`;

describe.each([
  ['tags', tag, ['web', '1,200']],
  ['owners', owner, ['Net', 'office']],
  ['groups', group, ['Printers', 'static', 'all of them']],
] as const)('%s list', (noun, item, args) => {
  test('shows a table, JSON, and a sentence when there is none', async () => {
    const answers = { [`GET ${API}/${noun}`]: listAnswer([item]) };
    const { stdout } = await runIn({ answers }, [noun, 'list']);
    for (const arg of args) expect(stdout).toContain(arg);
    expect(JSON.parse((await runIn({ answers }, [noun, 'list', '--json'])).stdout)).toEqual([item]);
    const none = await runIn({ answers: { [`GET ${API}/${noun}`]: listAnswer([]) } }, [noun, 'list']);
    expect(none.stdout).toBe(`No ${noun}.\n`);
  });
});

test.each([
  [
    ['tags', 'add', 'web', '--color', '#ABCDEF'],
    `POST ${API}/tags`,
    tag,
    { name: 'web', color: '#abcdef' },
    'The tag web is made.',
  ],
  [
    ['tags', 'rename', 'www', 'web'],
    `PATCH ${API}/tags/www`,
    tag,
    { name: 'web' },
    'The tag www is called web now.',
  ],
  [
    ['tags', 'color', 'web', 'none'],
    `PATCH ${API}/tags/web`,
    tag,
    { color: null },
    'The color of the tag web: none.',
  ],
  [
    ['tags', 'remove', 'env:a/b'],
    `DELETE ${API}/tags/env%3Aa%2Fb`,
    { ...outcome, scans_changed: 7 },
    undefined,
    `The tag env:a/b is removed: 2 hosts and 7 scans had it; ${TAKES_BACK}`,
  ],
  [
    ['owners', 'add', 'Net', '--contact', 'x'],
    `POST ${API}/owners`,
    owner,
    { name: 'Net', contact: 'x' },
    'The owner Net is stored.',
  ],
  [
    ['owners', 'update', 'Old', '--name', 'Net'],
    `PATCH ${API}/owners/Old`,
    owner,
    { name: 'Net' },
    'The owner Net is changed.',
  ],
  [['owners', 'remove', 'Net'], `DELETE ${API}/owners/Net`, owner, undefined, 'The owner Net is removed.'],
  [
    ['fields', 'add', 'Rack', '--type', 'number'],
    `POST ${API}/fields`,
    field,
    { name: 'rack', type: 'number' },
    'The field rack is defined: number.',
  ],
  [
    ['fields', 'update', 'rack', '--description', 'where'],
    `PATCH ${API}/fields/rack`,
    field,
    { description: 'where' },
    'The field rack is changed.',
  ],
  [
    ['fields', 'remove', 'rack'],
    `DELETE ${API}/fields/rack`,
    outcome,
    undefined,
    `The field rack is removed: 2 hosts had a value; ${TAKES_BACK}`,
  ],
  [
    ['groups', 'create', 'Printers', '--description', 'd'],
    `POST ${API}/groups`,
    group,
    { name: 'Printers', description: 'd' },
    'The group Printers is made.',
  ],
  [
    ['groups', 'update', 'p', '--name', 'Printers'],
    `PUT ${API}/groups/p`,
    group,
    { name: 'Printers' },
    'The group Printers is changed.',
  ],
  [
    ['groups', 'delete', 'Printers'],
    `DELETE ${API}/groups/Printers`,
    outcome,
    undefined,
    `The group Printers is removed, and its hosts stay; ${TAKES_BACK}`,
  ],
  [
    ['groups', 'add-member', 'Printers', HOST_ID],
    `POST ${API}/groups/Printers/hosts`,
    outcome,
    { host_ids: [HOST_ID] },
    UNDO,
  ],
  [
    ['groups', 'remove-member', 'Printers', HOST_ID],
    `DELETE ${API}/groups/Printers/hosts`,
    outcome,
    { host_ids: [HOST_ID] },
    UNDO,
  ],
] as const)('%j', async (args, call, answer, body, given) => {
  const { exit, stdout, requests, calls } = await runIn({ answers: { [call]: () => answer } }, [...args]);
  expect({ exit, stdout, calls }).toEqual({ exit: 0, stdout: `${given}\n`, calls: [call] });
  expect(requests[0]?.body).toEqual(body);
});

test('the fields are a list of their own', async () => {
  const answers = { [`GET ${API}/fields`]: () => ({ data: [field] }) };
  expect((await runIn({ answers }, ['fields', 'list'])).stdout).toContain('number');
  expect(JSON.parse((await runIn({ answers }, ['fields', 'list', '--json'])).stdout)).toEqual([field]);
});

test('a group is shown', async () => {
  const answers = { [`GET ${API}/groups/printers`]: () => group };
  const { stdout } = await runIn({ answers }, ['groups', 'show', 'printers']);
  expect(stdout).toContain('all of them');
  expect(stdout).toMatch(/Changed .* by os:you/);
});

test('a group is made of a filter, and its members are listed', async () => {
  const rule = { ...group, kind: 'rule', rule: 'port:9100' };
  const host = {
    id: HOST_ID,
    ip: '198.18.0.9',
    site: 'default',
    hostname: null,
    mac: null,
    vendor: null,
    status: 'up',
    status_reason: null,
    os_family: null,
    first_seen: result.created_at,
    last_seen: result.created_at,
    open_ports: [],
    tags: [{ name: 'printer', color: null }],
  };
  const answers = {
    [`POST ${API}/groups`]: () => rule,
    [`GET ${API}/groups/Printers/hosts`]: listAnswer([host, { ...host, id: SCAN_ID, site: 'branch' }]),
  };
  const created = await runIn({ answers }, ['groups', 'create', 'Printers', '--rule', 'port:9100']);
  expect(created.requests[0]?.body).toEqual({ name: 'Printers', rule: 'port:9100' });
  const members = await runIn({ answers }, ['groups', 'members', 'Printers']);
  expect(members.stdout).toMatch(/198\.18\.0\.9 +up .* printer\n198\.18\.0\.9 \(branch\) +up .* printer/);
  expect(
    JSON.parse((await runIn({ answers }, ['groups', 'members', 'Printers', '--json'])).stdout),
  ).toMatchObject([
    { ip: '198.18.0.9', tags: [{ name: 'printer' }] },
    { ip: '198.18.0.9', site: 'branch' },
  ]);
  const wrong = await runIn({ answers }, ['groups', 'update', 'Printers', '--rule', 'port:']);
  expect(wrong).toMatchObject({ exit: 2, calls: [] });
});

test('a network is given to an owner by its name', async () => {
  const network = { id: HOST_ID, site: 'default', cidr: '198.18.0.0/24', name: 'office', description: null };
  const counts = { enabled: true, hosts: 0, hosts_up: 0, exclusions: 0 };
  const times = { created_at: result.created_at, updated_at: result.created_at };
  const answers = {
    [`GET ${API}/networks`]: listAnswer([{ ...network, ...counts, ...times }]),
    [`PUT ${API}/networks/${HOST_ID}/owner`]: () => ({ network: 'office', owner: 'Net' }),
  };
  const { stdout, requests } = await runIn({ answers }, ['owners', 'assign', 'Net', 'office']);
  expect(stdout).toBe('The network office is of Net now.\n');
  expect(requests[1]?.body).toEqual({ owner: 'Net' });
  const none = {
    ...answers,
    [`PUT ${API}/networks/${HOST_ID}/owner`]: () => ({ network: 'office', owner: null }),
  };
  const freed = await runIn({ answers: none }, ['owners', 'unassign', 'office']);
  expect(freed.stdout).toBe('The network office is without an owner now.\n');
  expect(freed.requests[1]?.body).toEqual({ owner: null });
});

test.each([
  [['tags', 'add', 'a,b'], 'cannot be the name of a tag'],
  [['tags', 'add', 'a', '--color', 'red'], 'is no colour'],
  [['owners', 'edit', 'Net'], 'No change was specified.'],
  [['fields', 'add', 'x', '--type', 'choice'], '--type choice needs it'],
  [['fields', 'add', 'x', '--type', 'blob'], 'must be one of'],
  [['fields', 'edit', 'x'], 'No change was specified.'],
  [['groups', 'edit', 'x'], 'No change was specified.'],
  [['groups', 'update', 'x'], 'No change was specified.'],
  [['groups', 'edit', 'x', '--description', 'y', '--clear-description'], 'contradict each other'],
  [['groups', 'add-member', 'x', '198.18.0.256'], 'neither the id, the address nor the name'],
])('%j is refused before anybody is asked', async (args, given) => {
  const { exit, stderr, calls } = await runIn({}, args);
  expect({ exit, calls }).toEqual({ exit: 2, calls: [] });
  expect(stderr).toContain(given);
});
