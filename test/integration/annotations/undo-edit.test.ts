import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findEdit, listEdits } from '#store/edits/edits.js';
import { tagsOf } from '#store/groups/annotations.js';
import { findGroup, listGroups } from '#store/groups/host-groups.js';
import { removeHost } from '#store/hosts/host-deletion.js';
import { listHostHistory } from '#store/hosts/host-views.js';
import type { WorkContext } from '#work/context/context.js';
import { addField } from '#work/edits/custom-fields.js';
import { addGroup, removeGroup } from '#work/edits/groups.js';
import { addOwner } from '#work/edits/owners.js';
import { removeTag } from '#work/edits/tags.js';
import { undoEdit } from '#work/edits/undo-edit.js';
import { changeHost, type HostInput } from '#work/hosts/edit-host.js';
import { editHosts } from '#work/hosts/edit-hosts.js';
import type { HostEditInput } from '#work/hosts/host-edit-request.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

const actor = 'os:tester';

let db: TestDatabase;
let context: WorkContext;
/** A host of its own for each test, and another one. */
let hosts: readonly { readonly id: number; readonly uid: string }[];
let used = 0;
beforeAll(async () => {
  db = await openTestDatabase();
  context = createWorkContext(db.store);
  for (const name of ['Ann', 'Bob']) await addOwner(context, { name, contact: null, actor });
  await addField(context, { name: 'rack', type: 'number', choices: null, description: null, actor });
});
beforeEach(async () => {
  used += 1;
  const addresses = [1, 2].map((host) => `198.18.${used}.${host}`);
  for (const address of addresses) await recordScan(context, { address, state: 'open', at: new Date() });
  const { rows } = await sql<{ id: number; uid: string }>`
    SELECT id, uid FROM hosts WHERE ip_address = ANY(${addresses}::inet[]) ORDER BY id`.execute(
    db.store.read,
  );
  hosts = rows;
});
afterAll(() => db.close());

async function edit(input: HostEditInput): Promise<string> {
  const uids = hosts.map(({ uid }) => uid);
  const { edit: created } = await editHosts(context, { hosts: { uids }, input, actor });
  return created ?? 'nothing changed';
}
const undo = (created: string) => undoEdit(context, created, actor);
async function annotations() {
  const [first] = hosts;
  const { rows } = await sql<{ owner: string | null; rack: string | null }>`
    SELECT (SELECT owner.name FROM host_owners own JOIN owners owner ON owner.id = own.owner_id WHERE own.host_id = host.id) AS owner,
      (SELECT value FROM host_field_values WHERE host_id = host.id) AS rack
    FROM hosts host WHERE host.id = ${first?.id}`.execute(db.store.read);
  const tags = (await tagsOf(db.store.read, [first?.id ?? 0])).map(({ name }) => name);
  return { ...rows[0], tags };
}

describe('an edit whose undo was undone', () => {
  it('applies again, and can be undone again', async () => {
    const mine = await edit({ owner: 'Ann' });
    const { edit: first } = await undo(mine);
    const { edit: second } = await undo(first ?? '');
    expect(await annotations()).toMatchObject({ owner: 'Ann' });
    expect(await findEdit(db.store.read, mine)).toMatchObject({ undoneBy: null });
    expect(await findEdit(db.store.read, first ?? '')).toMatchObject({ undoneBy: second });
    const { edit: third } = await undo(mine);
    expect(await annotations()).toMatchObject({ owner: null });
    expect(await findEdit(db.store.read, third ?? '')).toMatchObject({ undoes: second });
    // What the hint of the refusal suggests is not refused itself.
    const hint = expect.stringContaining(`hosts undo ${third}\``);
    await expect(undo(mine)).rejects.toMatchObject({ code: 'conflict', hint, facts: { undone_by: third } });
    await undo(third ?? '');
    expect(await annotations()).toMatchObject({ owner: 'Ann' });
  });
});

const facts = async () => {
  const { rows } = await sql<Record<string, unknown>>`
    SELECT custom_name, ignored, down_after_misses, gone_after_days FROM hosts WHERE id = ${hosts[0]?.id}`.execute(
    db.store.read,
  );
  return Object.values(rows[0] ?? {});
};
const change = async (input: HostInput) =>
  (await changeHost(context, hosts[0]?.uid ?? '', { input, actor })) ?? 'nothing changed';

describe('a name, a down-after limit and whether it is ignored', () => {
  it('are edited as other values are, undone and repeated', async () => {
    const named = await change({ customName: 'door' });
    const all = await change({ customName: 'gate', ignored: true, downAfterMisses: 5, goneAfterDays: 9 });
    expect(await change({ customName: 'gate' })).toBe('nothing changed');
    const [newest, older] = await listEdits(db.store.read, { limit: 2, offset: 0 });
    expect([newest, older]).toMatchObject([
      { uid: all, hosts: 1, summary: expect.stringMatching(/^name gate; ignore; .* 5; .* 9: 198\.18\./) },
      { uid: named, hosts: 1, summary: expect.stringContaining('name door: 198.18.') },
    ]);
    const back = await undo(all);
    expect(back).toMatchObject({ hostsChanged: 1, left: 0 });
    expect(await facts()).toEqual(['door', false, null, null]);
    await undo(back.edit ?? '');
    expect(await facts()).toEqual(['gate', true, 5, 9]);
    await expectComplete(db.store.read);
  });

  it('are kept where another user changed them since', async () => {
    const mine = await change({ customName: 'door', ignored: true });
    await change({ customName: 'gate' });
    expect(await undo(mine)).toMatchObject({ hostsChanged: 1, left: 1 });
    expect(await facts()).toEqual(['gate', false, null, null]);
    await change({ ignored: true });
    const page = { limit: 20, offset: 0 };
    const history = await listHostHistory(db.store.read, { hostId: hosts[0]?.id ?? 0, page });
    const values = history.filter(({ fact }) => fact === 'ignored').map(({ newValue }) => newValue);
    expect(values).toEqual(['true', 'false', 'true']);
  });
});

describe('what another user confirmed again since', () => {
  it('is kept, also where it is the same as before', async () => {
    const mine = await edit({ tags: { add: ['db'] }, owner: 'Ann', fields: { rack: '1' } });
    await edit({ tags: { remove: ['db'] }, owner: 'Bob', fields: { rack: '2' } });
    await edit({ tags: { add: ['db'] }, owner: 'Ann', fields: { rack: '1' } });
    await expect(undo(mine)).rejects.toMatchObject({ code: 'conflict' });
    expect(await annotations()).toEqual({ owner: 'Ann', rack: '1', tags: ['db'] });
  });

  it('does not count once it was undone', async () => {
    const mine = await edit({ tags: { add: ['db'] }, owner: 'Ann', fields: { rack: '1' } });
    const theirs = await edit({ tags: { remove: ['db'] }, owner: 'Bob', fields: { rack: '2' } });
    const undone = await undo(theirs);
    expect(await undo(mine)).toMatchObject({ hostsChanged: 2, left: 0 });
    expect(await annotations()).toEqual({ owner: null, rack: null, tags: [] });
    await expect(undo(undone.edit ?? '')).rejects.toMatchObject({ code: 'conflict' });
  });

  it('counts again once that was undone itself', async () => {
    const mine = await edit({ owner: 'Ann' });
    await edit({ owner: 'Bob' });
    const theirs = await edit({ owner: 'Ann' });
    const undone = await undo(theirs);
    await undo(undone.edit ?? '');
    await expect(undo(mine)).rejects.toMatchObject({ code: 'conflict' });
    expect(await annotations()).toMatchObject({ owner: 'Ann' });
  });
});

describe('a tag that was removed', () => {
  it('is not restored when an edit that assigned it is undone', async () => {
    const mine = await edit({ tags: { add: ['old'] }, owner: 'Ann' });
    await removeTag(context, 'old', actor);
    expect(await undo(mine)).toMatchObject({ hostsChanged: 2, left: 2 });
    const { rows } = await sql`SELECT name FROM tags WHERE key = 'old'`.execute(db.store.read);
    expect(rows).toEqual([]);
  });

  it('and created anew since, it is another one, which is kept', async () => {
    const mine = await edit({ tags: { add: ['again'] }, owner: 'Ann' });
    await removeTag(context, 'again', actor);
    await edit({ tags: { add: ['again'] } });
    expect(await undo(mine)).toMatchObject({ hostsChanged: 2, left: 2 });
    expect(await annotations()).toMatchObject({ owner: null, tags: ['again'] });
  });
});

const groupsThere = () => listGroups(db.store.read).then((all) => all.map(({ name, kind }) => [name, kind]));
const membersOf = async (name: string) => {
  const { rows } = await sql<{ host: number }>`
    SELECT host_id AS host FROM host_group_members JOIN host_groups created ON created.id = group_id
    WHERE created.name = ${name} ORDER BY host_id`.execute(db.store.read);
  return rows.map(({ host }) => host);
};
const hostIds = () => hosts.map(({ id }) => id);

describe('a group that was removed', () => {
  it('is restored with its hosts when its removal is undone', async () => {
    const { uid } = await addGroup(context, { name: 'Printers', actor });
    const mine = await edit({ groups: { add: ['printers'] } });
    const { edit: removal } = await removeGroup(context, 'printers', actor);
    expect(await groupsThere()).toEqual([]);
    await expect(undo(mine)).rejects.toMatchObject({
      message: expect.stringContaining('or what it names is gone'),
    });
    expect(await undo(removal ?? '')).toMatchObject({ hostsChanged: 2, left: 0 });
    expect(await findGroup(db.store.read, 'printers')).toMatchObject({ uid, kind: 'static' });
    expect(await membersOf('Printers')).toEqual(hostIds());
    await removeGroup(context, uid, actor);
    await expectComplete(db.store.read);
  });

  it('gives its hosts to the group that lists hosts under its name by now, and none to a rule', async () => {
    const removed = async () => {
      await addGroup(context, { name: 'shelf', actor });
      await edit({ groups: { add: ['shelf'] } });
      return (await removeGroup(context, 'shelf', actor)).edit ?? '';
    };
    const [first, second] = [await removed(), await removed()];
    await addGroup(context, { name: 'Shelf', rule: 'port:7', actor });
    await expect(undo(first)).rejects.toMatchObject({ code: 'conflict' });
    await removeGroup(context, 'shelf', actor);
    await addGroup(context, { name: 'SHELF', actor });
    expect(await undo(second)).toMatchObject({ hostsChanged: 2, left: 1 });
    expect(await membersOf('SHELF')).toEqual(hostIds());
    expect(await groupsThere()).toEqual([['SHELF', 'static']]);
    await removeGroup(context, 'shelf', actor);
  });
});

async function isSessionBlocked(): Promise<boolean> {
  const { rows } = await sql<{ blocked: boolean }>`
    SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0) AS blocked`.execute(
    db.store.read,
  );
  return rows[0]?.blocked === true;
}

/** Removes the first host and keeps its transaction open until the work below it waits, or is done. */
async function purging(work: () => Promise<unknown>): Promise<unknown> {
  let done: Promise<unknown> = Promise.resolve();
  await db.store.transaction(async (executor) => {
    await removeHost(executor, hosts[0]?.id ?? 0);
    let isOver = false;
    done = work().finally(() => {
      isOver = true;
    });
    done.catch(() => undefined);
    await expect.poll(async () => isOver || (await isSessionBlocked()), { timeout: 20_000 }).toBe(true);
  });
  return done;
}

describe('a host that is being purged', () => {
  it('is skipped by an undo', async () => {
    const mine = await edit({ owner: 'Ann', fields: { rack: '1' } });
    await edit({ owner: null });
    const theirs = await edit({ owner: 'Bob' });
    await undo(theirs);
    expect(await purging(() => undo(mine))).toMatchObject({ hostsChanged: 1 });
  });

  it('is skipped by the removal of its tag and of its group', async () => {
    await addGroup(context, { name: 'G', actor });
    await edit({ tags: { add: ['web'] }, groups: { add: ['G'] } });
    expect(await purging(() => removeTag(context, 'web', actor))).toMatchObject({ hostsChanged: 1 });
    expect(await removeGroup(context, 'G', actor)).toMatchObject({ hostsChanged: 1 });
    await expectComplete(db.store.read);
  });
});
