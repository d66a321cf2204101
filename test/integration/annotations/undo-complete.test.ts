import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import type { HostEdit } from '#contract/hosts/edit.js';
import type { HostChangeRequest } from '#contract/hosts/host.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

const ADDRESSES = ['127.0.97.1', '127.0.97.2'] as const;
const [ONE, TWO] = ADDRESSES;

let lab: ApiLab;
let client: Client;
/** The uids of the scans; the last one is deleted. */
const scans: string[] = [];
beforeAll(async () => {
  lab = await openApiLab();
  client = lab.client;
  for (const address of [...ADDRESSES, TWO])
    scans.push(await recordScan(lab.context, { address, state: 'open', at: new Date() }));
  for (const name of ['Ann', 'Bob']) await client.createOwner({ name });
  for (const [name, color] of [
    ['web', '#a8231c'],
    ['db', '#00ff00'],
    ['bare', '#123456'],
    ['run', '#654321'],
  ] as const)
    await client.createTag({ name, color });
  await client.createField({ name: 'rack', type: 'number', description: 'where it is' });
  await client.createField({ name: 'tier', type: 'choice', choices: ['gold', 'silver'] });
  await client.createGroup({ name: 'Printers', description: 'paper', color: '#0000ff' });
  await client.createGroup({ name: 'Empty', description: 'no members' });
  await client.createGroup({ name: 'Sevens', rule: 'port:7', description: 'found', color: '#ff0000' });
  const host_ids = (await client.hosts()).data.map(({ id }) => id);
  const change = {
    tags: { add: ['web', 'db'] },
    groups: { add: ['Printers'] },
    owner: 'Ann',
    fields: { rack: '7', tier: 'gold' },
    note: 'by the door',
  };
  await client.editHosts({ host_ids, change });
  await client.tagScans({ scan_ids: scans, tags: ['web', 'run'], action: 'add' });
  await client.changeHost(ONE, { custom_name: 'gate', down_after_misses: 5 });
  await client.deleteScan(scans[2] ?? '');
});
afterAll(() => lab.close());

/** All current annotations, without internal ids. */
async function stands(): Promise<unknown> {
  const parts = {
    tags: sql`SELECT to_jsonb(label) - 'id' AS row FROM tags label`,
    groups: sql`SELECT to_jsonb(label) - 'id' AS row FROM host_groups label`,
    fields: sql`SELECT to_jsonb(label) - 'id' AS row FROM custom_fields label`,
    hosts: sql`
      SELECT jsonb_build_array(host(ip_address), custom_name, ignored, down_after_misses, gone_after_days) AS row FROM hosts`,
    tagged: sql`SELECT to_jsonb(ARRAY[host.uid, tag.uid]) AS row FROM host_tags
      JOIN hosts host ON host.id = host_id JOIN tags tag ON tag.id = tag_id`,
    scans: sql`SELECT to_jsonb(ARRAY[job.uid, tag.uid]) AS row FROM scan_tags
      JOIN scan_jobs job ON job.id = job_id JOIN tags tag ON tag.id = tag_id`,
    members: sql`SELECT to_jsonb(ARRAY[host.uid, created.uid]) AS row FROM host_group_members
      JOIN hosts host ON host.id = host_id JOIN host_groups created ON created.id = group_id`,
    owners: sql`SELECT to_jsonb(own) AS row FROM host_owners own`,
    values: sql`SELECT jsonb_build_array(host_id, field.uid, own.type, value) AS row FROM host_field_values own
      JOIN custom_fields field ON field.id = field_id`,
    notes: sql`SELECT to_jsonb(note) AS row FROM host_notes note WHERE removed_at IS NULL`,
  };
  const standing: Record<string, unknown> = {};
  for (const [name, rows] of Object.entries(parts)) {
    const answer = await sql`SELECT row FROM (${rows}) AS part ORDER BY row`.execute(lab.db.store.read);
    standing[name] = answer.rows;
  }
  return standing;
}

const listed = async () => (await client.hosts()).data.map(({ id }) => id);
const edit = async (change: HostEdit) => (await client.editHosts({ host_ids: await listed(), change })).edit;
const lifecycle = async (change: HostChangeRequest) => (await client.changeHost(ONE, change)).edit;
const firstNote = async () => (await client.host(ONE)).notes[0]?.id ?? '';

const EDITS: readonly (readonly [string, () => Promise<string | null>])[] = [
  ['tags given', () => edit({ tags: { add: ['bare', 'run'] } })],
  ['tags taken', () => edit({ tags: { remove: ['web'] } })],
  ['tags set', async () => (await client.setHostTags(ONE, ['run'])).edit],
  ['into a group', async () => (await client.addGroupHosts('Empty', await listed())).edit],
  ['out of a group', async () => (await client.removeGroupHosts('Printers', await listed())).edit],
  ['another owner', () => edit({ owner: 'Bob' })],
  ['no owner', () => edit({ owner: null })],
  ['other values', () => edit({ fields: { rack: '8', tier: null } })],
  ['a note', () => edit({ note: 'moved' })],
  ['a note taken away', async () => (await client.removeHostNote(ONE, await firstNote())).edit],
  [
    'a name and a down-after limit',
    () => lifecycle({ custom_name: null, down_after_misses: null, gone_after_days: 9 }),
  ],
  [
    'everything at once',
    () => edit({ tags: { set: ['bare'] }, owner: 'Bob', fields: { rack: null }, note: 'x' }),
  ],
  ['a tag of hosts and scans removed', async () => (await client.removeTag('web')).edit],
  ['a tag of hosts removed', async () => (await client.removeTag('db')).edit],
  ['a tag of scans removed', async () => (await client.removeTag('run')).edit],
  ['an unused tag removed', async () => (await client.removeTag('bare')).edit],
  ['a group of hosts removed', async () => (await client.removeGroup('Printers')).edit],
  ['an empty group removed', async () => (await client.removeGroup('Empty')).edit],
  ['a group of a rule removed', async () => (await client.removeGroup('Sevens')).edit],
  ['a field of choices removed', async () => (await client.removeField('tier')).edit],
  ['a field removed', async () => (await client.removeField('rack')).edit],
  ['ignored', () => lifecycle({ ignored: true })],
];

async function undo(edit: string | null): Promise<string | null> {
  const undone = await client.undoHostEdit(edit ?? 'nothing changed');
  expect(undone).toMatchObject({ left: 0 });
  return undone.edit;
}

test.each(EDITS)('%s: undone, repeated and undone again', async (_what, act) => {
  const before = await stands();
  const created = await act();
  const after = await stands();
  expect(after).not.toEqual(before);
  const undone = await undo(created);
  expect(await stands()).toEqual(before);
  const again = await undo(undone);
  expect(await stands()).toEqual(after);
  await undo(again);
  expect(await stands()).toEqual(before);
  await expectComplete(lab.db.store.read);
});

test('all of them, one after another, are undone in the opposite order', async () => {
  const done: { readonly created: string | null; readonly before: unknown }[] = [];
  for (const [, act] of EDITS) {
    const before = await stands();
    done.push({ before, created: await act() });
  }
  for (const { created, before } of done.toReversed()) {
    await undo(created);
    expect(await stands()).toEqual(before);
  }
  await expectComplete(lab.db.store.read);
});

const tagged = async (tag: string) => (await client.scans({ tag })).data.map(({ id }) => id).sort();

test('an edit is found by the beginning of its id', async () => {
  const [newest, older] = (await client.hostEdits()).data;
  const begun = (id_prefix: string) => client.hostEdits({ id_prefix });
  expect(await begun(older?.id.slice(0, -1) ?? '')).toMatchObject({
    data: [older],
    pagination: { total_items: 1 },
  });
  expect((await begun(newest?.id.slice(0, 6) ?? '')).data[0]).toEqual(newest);
  await expect(begun('1')).rejects.toMatchObject({ code: 'invalid_request' });
});

describe('later changes of other users are kept', () => {
  const [first, second] = [() => scans[0] ?? '', () => scans[1] ?? ''];

  test('of a tag that an undo brought back', async () => {
    const { edit: removal } = await client.removeTag('run');
    const restored = await client.undoHostEdit(removal ?? '');
    expect(restored).toMatchObject({ hosts_changed: 0, scans_changed: 3, left: 0 });
    await client.removeScanTags(first(), ['run']);
    await client.addScanTags(first(), ['run']);
    expect(await client.undoHostEdit(restored.edit ?? '')).toMatchObject({ scans_changed: 2, left: 2 });
    expect(await tagged('run')).toEqual([first()]);
    await client.addScanTags(second(), ['run']);
  });

  test('also how the color of the tag was changed meanwhile', async () => {
    const { edit: removal } = await client.removeTag('bare');
    const { edit: restored } = await client.undoHostEdit(removal ?? '');
    await client.changeTag('bare', { color: '#ffffff' });
    await expect(client.undoHostEdit(restored ?? '')).rejects.toMatchObject({ code: 'conflict' });
    expect((await client.tags()).data.find(({ name }) => name === 'bare')).toMatchObject({
      color: '#ffffff',
    });
  });

  test('and another tag of its name replaces it unchanged', async () => {
    const { edit: removal } = await client.removeTag('run');
    await client.createTag({ name: 'Run', color: '#010101' });
    const undone = await client.undoHostEdit(removal ?? '');
    expect(undone).toMatchObject({ scans_changed: 2, left: 1 });
    expect((await client.scan(first())).tags).toContainEqual({ name: 'Run', color: '#010101' });
    await client.undoHostEdit(undone.edit ?? '');
    expect(await tagged('run')).toEqual([]);
  });

  test('a group whose rule names removed objects is not created again', async () => {
    const { edit: removal } = await client.removeGroup('Sevens');
    await client.createGroup({ name: 'Named', rule: 'tag:web' });
    const { edit: named } = await client.removeGroup('Named');
    const { edit: tag } = await client.removeTag('web');
    await expect(client.undoHostEdit(named ?? '')).rejects.toMatchObject({ code: 'filter_names_nothing' });
    for (const one of [tag, named, removal]) await undo(one);
    await expect(client.removeTag('web')).rejects.toMatchObject({ code: 'conflict' });
    await expectComplete(lab.db.store.read);
  });

  test('and a purged scan is skipped', async () => {
    await client.removeGroup('Named');
    const { edit: removal } = await client.removeTag('web');
    await client.purgeScan(scans[2] ?? '');
    expect(await client.undoHostEdit(removal ?? '')).toMatchObject({ scans_changed: 2, left: 0 });
    await expectComplete(lab.db.store.read);
  });
});
