import { describe, expect, test } from 'vitest';
import { failing, HOST_ID, listAnswer, NOW_MS, runIn } from '../../../test/support/programs/cli-context.ts';
import { SCAN_ID, scanOf } from '../../../test/support/scans/scan-view.ts';

const DELETE = 'POST /api/v1/scans/bulk/delete';
const TAG = 'POST /api/v1/scans/bulk/tags';
const REMOVE = 'POST /api/v1/networks/bulk/remove';
const running = {
  id: HOST_ID,
  outcome: 'refused',
  error: { code: 'invalid_transition', message: 'The scan is running, so it cannot be deleted.', hint: null },
};
const deletion = {
  scans_matched: 13,
  scans_deleted: 12,
  scans_refused: 1,
  open_ports: 340,
  dry_run: false,
  results: [{ id: SCAN_ID, outcome: 'deleted', error: null }, running],
};
const bodies = (requests: readonly { readonly body?: unknown }[]) => requests.map(({ body }) => body);

describe('scans delete', () => {
  test('tells what goes and what stays of all that match, and deletes as many as were agreed to', async () => {
    const fixture = { terminal: true, typed: 'yes', answers: { [DELETE]: () => deletion } };
    const args = ['scans', 'delete', '--tag', 'Nightly', '--older-than', '30d', '--kind', 'all'];
    const { exit, stdout, stderr, requests } = await runIn(fixture, args);
    expect(stderr).toContain(
      '12 scans with 340 open ports would be deleted: no list shows them any more; nothing is removed, and hosts keep what was found. 1 scan cannot be deleted. Delete them? [y/N]',
    );
    const filter = {
      tag: 'Nightly',
      kind: 'all',
      created_before: new Date(NOW_MS - 30 * 86_400_000).toISOString(),
    };
    expect(bodies(requests)).toEqual([
      { filter, dry_run: true },
      { filter, only_ids: [SCAN_ID] },
    ]);
    expect({ exit, stdout }).toEqual({
      exit: 1,
      stdout: `12 scans deleted; \`scanorama scans undelete ID\` brings one back.\n${HOST_ID}: The scan is running, so it cannot be deleted. [invalid_transition]\n`,
    });
  });

  test('deletes nothing where nobody says yes, or nothing matches', async () => {
    const answers = { [DELETE]: () => deletion };
    const refused = await runIn({ terminal: true, typed: '', answers }, ['scans', 'delete', '--name', 'x']);
    expect(refused).toMatchObject({ exit: 2, calls: [DELETE] });
    const unprobed = await runIn({ answers }, ['scans', 'delete', '--status', 'failed']);
    expect(unprobed).toMatchObject({ exit: 2, calls: [DELETE], stderr: expect.stringContaining('--yes') });
    const none = { ...deletion, scans_matched: 0, scans_deleted: 0, scans_refused: 0, results: [] };
    const nothing = await runIn({ answers: { [DELETE]: () => none } }, ['scans', 'delete', '--tag', 'x']);
    expect(nothing).toMatchObject({ exit: 0, stdout: 'No scan matches, so nothing was deleted.\n' });
  });

  test('only looks with --dry-run, also at what is named, and asks nothing with --yes', async () => {
    const options = { ...deletion, dry_run: true };
    const fixture = { answers: { [DELETE]: () => options } };
    const { stdout, requests } = await runIn(fixture, ['scans', 'delete', SCAN_ID, '--dry-run']);
    expect(bodies(requests)).toEqual([{ scan_ids: [SCAN_ID], dry_run: true }]);
    expect(stdout).toContain('Nothing was deleted.');
    const yes = { answers: { [DELETE]: () => deletion } };
    const done = await runIn(yes, ['scans', 'delete', '--status', 'failed', '--yes', '--json']);
    expect(JSON.parse(done.stdout)).toEqual(deletion);
    expect(bodies(done.requests)).toEqual([{ filter: { status: 'failed' } }]);
  });

  test.each([
    [['scans', 'delete'], 'No scan was named.'],
    [['scans', 'delete', SCAN_ID, '--tag', 'x'], 'not both'],
    [['scans', 'tag', 'put', 'x', '--scan', 'last'], 'one of add, remove'],
    [['scans', 'tag', 'add', 'x'], 'No scan was named.'],
    [['networks', 'remove'], 'No network was named.'],
    [['networks', 'remove', 'office', '--all'], 'not both'],
  ])('%j is a slip of the pen', async (args, given) => {
    expect(await runIn({}, args)).toMatchObject({
      exit: 2,
      calls: [],
      stderr: expect.stringContaining(given),
    });
  });
});

describe('tags of scans', () => {
  const DIGEST = 'ab'.repeat(32);
  const tagged = { scans_matched: 2, scans_changed: 1, moves: [], digest: DIGEST, dry_run: false };

  test('are added to what is named, in one request', async () => {
    const args = ['scans', 'tag', 'add', 'web,db', 'edge', '--scan', SCAN_ID, '--scan', HOST_ID];
    const { stdout, requests } = await runIn({ answers: { [TAG]: () => tagged } }, args);
    expect(bodies(requests)).toEqual([
      { scan_ids: [SCAN_ID, HOST_ID], tags: ['web', 'db', 'edge'], action: 'add' },
    ]);
    expect(stdout).toBe('1 scan changed.\n');
  });

  test('are removed from what a filter finds, after a question', async () => {
    const fixture = { terminal: true, typed: 'y', answers: { [TAG]: () => tagged } };
    const { stderr, requests } = await runIn(fixture, [
      'scans',
      'tag',
      'remove',
      'web',
      '--profile',
      'quick',
    ]);
    expect(stderr).toContain('2 scans are meant, 1 scan would change. Change them? [y/N]');
    const probed = { filter: { profile: 'quick' }, tags: ['web'], action: 'remove' };
    expect(bodies(requests)).toEqual([
      { ...probed, dry_run: true },
      { ...probed, expected: DIGEST },
    ]);
  });

  test('are asked for at the start, filter the list, and are shown where there are any', async () => {
    const tags = [
      { name: 'edge', color: null },
      { name: 'Nightly', color: '#a8231c' },
    ];
    const path = 'GET /api/v1/scans';
    const fixture = { answers: { [path]: listAnswer([scanOf({ tags })]) } };
    const { stdout, requests } = await runIn(fixture, ['scans', 'list', '--tag', 'nightly']);
    expect(requests[0]?.query).toMatchObject({ tag: 'nightly' });
    expect(stdout).toContain('TAGS');
    expect(stdout).toContain('edge, Nightly');
    const bare = await runIn({ answers: { [path]: listAnswer([scanOf()]) } }, ['scans', 'list']);
    expect(bare.stdout).not.toContain('TAGS');
    const refusing = { answers: { 'POST /api/v1/scans': failing('conflict', 'Not now.') } };
    const args = ['scan', '127.0.0.1', '--tag', 'nightly,edge', '--tag', 'Web'];
    const started = await runIn(refusing, args);
    const [start] = started.requests.filter(({ method }) => method === 'POST');
    expect(start?.body).toMatchObject({ tags: ['nightly', 'edge', 'Web'] });
  });
});

describe('networks remove', () => {
  const office = {
    id: SCAN_ID,
    site: 'default',
    cidr: '198.18.0.0/24',
    name: 'office',
    description: null,
    enabled: true,
    created_at: '2026-11-01T00:00:00.000Z',
    updated_at: '2026-11-01T00:00:00.000Z',
    hosts: 0,
    hosts_up: 0,
    exclusions: 1,
  };
  const outcome = {
    networks_matched: 2,
    networks_removed: 1,
    networks_refused: 1,
    hosts: 9,
    dry_run: false,
    results: [
      { id: SCAN_ID, name: 'office', outcome: 'removed', error: null },
      {
        id: HOST_ID,
        name: 'lab',
        outcome: 'refused',
        error: { code: 'conflict', message: 'It has 1 exclusion.', hint: null },
      },
    ],
  };

  test('asks before it removes all of a site', async () => {
    const fixture = { terminal: true, typed: 'y', answers: { [REMOVE]: () => outcome } };
    const args = ['networks', 'remove', '--all', '--site', 'plant', '--disabled'];
    const { stdout, stderr, requests } = await runIn(fixture, args);
    expect(stderr).toContain(
      '1 network would be permanently removed; their scans and the 9 hosts in them stay. 1 network cannot be removed. Remove them? [y/N]',
    );
    const filter = { site: 'plant', enabled: false };
    expect(bodies(requests)).toEqual([
      { filter, dry_run: true },
      { filter, only_ids: [SCAN_ID] },
    ]);
    expect(stdout).toBe(
      'The network office is removed; its scans and hosts stay.\nlab: It has 1 exclusion. [conflict]\n',
    );
  });

  test('takes several names as a look at them does: one that stays keeps no other, and the exit code tells', async () => {
    const answers = { 'GET /api/v1/networks': listAnswer([office]), [REMOVE]: () => outcome };
    const args = ['networks', 'remove', 'office', 'lab'];
    const done = await runIn({ answers }, args);
    expect(bodies(done.requests).at(-1)).toEqual({ network_ids: [SCAN_ID, SCAN_ID] });
    const options = await runIn({ answers }, [...args, '--dry-run', '--json']);
    expect(bodies(options.requests).at(-1)).toEqual({ network_ids: [SCAN_ID, SCAN_ID], dry_run: true });
    expect([done.exit, options.exit]).toEqual([1, 1]);
    expect(done.stdout).toContain('lab: It has 1 exclusion. [conflict]');
    expect(JSON.parse(options.stdout)).toEqual(outcome);
  });

  test('fails where nothing could be removed, and says what can be done about one', async () => {
    const error = { code: 'conflict', message: 'It stays.', hint: 'Ask `scanorama networks list`.' };
    const none = {
      ...outcome,
      networks_matched: 1,
      networks_removed: 0,
      results: [{ id: HOST_ID, name: 'lab', outcome: 'refused', error }],
    };
    const fixture = { program: './scanorama', answers: { [REMOVE]: () => none } };
    expect(await runIn(fixture, ['networks', 'remove', '--all', '--yes'])).toMatchObject({
      exit: 1,
      stdout: 'Nothing was removed.\nlab: It stays. [conflict]\nhint: Ask `./scanorama networks list`.\n',
    });
  });
});
