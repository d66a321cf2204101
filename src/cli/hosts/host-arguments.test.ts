import { expect, test } from 'vitest';
import {
  type Fixture,
  failing,
  HOST_ID,
  listAnswer,
  type Outcome,
  runIn,
} from '../../../test/support/programs/cli-context.ts';
import { SCAN_ID } from '../../../test/support/scans/scan-view.ts';

const IP = '198.18.0.9';
const LIST = 'GET /api/v1/hosts';
const OTHER_ID = SCAN_ID;

/** Two sites know the address; each list is of the site that is asked for. */
const fixture = (answers: Fixture['answers'] = {}): Fixture => ({
  answers: {
    [LIST]: ({ query }) => {
      const hosts = [hostAt('branch', HOST_ID), hostAt('main', OTHER_ID)];
      const data = hosts.filter(({ site }) => query?.['site'] === undefined || site === query['site']);
      return { data, pagination: { page: 1, page_size: 50, total_items: data.length, total_pages: 1 } };
    },
    ...answers,
  },
});

const hostAt = (site: string, id: string) => ({
  id,
  ip: IP,
  site,
  hostname: null,
  mac: null,
  vendor: null,
  status: 'up',
  status_reason: null,
  os_family: null,
  os_name: null,
  first_seen: '2026-11-01T00:00:00Z',
  last_seen: '2026-11-01T00:00:00Z',
  open_ports: [],
});

const detail = { ...hostAt('branch', HOST_ID), ports: [], history: [], changes: [] };
const edit = {
  edit: null,
  hosts_matched: 1,
  hosts_changed: 1,
  examples: [IP],
  digest: '0'.repeat(64),
  dry_run: false,
};

test('an address that several sites know is one thing to ask about', async () => {
  const { exit, stderr } = await runIn(fixture(), ['hosts', 'show', IP]);
  expect(exit).toBe(2);
  expect(stderr).toContain(`2 sites know the address ${IP}.`);
  expect(stderr).toContain('Name the site with --site');
});

test.each<[string, string, unknown]>([
  ['show', `GET /api/v1/hosts/${HOST_ID}`, detail],
  ['history', `GET /api/v1/hosts/${HOST_ID}/history`, undefined],
  ['ignore', `PATCH /api/v1/hosts/${HOST_ID}`, detail],
  ['unignore', `PATCH /api/v1/hosts/${HOST_ID}`, detail],
  ['delete', `DELETE /api/v1/hosts/${HOST_ID}`, hostAt('branch', HOST_ID)],
  ['undelete', `POST /api/v1/hosts/${HOST_ID}/restore`, { ...hostAt('branch', HOST_ID), restored: true }],
  ['purge', `POST /api/v1/hosts/${HOST_ID}/purge`, null],
])('with --site, hosts %s means the host there', async (command, path, answer) => {
  const list = { data: [], pagination: { page: 1, page_size: 50, total_items: 0, total_pages: 0 } };
  const answers = { [path]: () => answer ?? { ...list, history_since: null } };
  const argv = ['hosts', command, IP, '--site', 'branch', ...(command === 'purge' ? ['--yes'] : [])];
  expectDone(await runIn(fixture(answers), argv), path);
});

test('with --site, an edit, a group and the scans of a host mean the host there', async () => {
  const bulk = 'POST /api/v1/hosts/bulk';
  const edited = await runIn(fixture({ [bulk]: () => edit }), [
    'hosts',
    'edit',
    IP,
    '--site',
    'branch',
    '--tag',
    'x',
  ]);
  expectDone(edited, bulk);
  expect(edited.requests.at(-1)).toMatchObject({ body: { host_ids: [HOST_ID] } });
  const group = 'POST /api/v1/groups/printers/hosts';
  const put = await runIn(fixture({ [group]: () => edit }), [
    'groups',
    'add-member',
    'printers',
    IP,
    '--site',
    'branch',
  ]);
  expect(put.requests.at(-1)).toMatchObject({ body: { host_ids: [HOST_ID] } });
  const scans = `GET /api/v1/hosts/${HOST_ID}/scans`;
  const list = { data: [], pagination: { page: 1, page_size: 50, total_items: 0, total_pages: 0 } };
  expectDone(
    await runIn(fixture({ [scans]: () => list }), ['scans', 'list', '--host', IP, '--site', 'branch']),
    scans,
  );
});

test.each([
  [['stage'], `GET /api/v1/smart-scan/hosts/${HOST_ID}/stage`],
  [['trigger', '--detach'], `POST /api/v1/smart-scan/hosts/${HOST_ID}/trigger`],
  [['trigger-batch', '--detach'], 'POST /api/v1/smart-scan/trigger-batch'],
])('with --site, smart-scan %j means the host there', async ([command = '', ...flags], path) => {
  const answers = { [path]: failing('conflict', 'Asked for the host.') };
  const argv = ['smart-scan', command, IP, '--site', 'branch', ...flags];
  const { calls, requests } = await runIn({ ...fixture(answers), where: 'local-server' }, argv);
  expect(calls.at(-1)).toBe(path);
  if (command === 'trigger-batch')
    expect(requests.at(-1)).toMatchObject({ body: { host_ids: [HOST_ID], site: 'branch' } });
});

test('a site that does not know the address is named', async () => {
  const { exit, stderr } = await runIn(fixture(), ['hosts', 'show', IP, '--site', 'moon']);
  expect(exit).toBe(1);
  expect(stderr).toContain(`No host with the address ${IP} is known at the site "moon".`);
});

test('a filter has a word of its own for sites', async () => {
  const argv = ['hosts', 'edit', '--filter', 'port:22', '--site', 'branch', '--tag', 'x'];
  expect(await runIn({}, argv)).toMatchObject({ exit: 2, calls: [] });
});

function expectDone({ exit, stderr, calls }: Outcome, path: string): void {
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(calls.at(-1)).toBe(path);
}

const listed = (...hosts: readonly unknown[]) => ({ [LIST]: listAnswer(hosts) });

test('a host is meant by its name too, and of several by their addresses', async () => {
  const change = `PATCH /api/v1/hosts/${HOST_ID}`;
  const host = hostAt('branch', HOST_ID);
  const one = { answers: { ...listed(host), [change]: () => ({ ...host, ports: [], history: [] }) } };
  const { stdout, calls, requests } = await runIn(one, ['hosts', 'ignore', 'Printer 7']);
  expect({ stdout, last: calls.at(-1) }).toEqual({ stdout: 'Printer 7 is ignored.\n', last: change });
  expect(requests[0]).toMatchObject({ query: { filter: 'name="Printer 7"', ignored: 'with' } });
  const twice = { answers: listed(host, { ...hostAt('branch', OTHER_ID), ip: '198.18.0.10' }) };
  expect(await runIn(twice, ['hosts', 'show', 'printer'])).toMatchObject({
    exit: 2,
    stderr:
      'error: 2 hosts are called "printer". [usage]\nhint: Give the address of the one that is meant: 198.18.0.9 (site branch), 198.18.0.10 (site branch).\n',
  });
  expect((await runIn({ answers: listed() }, ['hosts', 'show', 'printer'])).stderr).toContain(
    'No host called "printer" is known. [not_found]',
  );
  const purged = await runIn(twice, ['hosts', 'purge', '--yes', 'printer']);
  expect(purged).toMatchObject({ exit: 2, calls: [] });
});
