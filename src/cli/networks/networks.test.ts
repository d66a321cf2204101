import { expect, test } from 'vitest';
import type { Exclusion } from '#contract/networks/exclusion.js';
import type { Network } from '#contract/networks/network.js';
import { HOST_ID, runIn } from '../../../test/support/programs/cli-context.ts';
import { SCAN_ID } from '../../../test/support/scans/scan-view.ts';

const LIST = 'GET /api/v1/networks';
const EXCLUSIONS = '/api/v1/exclusions';
const network: Network = {
  id: HOST_ID,
  site: 'default',
  cidr: '198.18.0.0/24',
  name: 'office',
  description: null,
  enabled: true,
  down_after_misses: null,
  gone_after_days: null,
  created_at: '2026-11-01T00:00:00.000Z',
  updated_at: '2026-11-01T00:00:00.000Z',
  hosts: 12,
  hosts_up: 9,
  exclusions: 1,
  excluded_addresses: '65',
};
const exclusion: Exclusion = {
  id: SCAN_ID,
  scope: 'network',
  site: 'default',
  network: { id: HOST_ID, name: 'office', cidr: '198.18.0.0/24' },
  address: '198.18.0.9',
  reason: 'a printer',
  created_by: 'os:me',
  created_at: '2026-11-01T00:00:00.000Z',
};
function pageOf<Item>(data: readonly Item[]) {
  return { data, pagination: { page: 1, page_size: 1_000, total_items: data.length, total_pages: 1 } };
}
const found = { [LIST]: () => pageOf([network]) };
const rowsOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/));

test('a network is stored with the values of the options', async () => {
  const args = [
    'networks',
    'add',
    '198.18.0.0/24',
    '--name',
    'office',
    '--site',
    'branch',
    '--description',
    'x',
  ];
  const { stdout, requests } = await runIn({ answers: { 'POST /api/v1/networks': () => network } }, args);
  expect(stdout).toBe('The network office (198.18.0.0/24) is stored; nothing was sent to it.\n');
  expect(requests[0]?.body).toEqual({
    cidr: '198.18.0.0/24',
    name: 'office',
    site: 'branch',
    description: 'x',
  });
});

test.each([
  [['198.18.0.5/24'], 'The network of that address is 198.18.0.0/24.'],
  [['198.18.0.0/24', '--name', '10.1'], 'letter'],
])('networks add %s is refused before any request is sent', async (args, given) => {
  const { exit, stderr, calls } = await runIn({}, ['networks', 'add', ...args]);
  expect({ exit, calls }).toEqual({ exit: 2, calls: [] });
  expect(stderr).toContain(given);
});

test('the list shows each with its hosts', async () => {
  const off = { ...network, name: 'fd00::/64', cidr: 'fd00::/64', enabled: false, hosts: 0, hosts_up: 0 };
  const fixture = { answers: { [LIST]: () => pageOf([network, off]) } };
  const { stdout, requests } = await runIn(fixture, ['networks', 'list', '--site', 'default']);
  expect(requests[0]?.query).toMatchObject({ site: 'default' });
  expect(rowsOf(stdout)).toEqual([
    ['NAME', 'CIDR', 'SITE', 'STATE', 'HOSTS', 'UP', 'EXCLUDED'],
    ['office', '198.18.0.0/24', 'default', 'enabled', '12', '9', '65'],
    ['fd00::/64', 'fd00::/64', 'default', 'disabled', '0', '0', '65'],
  ]);
  expect((await runIn({ answers: { [LIST]: () => pageOf([]) } }, ['networks', 'list'])).stdout).toBe(
    'No networks.\n',
  );
});

test('one is shown, by name or id, with its figures', async () => {
  const stats = {
    addresses: '256',
    excluded_addresses: '1',
    hosts: { total: 12, up: 9, down: 1, unknown: 0, gone: 2 },
    open_ports: 31,
    last_seen: null,
    scans: { total: 4, last_started_at: null },
  };
  const answers = {
    ...found,
    [`GET /api/v1/networks/${HOST_ID}`]: () => network,
    [`GET /api/v1/networks/${HOST_ID}/stats`]: () => stats,
  };
  const shown = await runIn({ answers }, ['networks', 'show', HOST_ID]);
  expect(shown.stdout).toContain('12 hosts, 9 up');
  expect(shown.stdout).toMatch(/^Excluded +65 addresses, by whichever exclusion; 1 exclusion of its own$/m);
  const { stdout, requests } = await runIn({ answers }, ['networks', 'stats', 'office', '--site', 'default']);
  expect(requests[0]?.query).toEqual({ name: 'office', site: 'default' });
  expect(stdout).toContain('256, 1 excluded');
  expect(stdout).toContain('9 up, 1 down, 2 gone, 0 unknown');
  const json = JSON.parse((await runIn({ answers }, ['networks', 'stats', 'office', '--json'])).stdout);
  expect(json).toEqual({ network: 'office', cidr: '198.18.0.0/24', ...stats });
});

test.each([
  [['rename', 'office', 'hq'], { name: 'hq' }, 'is called hq now'],
  [['enable', 'office'], { enabled: true }, 'is enabled'],
  [['disable', '198.18.0.0/24'], { enabled: false }, 'is disabled'],
])('networks %s changes that alone', async (args, body, printed) => {
  const answers = { ...found, [`PATCH /api/v1/networks/${HOST_ID}`]: () => ({ ...network, ...body }) };
  const { stdout, requests } = await runIn({ answers }, ['networks', ...args]);
  expect(stdout).toBe(`The network office (198.18.0.0/24) ${printed}.\n`);
  expect(requests.at(-1)?.body).toEqual(body);
});

test('disabling a network lists the schedules that name it', async () => {
  const off = { ...network, enabled: false };
  const disable = (failing_schedules: string[]) => {
    const answers = {
      ...found,
      [`PATCH /api/v1/networks/${HOST_ID}`]: () => ({ ...off, failing_schedules }),
    };
    return runIn({ answers }, ['networks', 'disable', 'office']);
  };
  expect((await disable(['nightly'])).stderr).toBe(
    'The next runs of the schedule "nightly" fail until the network is enabled or it has other targets.\n',
  );
  const many = await disable(['a', 'b', 'c', 'd', 'e', 'f']);
  expect(many.stderr).toContain('schedules "a", "b", "c", "d", "e" and 1 more fail');
  expect((await disable([])).stderr).toBe('');
});

test('one is removed', async () => {
  const outcome = {
    networks_matched: 1,
    networks_removed: 1,
    networks_refused: 0,
    hosts: 0,
    dry_run: false,
    results: [{ id: HOST_ID, name: 'office', outcome: 'removed', error: null }],
  };
  const answers = { ...found, 'POST /api/v1/networks/bulk/remove': () => outcome };
  const { exit, stdout } = await runIn({ answers }, ['networks', 'remove', 'office']);
  expect({ exit, stdout }).toEqual({
    exit: 0,
    stdout: 'The network office is removed; its scans and hosts stay.\n',
  });
});

test('a name that no network has, or that exists at several sites, is an error', async () => {
  const none = await runIn({ answers: { [LIST]: () => pageOf([]) } }, ['networks', 'show', 'office']);
  expect(none).toMatchObject({
    exit: 1,
    stderr: expect.stringContaining('There is no network called "office".'),
  });
  const twins = { [LIST]: () => pageOf([network, { ...network, site: 'branch' }]) };
  const two = await runIn({ answers: twins }, ['networks', 'show', 'office']);
  expect(two).toMatchObject({ exit: 2, stderr: expect.stringContaining('--site: default, branch') });
});

test('addresses are excluded everywhere, at a site, or in a network', async () => {
  const answers = { ...found, [`POST ${EXCLUSIONS}`]: () => exclusion };
  const bodyOf = async (...args: string[]) => (await runIn({ answers }, args)).requests.at(-1)?.body;
  expect(await bodyOf('exclusions', 'add', '198.18.0.9')).toEqual({ address: '198.18.0.9' });
  expect(await bodyOf('exclusions', 'add', '198.18.0.1-9', '--site', 'branch', '--reason', 'x')).toEqual({
    address: '198.18.0.1-9',
    site: 'branch',
    reason: 'x',
  });
  const inNetwork = { address: '198.18.0.9', network: HOST_ID };
  expect(await bodyOf('exclusions', 'add', '198.18.0.9', '--network', 'office')).toEqual(inNetwork);
  expect(await bodyOf('networks', 'exclusions', 'add', 'office', '198.18.0.9', '--reason', 'x')).toEqual({
    ...inNetwork,
    reason: 'x',
  });
  const { stdout } = await runIn({ answers }, ['exclusions', 'add', '198.18.0.9']);
  expect(stdout).toBe(
    '198.18.0.9 is excluded in network "office" of site "default"; scans that run heed it within a second.\n',
  );
});

test('exclusions are listed, of everywhere or of a network, and removed', async () => {
  const answers = {
    ...found,
    [`GET ${EXCLUSIONS}`]: () =>
      pageOf([exclusion, { ...exclusion, scope: 'global', site: null, network: null }]),
    [`GET /api/v1/networks/${HOST_ID}/exclusions`]: () => pageOf([exclusion]),
    [`DELETE ${EXCLUSIONS}/${SCAN_ID}`]: () => undefined,
  };
  const { stdout } = await runIn({ answers }, ['exclusions', 'list']);
  expect(rowsOf(stdout).map((row) => row.slice(0, 4))).toEqual([
    ['ADDRESS', 'WHERE', 'REASON', 'BY'],
    ['198.18.0.9', 'in network "office" of site "default"', 'a printer', 'os:me'],
    ['198.18.0.9', 'everywhere', 'a printer', 'os:me'],
  ]);
  for (const args of [
    ['networks', 'exclusions', 'list', 'office'],
    ['exclusions', 'list', '--network', 'office', '--site', 'default'],
  ]) {
    const ofOne = await runIn({ answers }, [...args, '--json']);
    expect(ofOne.calls.at(-1)).toBe(`GET /api/v1/networks/${HOST_ID}/exclusions`);
  }
  const atSite = await runIn({ answers }, ['exclusions', 'list', '--site', 'branch']);
  expect(atSite.requests.at(-1)?.query).toEqual({ page: 1, page_size: 1_000, site: 'branch' });
  const own = await runIn({ answers }, ['exclusions', 'list', '--site', 'branch', '--own']);
  expect(own.requests.at(-1)?.query).toMatchObject({ site: 'branch', own: 'true' });
  for (const args of [
    ['exclusions', 'remove', SCAN_ID],
    ['networks', 'exclusions', 'remove', SCAN_ID],
  ])
    expect((await runIn({ answers }, args)).stdout).toContain(`The exclusion ${SCAN_ID} is removed`);
});

test.each([
  [['exclusions', 'add', 'printer.example'], 'only addresses can be excluded'],
  [['exclusions', 'add', '198.18.0-3.9'], 'more than one range'],
  [['exclusions', 'remove', 'printer'], 'not the id of an exclusion'],
  [['exclusions', 'list', '--own'], '--own has a meaning only with --site'],
  [['exclusions', 'list', '--own', '--site', 'x', '--network', 'y'], '--own has a meaning only with --site'],
  [['networks', 'exclusions', 'add', 'office'], 'There is no address to exclude.'],
  [['networks', 'exclusions', 'list', 'office', '198.18.0.9'], 'a word too many'],
  [['networks', 'exclusions', 'forget', 'office'], 'one of list, add, remove'],
  [['networks', 'exclusions', 'list', 'office', '--reason', 'x'], '`--reason` has no meaning for list'],
  [['networks', 'exclusions', 'remove', SCAN_ID, '--site', 'x'], '`--site` has no meaning with the id'],
])('%s is refused before any request is sent', async (args, given) => {
  const { exit, stderr, calls } = await runIn({ answers: found }, args);
  expect({ exit, calls }).toEqual({ exit: 2, calls: [] });
  expect(stderr).toContain(given);
});

test('down_after_misses of a network is set, and gone_after is reset to its default', async () => {
  const change = `PATCH /api/v1/networks/${HOST_ID}`;
  const args = ['networks', 'edit', 'office', '--down-after-misses', '5', '--gone-after', 'default'];
  const { stdout, requests } = await runIn({ answers: { ...found, [change]: () => network } }, args);
  expect(stdout).toBe('The network office (198.18.0.0/24) is changed.\n');
  expect(requests.at(-1)?.body).toEqual({ down_after_misses: 5, gone_after_days: null });
  expect((await runIn({}, ['networks', 'edit', 'office'])).exit).toBe(2);
});
