import { describe, expect, test } from 'vitest';
import type { BulkEditOutcome } from '#contract/hosts/edit.js';
import {
  type Answer,
  failing,
  HOST_ID,
  listAnswer,
  runIn,
} from '../../../test/support/programs/cli-context.ts';

const BULK = 'POST /api/v1/hosts/bulk';
const EDIT_ID = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e49';
const DIGEST = 'ab'.repeat(32);
const outcome: BulkEditOutcome = {
  digest: DIGEST,
  edit: EDIT_ID,
  hosts_matched: 3,
  hosts_changed: 2,
  examples: ['198.18.0.1', '198.18.0.2'],
  dry_run: false,
};

describe('hosts edit', () => {
  test('says everything at once and how it is taken back', async () => {
    const { exit, stdout, requests } = await runIn(
      { answers: { [BULK]: () => outcome } },
      `hosts edit ${HOST_ID} --tag web,db --tag App --untag old --group printers --owner Net --field rack=7 --field Tier= --note moved`.split(
        ' ',
      ),
    );
    expect(exit).toBe(0);
    expect(stdout).toBe(
      `2 hosts changed; \`scanorama hosts undo ${EDIT_ID}\` takes it back (\`scanorama hosts edits\` lists the ids).\n`,
    );
    expect(requests.map(({ body }) => body)).toEqual([
      {
        host_ids: [HOST_ID],
        change: {
          tags: { add: ['web', 'db', 'App'], remove: ['old'] },
          groups: { add: ['printers'] },
          owner: 'Net',
          fields: { rack: '7', tier: null },
          note: 'moved',
        },
      },
    ]);
  });

  test('says so when everything is so already', async () => {
    const answers = {
      [BULK]: () => ({ ...outcome, edit: null, hosts_matched: 1, hosts_changed: 0, examples: [] }),
    };
    const { stdout } = await runIn({ answers }, ['hosts', 'edit', HOST_ID, '--tag', 'web']);
    expect(stdout).toBe('Nothing changed: 1 host is so already.\n');
  });

  test('only looks with --dry-run, and prints what was answered as JSON', async () => {
    const answers = { [BULK]: () => ({ ...outcome, edit: null, dry_run: true }) };
    const { stdout, requests } = await runIn({ answers }, [
      'hosts',
      'edit',
      HOST_ID,
      '--clear-owner',
      '--dry-run',
    ]);
    expect(stdout).toBe(
      '3 hosts are meant, 2 hosts would change: 198.18.0.1, 198.18.0.2. Nothing was changed.\n',
    );
    expect(requests[0]?.body).toEqual({ host_ids: [HOST_ID], change: { owner: null }, dry_run: true });
    const json = await runIn({ answers }, ['hosts', 'edit', HOST_ID, '--clear-owner', '--dry-run', '--json']);
    expect(JSON.parse(json.stdout)).toEqual({ ...outcome, edit: null, dry_run: true });
  });

  test.each([
    [[HOST_ID], 'No change was specified.'],
    [['--tag', 'a'], 'No host was named.'],
    [[HOST_ID, '--tag', 'a"b'], 'cannot be the name of a tag'],
    [[HOST_ID, '--tag', ','], 'has an empty entry'],
    [[HOST_ID, '--field', 'rack'], 'must be NAME=VALUE'],
    [[HOST_ID, '--field', '1=2'], 'cannot be the name of a field'],
    [[HOST_ID, '--owner', 'x', '--clear-owner'], 'contradict each other'],
    [['198.18.0.256', '--tag', 'a'], 'neither the id, the address nor the name'],
  ])('%j is refused before anybody is asked', async (args, given) => {
    const { exit, stderr, calls } = await runIn({}, ['hosts', 'edit', ...args]);
    expect({ exit, calls }).toEqual({ exit: 2, calls: [] });
    expect(stderr).toContain(given);
  });
});

describe('hosts undo and hosts edits', () => {
  const edits = [EDIT_ID, `${EDIT_ID.slice(0, -2)}77`].map((id) => ({
    id,
    actor: 'os:me',
    summary: 'tag web',
    created_at: '2026-11-23T10:00:00.000Z',
    hosts: 2,
    undoes: null,
    undone_by: null,
  }));
  /** As the server lists: the newest first, those that begin so where that is asked. */
  const list: Answer = (request) =>
    listAnswer(
      edits.filter(({ id }) => id.startsWith(String(request.query?.['id_prefix'] ?? '').toLowerCase())),
    )(request);

  test('an edit is taken back by its id', async () => {
    const answers = {
      [`POST /api/v1/hosts/edits/${EDIT_ID}/undo`]: () => ({
        summary: 'tag web',
        edit: HOST_ID,
        hosts_changed: 1,
        examples: [],
        left: 2,
      }),
      'GET /api/v1/hosts/edits': list,
    };
    const { stdout } = await runIn({ answers }, ['hosts', 'undo', EDIT_ID]);
    expect(stdout).toBe('Taken back: tag web. 1 host is as before; 2 changes stayed as they are.\n');
    for (const arg of ['last', EDIT_ID.slice(0, -1).toUpperCase()])
      expect(await runIn({ answers }, ['hosts', 'undo', arg])).toMatchObject({ exit: 0, stdout });
    const bad = await runIn({ answers }, ['hosts', 'undo', 'first']);
    expect(bad).toMatchObject({
      exit: 2,
      calls: [],
      stderr: expect.stringContaining('not the id of an edit'),
    });
  });

  test.each([
    [2, 1, '2 hosts and 1 scan are as before.'],
    [0, 1, '1 scan is as before.'],
    [0, 0, 'It is as before.'],
  ])('of %i hosts and %i scans it says: %s', async (hosts_changed, scans_changed, given) => {
    const undone = { summary: 'x', edit: HOST_ID, hosts_changed, scans_changed, examples: [], left: 0 };
    const answers = { [`POST /api/v1/hosts/edits/${EDIT_ID}/undo`]: () => undone };
    const { stdout } = await runIn({ answers }, ['hosts', 'undo', EDIT_ID]);
    expect(stdout).toBe(`Taken back: x. ${given}\n`);
  });

  test('what was undone already is a failure with the way on', async () => {
    const refused = failing('conflict', 'It was taken back already.', { hint: 'Nothing to do.' });
    const answers = { [`POST /api/v1/hosts/edits/${EDIT_ID}/undo`]: refused };
    const { exit, stderr } = await runIn({ answers }, ['hosts', 'undo', EDIT_ID]);
    expect(exit).toBe(1);
    expect(stderr).toContain('[conflict]');
  });

  test('the list shows who did what', async () => {
    const edit = {
      id: EDIT_ID,
      actor: 'os:me',
      summary: 'tag web',
      created_at: '2026-11-23T10:00:00.000Z',
      hosts: 2,
      undoes: null,
      undone_by: HOST_ID,
    };
    const answers = { 'GET /api/v1/hosts/edits': listAnswer([edit]) };
    const { stdout } = await runIn({ answers }, ['hosts', 'edits']);
    expect(stdout).toContain('tag web (taken back)');
    expect(stdout).toContain(EDIT_ID);
    expect(JSON.parse((await runIn({ answers }, ['hosts', 'edits', '--json'])).stdout)).toEqual([edit]);
  });
});

describe('hosts found by a filter', () => {
  const trial = { ...outcome, edit: null, dry_run: true };
  const answers = {
    [BULK]: ({ body }: { body?: unknown }) => (JSON.stringify(body).includes('dry_run') ? trial : outcome),
  };
  const args = ['hosts', 'tag', 'add', 'printer', 'desk', '--filter', 'port:9100'];
  const change = { tags: { add: ['printer', 'desk'] } };

  test('are told of and agreed to before they are changed, and no others', async () => {
    const { exit, stdout, stderr, requests } = await runIn({ answers, terminal: true, typed: 'y' }, args);
    expect(exit).toBe(0);
    expect(stderr).toContain(
      '3 hosts are meant, 2 hosts would change: 198.18.0.1, 198.18.0.2. Change them? [y/N]',
    );
    expect(stdout).toContain('2 hosts changed');
    expect(requests.map(({ body }) => body)).toEqual([
      { filter: 'port:9100', change, dry_run: true },
      { filter: 'port:9100', change, expected: DIGEST },
    ]);
  });

  test('are left alone when nobody agrees, or nobody can be asked', async () => {
    const refused = await runIn({ answers, terminal: true, typed: 'n' }, args);
    expect(refused).toMatchObject({ exit: 2, stdout: '' });
    const unprobed = await runIn({ answers }, args);
    expect(unprobed).toMatchObject({ exit: 2, calls: [BULK] });
    expect(unprobed.stderr).toContain('--yes');
  });

  test('are changed at once with --yes, and not asked about when nothing would change', async () => {
    const { requests } = await runIn({ answers }, [...args, '--yes']);
    expect(requests.map(({ body }) => body)).toEqual([{ filter: 'port:9100', change }]);
    const nothing = { [BULK]: () => ({ ...trial, hosts_changed: 0, examples: [] }) };
    const { stdout, calls } = await runIn({ answers: nothing }, args);
    expect(calls).toHaveLength(1);
    expect(stdout).toBe('Nothing changed: 3 hosts are so already.\n');
  });

  test('hosts are named to hosts tag with --host', async () => {
    const remove = ['hosts', 'tag', 'remove', 'old', '--host', HOST_ID];
    const { requests } = await runIn({ answers }, remove);
    expect(requests[0]?.body).toEqual({ host_ids: [HOST_ID], change: { tags: { remove: ['old'] } } });
  });

  test.each([
    [['hosts', 'tag', 'grow', 'x', '--filter', 'port:1'], 'is one of add, remove'],
    [['hosts', 'tag', 'add', 'x'], 'No host was named.'],
    [['hosts', 'edit', HOST_ID, '--tag', 'x', '--filter', 'port:1'], 'not both'],
    [['hosts', 'edit', '--tag', 'x', '--filter', 'prot:1'], 'there is no field "prot"'],
  ])('%j is refused before anybody is asked', async (line, given) => {
    const { exit, stderr, calls } = await runIn({}, line);
    expect({ exit, calls }).toEqual({ exit: 2, calls: [] });
    expect(stderr).toContain(given);
  });
});
