import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFilter } from '#domain/filter/read.js';
import { listEdits } from '#store/edits/edits.js';
import { tagsOf } from '#store/groups/annotations.js';
import type { WorkContext } from '#work/context/context.js';
import { digestOf } from '#work/context/selection.js';
import { addField, changeField, removeField } from '#work/edits/custom-fields.js';
import { addGroup, removeGroup } from '#work/edits/groups.js';
import { addOwner, removeOwner } from '#work/edits/owners.js';
import { underEditLock } from '#work/edits/record-edit.js';
import { changeTag, removeTag } from '#work/edits/tags.js';
import { undoEdit } from '#work/edits/undo-edit.js';
import { CHECK_NAMES, verifyData } from '#work/health/verify-data.js';
import { purgeHost } from '#work/hosts/delete-host.js';
import { changeHost } from '#work/hosts/edit-host.js';
import { editHosts, MAX_NOTES_PER_HOST, MAX_TAGS_PER_HOST } from '#work/hosts/edit-hosts.js';
import type { HostEditInput } from '#work/hosts/host-edit-request.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

const actor = 'os:tester';
const ADDRESSES = ['127.0.93.1', '127.0.93.2', '127.0.93.3'];

let db: TestDatabase;
let context: WorkContext;
let uids: readonly string[];
let ids: readonly number[];
beforeAll(async () => {
  db = await openTestDatabase();
  context = createWorkContext(db.store);
  for (const address of ADDRESSES) await recordScan(context, { address, state: 'open', at: new Date() });
  const { rows } = await sql<{ id: number; uid: string }>`SELECT id, uid FROM hosts ORDER BY id`.execute(
    db.store.read,
  );
  uids = rows.map(({ uid }) => uid);
  ids = rows.map(({ id }) => id);
});
afterAll(() => db.close());

const edit = (input: HostEditInput, hosts: readonly string[] = uids, dryRun = false) =>
  editHosts(context, { hosts: { uids: hosts }, input, actor, dryRun });
async function tags(): Promise<readonly string[]> {
  const all = await tagsOf(db.store.read, ids);
  return ids.map((id) =>
    all
      .filter(({ hostId }) => hostId === id)
      .map(({ name }) => name)
      .join(' '),
  );
}
const count = async (table: string) => {
  const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM ${sql.table(table)}`.execute(
    db.store.read,
  );
  return rows[0]?.count ?? 0;
};
async function faults(): Promise<readonly unknown[]> {
  const { checks } = await verifyData(context, new AbortController().signal);
  expect(checks.map(({ name }) => name)).toEqual(CHECK_NAMES);
  return checks.filter((check) => check.faults > 0);
}

describe('tags', () => {
  it('are a set: given twice or in another case they are one, in the order of their names', async () => {
    const created = await edit({ tags: { add: ['web', 'Prod', 'WEB', 'prod'] } });
    expect(created).toMatchObject({ hostsMatched: 3, hostsChanged: 3, examples: ADDRESSES, changes: 6 });
    expect(await tags()).toEqual(['Prod web', 'Prod web', 'Prod web']);
    const again = await edit({ tags: { add: ['web'] } });
    expect(again).toMatchObject({ edit: null, hostsMatched: 3, hostsChanged: 0 });
    expect(await count('edits')).toBe(1);
  });

  it('are added from an empty list to hosts that have none, and nothing happens', async () => {
    expect(await edit({ tags: { add: [] } })).toMatchObject({ edit: null, hostsChanged: 0 });
    expect(await edit({ tags: { remove: ['unused'] } })).toMatchObject({ edit: null });
    expect(await edit({ tags: { add: ['x'] } }, [])).toMatchObject({ edit: null, hostsMatched: 0 });
  });

  it('are set, keeping what is in both', async () => {
    const [first = ''] = uids;
    await edit({ tags: { set: ['db', 'web'] } }, [first]);
    expect(await tags()).toEqual(['db web', 'Prod web', 'Prod web']);
    const { rows } = await sql<{ old: string | null; new: string | null }>`
      SELECT old_value AS old, new_value AS new FROM host_edits WHERE edit_id = (SELECT max(edit_id) FROM host_edits) ORDER BY id`.execute(
      db.store.read,
    );
    expect(rows).toEqual([
      { old: 'Prod', new: null },
      { old: null, new: 'db' },
    ]);
    await edit({ tags: { set: [] } }, [first]);
    expect(await tags()).toEqual(['', 'Prod web', 'Prod web']);
  });

  it('cannot exceed the limit of a host, and then no host is changed', async () => {
    const many = Array.from({ length: MAX_TAGS_PER_HOST + 1 }, (_, index) => `t${index}`);
    await expect(edit({ tags: { add: many } })).rejects.toMatchObject({
      code: 'invalid_request',
      at: 'tags',
    });
    expect(await tags()).toEqual(['', 'Prod web', 'Prod web']);
    expect(await count('tags')).toBe(3);
  });

  it('wait while another user edits, without holding a connection', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const other = underEditLock(context, async () => {
      begin();
      await held;
    });
    await begun;
    const waiting = Promise.all(
      Array.from({ length: 30 }, () => edit({ tags: { add: ['web'] } }, uids.slice(1))),
    );
    expect(await db.store.read.connection().execute(async () => 'lent')).toBe('lent');
    release();
    await other;
    expect((await waiting).map((one) => one.edit)).toEqual(Array.from({ length: 30 }, () => null));
  });

  it('change nothing in a dry run', async () => {
    const before = [await tags(), await count('edits'), await count('tags'), await count('host_edits')];
    const tried = await edit({ tags: { add: ['web', 'new'] }, note: 'no' }, uids, true);
    expect(tried).toMatchObject({ edit: null, hostsMatched: 3, hostsChanged: 3 });
    expect([await tags(), await count('edits'), await count('tags'), await count('host_edits')]).toEqual(
      before,
    );
  });

  it('are refused where two fields contradict, a host is missing, or other hosts match than were confirmed', async () => {
    await expect(edit({ tags: { add: ['a'], remove: ['A'] } })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    const noOne = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47';
    await expect(edit({ tags: { add: ['a'] } }, [...uids, noOne])).rejects.toMatchObject({
      code: 'not_found',
      at: noOne,
    });
    const order = {
      hosts: { uids },
      input: { tags: { add: ['a'] } },
      actor,
      expected: digestOf(uids.slice(1)),
    };
    await expect(editHosts(context, order)).rejects.toMatchObject({ code: 'conflict' });
    expect(await tags()).toEqual(['', 'Prod web', 'Prod web']);
  });

  it('keep their hosts when they are renamed, and no two have one name', async () => {
    await changeTag(context, 'prod', { input: { name: 'production', color: '#A8231C' }, actor });
    expect(await tagsOf(db.store.read, ids.slice(1, 2))).toMatchObject([
      { name: 'production', color: '#a8231c' },
      { name: 'web' },
    ]);
    await expect(changeTag(context, 'web', { input: { name: 'PRODUCTION' }, actor })).rejects.toMatchObject({
      code: 'conflict',
    });
    await changeTag(context, 'web', { input: { name: 'Web' }, actor });
    expect((await tags())[1]).toBe('production Web');
  });

  it('are added by two at once without a lost one or an error', async () => {
    await Promise.all(['p', 'q', 'p', 'q', 'r'].map((name) => edit({ tags: { add: [name] } })));
    expect((await tags())[0]).toBe('p q r');
    await edit({ tags: { remove: ['p', 'q', 'r'] } });
    expect(await faults()).toEqual([]);
  });
});

describe('undo', () => {
  it('restores a removed tag on the hosts that had it, and can be undone', async () => {
    const removed = await removeTag(context, 'web', actor);
    expect(removed).toMatchObject({ hostsChanged: 2 });
    expect(await tags()).toEqual(['', 'production', 'production']);
    const undone = await undoEdit(context, removed.edit ?? '', actor);
    expect(undone).toMatchObject({ hostsChanged: 2, left: 0 });
    expect(await tags()).toEqual(['', 'production Web', 'production Web']);
    await expect(undoEdit(context, removed.edit ?? '', actor)).rejects.toMatchObject({
      code: 'conflict',
      hint: expect.stringContaining(undone.edit ?? 'nothing'),
    });
    await undoEdit(context, undone.edit ?? '', actor);
    expect(await tags()).toEqual(['', 'production', 'production']);
    expect(await faults()).toEqual([]);
  });

  it('undoes all parts of an edit, except what was changed again since', async () => {
    await addGroup(context, { name: 'G', actor });
    await addOwner(context, { name: 'Ann', contact: null, actor });
    await addOwner(context, { name: 'Bob', contact: null, actor });
    await addField(context, { name: 'rack', type: 'number', choices: null, description: null, actor });
    await edit({ owner: 'Ann', fields: { rack: '1' } });
    const created = await edit({
      tags: { add: ['new'], remove: ['production'] },
      groups: { add: ['g'] },
      owner: 'Bob',
      fields: { rack: '02' },
      note: 'moved',
    });
    expect(created).toMatchObject({ hostsChanged: 3, changes: 17 });
    const [first = ''] = uids;
    await edit({ owner: null, fields: { rack: '3' } }, [first]);
    const undone = await undoEdit(context, created.edit ?? '', actor);
    expect(undone).toMatchObject({ hostsChanged: 3, left: 2 });
    expect(await tags()).toEqual(['', 'production', 'production']);
    const { rows } = await sql<{ rack: string; owner: string | null; notes: number; members: number }>`
      SELECT standing.value AS rack, owner.name AS owner,
        (SELECT count(*) FROM host_notes WHERE host_id = host.id AND removed_at IS NULL) AS notes,
        (SELECT count(*) FROM host_group_members WHERE host_id = host.id) AS members
      FROM hosts host LEFT JOIN host_field_values standing ON standing.host_id = host.id
        LEFT JOIN host_owners own ON own.host_id = host.id LEFT JOIN owners owner ON owner.id = own.owner_id
      ORDER BY host.id`.execute(db.store.read);
    expect(rows).toEqual([
      { rack: '3', owner: null, notes: 0, members: 0 },
      { rack: '1', owner: 'Ann', notes: 0, members: 0 },
      { rack: '1', owner: 'Ann', notes: 0, members: 0 },
    ]);
    expect(await faults()).toEqual([]);
  });

  it('is refused where nothing is left to undo', async () => {
    const created = await edit({ fields: { rack: '9' } });
    await edit({ fields: { rack: '10' } });
    const before = await count('edits');
    await expect(undoEdit(context, created.edit ?? '', actor)).rejects.toMatchObject({ code: 'conflict' });
    expect(await count('edits')).toBe(before);
  });
});

describe('groups, owners and fields', () => {
  it('an owner cannot be removed while something is theirs', async () => {
    await expect(removeOwner(context, 'ann', actor)).rejects.toMatchObject({
      code: 'conflict',
      message: `The owner "Ann" cannot be removed: 2 hosts would have no owner.`,
      hint: 'First assign to another owner, or to none, the hosts (`scanorama hosts edit` with --owner or --clear-owner).',
    });
    expect(await removeOwner(context, 'bob', actor)).toMatchObject({ name: 'Bob' });
  });

  it('a group and a field that are removed are recorded in the history of their hosts', async () => {
    await edit({ groups: { add: ['G'] } });
    expect(await removeGroup(context, 'G', actor)).toMatchObject({ hostsChanged: 3 });
    await addField(context, { name: 'tier', type: 'choice', choices: ['a', 'b'], description: null, actor });
    await edit({ fields: { tier: 'A' } });
    await expect(changeField(context, 'tier', { input: { choices: ['b'] }, actor })).rejects.toMatchObject({
      code: 'conflict',
      at: 'a',
    });
    expect(await removeField(context, 'tier', actor)).toMatchObject({ hostsChanged: 3 });
    const [last] = await listEdits(db.store.read, { limit: 1, offset: 0 });
    expect(last).toMatchObject({ actor, hosts: 3, summary: 'remove the field tier' });
    expect(await faults()).toEqual([]);
  });

  it('an invalid value of a field, or an unknown field, changes nothing', async () => {
    const before = await count('host_edits');
    const input = { tags: { add: ['half'] } };
    await expect(edit({ ...input, fields: { rack: 'seven' } })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    await expect(edit({ ...input, fields: { nothing: '1' } })).rejects.toMatchObject({ code: 'not_found' });
    await expect(edit({ ...input, owner: 'Unknown' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(edit({ ...input, groups: { add: ['G'] } })).rejects.toMatchObject({ code: 'not_found' });
    expect(await count('host_edits')).toBe(before);
  });
});

describe('notes', () => {
  it('cannot exceed the limit of a host', async () => {
    const [, second = ''] = uids;
    await sql`INSERT INTO host_notes (uid, host_id, text, author)
      SELECT gen_random_uuid(), ${ids[1]}, 'x', 'test' FROM generate_series(1, ${MAX_NOTES_PER_HOST})`.execute(
      db.store.read,
    );
    await expect(edit({ note: 'one more' }, [second])).rejects.toMatchObject({ at: 'notes' });
    await sql`DELETE FROM host_notes WHERE author = 'test'`.execute(db.store.read);
  });
});

describe('hosts that a filter finds', () => {
  it('are those that a list with it shows: without the ignored, unless it includes them', async () => {
    const [first = ''] = uids;
    await changeHost(context, first, { input: { ignored: true }, actor });
    const tried = (text: string) =>
      editHosts(context, {
        hosts: { matching: readFilter(text) },
        input: { tags: { add: ['found'] } },
        actor,
        dryRun: true,
      });
    expect(await tried('address:127.0.93.0/24')).toMatchObject({
      hostsMatched: 2,
      examples: ADDRESSES.slice(1),
    });
    expect(await tried('ignored:yes')).toMatchObject({ hostsMatched: 1, examples: ADDRESSES.slice(0, 1) });
    expect(await tried('ignored:yes or ignored:no')).toMatchObject({ hostsMatched: 3 });
    await changeHost(context, first, { input: { ignored: false }, actor });
  });
});

describe('a purged host', () => {
  it('removes its annotations, and its edits can be undone for the others', async () => {
    const created = await edit({ tags: { add: ['last'] } });
    const [first = ''] = uids;
    await purgeHost(context, first, actor);
    expect(await undoEdit(context, created.edit ?? '', actor)).toMatchObject({ hostsChanged: 2, left: 0 });
    expect(await faults()).toEqual([]);
  });
});

describe('the database refuses', () => {
  it.each([
    [
      'a name in another case',
      `INSERT INTO tags (uid, name, key, created_by, updated_by) SELECT gen_random_uuid(), 'PRODUCTION', key, 'x', 'x' FROM tags WHERE key = 'production'`,
      'tags_key_once',
    ],
    [
      'a name with a comma',
      `INSERT INTO tags (uid, name, key, created_by, updated_by) VALUES (gen_random_uuid(), 'a,b', 'a,b', 'x', 'x')`,
      'tags_name_form',
    ],
    ['a color that is not one', `UPDATE tags SET color = 'red'`, 'tags_color_form'],
    [
      'a rule group without a rule',
      `INSERT INTO host_groups (uid, name, key, kind, created_by, updated_by) VALUES (gen_random_uuid(), 'r', 'r', 'rule', 'x', 'x')`,
      'host_groups_rules_have_one',
    ],
    [
      'a number that is none',
      `UPDATE host_field_values SET value = 'seven' WHERE type = 'number'`,
      'host_field_values_form',
    ],
    [
      'choices of a text',
      `INSERT INTO custom_fields (uid, name, type, choices, created_by, updated_by) VALUES (gen_random_uuid(), 'z', 'text', '{a}', 'x', 'x')`,
      'custom_fields_choices_of_a_choice',
    ],
    ['an owner to go who has hosts', `DELETE FROM owners WHERE key = 'ann'`, 'host_owners_owner_id_fkey'],
    [
      'an edit that is undone twice',
      `INSERT INTO edits (uid, actor, summary, undoes) SELECT gen_random_uuid(), 'x', 'x', undoes FROM edits WHERE undoes IS NOT NULL LIMIT 1`,
      'edits_undone_once',
    ],
    [
      'an edit that changes nothing',
      `INSERT INTO host_edits (edit_id, host_id, kind, subject, old_value, new_value) SELECT max(id), (SELECT max(id) FROM hosts), 'tag', gen_random_uuid(), 'a', 'a' FROM edits`,
      'host_edits_change_something',
    ],
  ])('%s', async (_, statement, constraint) => {
    await expect(sql.raw(statement).execute(db.store.read)).rejects.toMatchObject({ constraint });
  });
});
