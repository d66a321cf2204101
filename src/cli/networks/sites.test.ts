import { expect, test } from 'vitest';
import type { Site } from '#contract/networks/site.js';
import { HOST_ID, runIn } from '../../../test/support/programs/cli-context.ts';

const SITES = '/api/v1/sites';
const site: Site = {
  id: HOST_ID,
  name: 'branch',
  created_at: '2026-11-01T00:00:00.000Z',
  networks: 2,
  hosts: 1_300,
  scans: 4,
  hosts_listed: 1_200,
  scans_listed: 3,
  exclusions: 0,
  schedules: 0,
  workers: 0,
  scope: [],
  unscoped_accepted_at: null,
  unscoped_accepted_by: null,
};
const pageOf = (data: readonly Site[]) => ({
  data,
  pagination: { page: 1, page_size: 1_000, total_items: data.length, total_pages: 1 },
});

test('a site is made, renamed and removed by its name', async () => {
  const answers = {
    [`POST ${SITES}`]: () => site,
    [`PATCH ${SITES}/branch`]: () => ({ ...site, name: 'north' }),
    [`DELETE ${SITES}/branch`]: () => undefined,
  };
  const added = await runIn({ answers }, ['sites', 'add', 'branch']);
  expect(added).toMatchObject({
    exit: 0,
    stdout:
      'The site branch is made. Until it has a worker of its own, the server and workers of no site scan it, from where they stand.\n',
  });
  expect(added.requests[0]?.body).toEqual({ name: 'branch' });
  const renamed = await runIn({ answers }, ['sites', 'rename', 'branch', 'north']);
  expect(renamed.stdout).toBe('The site branch is called north now.\n');
  expect(renamed.requests[0]?.body).toEqual({ name: 'north' });
  const removed = await runIn({ answers }, ['sites', 'remove', 'branch', '--json']);
  expect(JSON.parse(removed.stdout)).toEqual({ name: 'branch', removed: true });
  const bad = await runIn({ answers }, ['sites', 'add', 'a/b']);
  expect(bad).toMatchObject({ exit: 2, calls: [] });
});

test('the list shows what is in each and what may be scanned there', async () => {
  const data: Site[] = [
    site,
    { ...site, name: 'default', scope: ['198.18.0.0/16', 'fd00::/48'] },
    { ...site, name: 'lab', unscoped_accepted_at: '2026-11-02T00:00:00.000Z', unscoped_accepted_by: 'os:me' },
  ];
  const fixture = { answers: { [`GET ${SITES}`]: () => pageOf(data) } };
  const lines = (await runIn(fixture, ['sites', 'list'])).stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['NAME', 'NETWORKS', 'HOSTS', 'SCANS', 'SCOPE'],
    ['branch', '2', '1,200', '3', 'none; the first scan needs a confirmation'],
    ['default', '2', '1,200', '3', '198.18.0.0/16 fd00::/48'],
    ['lab', '2', '1,200', '3', 'none, confirmed by os:me'],
  ]);
  expect(JSON.parse((await runIn(fixture, ['sites', 'list', '--json'])).stdout)).toEqual(data);
});

test.each([
  [['set', '198.18.0.0/16,fd00::/48'], { scope: ['198.18.0.0/16', 'fd00::/48'] }],
  [['add', '198.19.0.0/24', '198.19.1.0/24'], { scope_add: ['198.19.0.0/24', '198.19.1.0/24'] }],
  [['clear'], { scope: [] }],
])('sites scope branch %s sends the change', async (args, body) => {
  const answers = { [`PATCH ${SITES}/branch`]: () => ({ ...site, scope: ['198.18.0.0/16'] }) };
  const { stdout, requests } = await runIn({ answers }, ['sites', 'scope', 'branch', ...args]);
  expect(stdout).toBe('The scope of the site branch: 198.18.0.0/16.\n');
  expect(requests.map((request) => request.body)).toEqual([body]);
});

const narrow = (failing_schedules: string[]) => {
  const scope = ['198.18.0.0/16'];
  const answers = { [`PATCH ${SITES}/branch`]: () => ({ ...site, scope, failing_schedules }) };
  return runIn({ answers }, ['sites', 'scope', 'branch', 'set', ...scope]);
};

test('a narrower scope lists the schedules that lie outside it', async () => {
  expect(await narrow(['nightly', 'weekly'])).toMatchObject({
    exit: 0,
    stderr:
      'The next runs of the schedules "nightly", "weekly" fail until the scope is wide enough or they have other targets.\n',
  });
  expect((await narrow([])).stderr).toBe('');
});

test('without further arguments the scope is shown', async () => {
  const answers = { [`GET ${SITES}/branch`]: () => site };
  const { stdout } = await runIn({ answers }, ['sites', 'scope', 'branch']);
  expect(stdout).toBe('The scope of the site branch: none; the first scan needs a confirmation.\n');
});

test.each([
  [['set'], 'wants at least one network'],
  [['clear', '198.18.0.0/16'], 'takes no networks'],
  [['grow', '198.18.0.0/16'], 'show, set, add, clear'],
  [['set', '198.18.0.1/16'], 'The network of that address is 198.18.0.0/16.'],
])('sites scope branch %s is refused before any request is sent', async (args, given) => {
  const { exit, stderr, calls } = await runIn({}, ['sites', 'scope', 'branch', ...args]);
  expect({ exit, calls }).toEqual({ exit: 2, calls: [] });
  expect(stderr).toContain(given);
});
