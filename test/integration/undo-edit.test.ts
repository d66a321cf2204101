import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tagsOf } from '#store/annotations.js';
import { removeHost } from '#store/host-deletion.js';
import type { WorkContext } from '#work/context.js';
import { addField } from '#work/custom-fields.js';
import { editHosts } from '#work/edit-hosts.js';
import { addGroup, removeGroup } from '#work/groups.js';
import type { HostEditWish } from '#work/host-edit-wish.js';
import { addOwner } from '#work/owners.js';
import { removeTag } from '#work/tags.js';
import { undoEdit } from '#work/undo-edit.js';
import { openTestDatabase, type TestDatabase } from '../database.ts';
import { tellScan } from '../one-port-scan.ts';
import { expectWhole } from '../whole.ts';
import { createWorkContext } from '../work-context.ts';

const actor = 'os:tester';

let db: TestDatabase;
let context: WorkContext;
/** A host of its own for each test, and one beside it. */
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
  for (const address of addresses) await tellScan(context, { address, state: 'open', at: new Date() });
  const { rows } = await sql<{ id: number; uid: string }>`
    SELECT id, uid FROM hosts WHERE ip_address = ANY(${addresses}::inet[]) ORDER BY id`.execute(
    db.store.read,
  );
  hosts = rows;
});
afterAll(() => db.close());

async function edit(wish: HostEditWish): Promise<string> {
  const uids = hosts.map(({ uid }) => uid);
  const { edit: made } = await editHosts(context, { hosts: { uids }, wish, actor });
  return made ?? 'nothing changed';
}
const undo = (made: string) => undoEdit(context, made, actor);
async function said() {
  const [first] = hosts;
  const { rows } = await sql<{ owner: string | null; rack: string | null }>`
    SELECT (SELECT owner.name FROM host_owners own JOIN owners owner ON owner.id = own.owner_id WHERE own.host_id = host.id) AS owner,
      (SELECT value FROM host_field_values WHERE host_id = host.id) AS rack
    FROM hosts host WHERE host.id = ${first?.id}`.execute(db.store.read);
  const tags = (await tagsOf(db.store.read, [first?.id ?? 0])).map(({ name }) => name);
  return { ...rows[0], tags };
}

describe('what somebody said again since', () => {
  it('stays, also where it is the same as before', async () => {
    const mine = await edit({ tags: { add: ['db'] }, owner: 'Ann', fields: { rack: '1' } });
    await edit({ tags: { remove: ['db'] }, owner: 'Bob', fields: { rack: '2' } });
    await edit({ tags: { add: ['db'] }, owner: 'Ann', fields: { rack: '1' } });
    await expect(undo(mine)).rejects.toMatchObject({ code: 'conflict' });
    expect(await said()).toEqual({ owner: 'Ann', rack: '1', tags: ['db'] });
  });

  it('does not count once it was taken back', async () => {
    const mine = await edit({ tags: { add: ['db'] }, owner: 'Ann', fields: { rack: '1' } });
    const theirs = await edit({ tags: { remove: ['db'] }, owner: 'Bob', fields: { rack: '2' } });
    const undone = await undo(theirs);
    expect(await undo(mine)).toMatchObject({ hostsChanged: 2, left: 0 });
    expect(await said()).toEqual({ owner: null, rack: null, tags: [] });
    await expect(undo(undone.edit ?? '')).rejects.toMatchObject({ code: 'conflict' });
  });

  it('counts again once that was taken back in turn', async () => {
    const mine = await edit({ owner: 'Ann' });
    await edit({ owner: 'Bob' });
    const theirs = await edit({ owner: 'Ann' });
    const undone = await undo(theirs);
    await undo(undone.edit ?? '');
    await expect(undo(mine)).rejects.toMatchObject({ code: 'conflict' });
    expect(await said()).toMatchObject({ owner: 'Ann' });
  });
});

describe('a tag that was removed', () => {
  it('does not come back when an edit that gave it is taken back', async () => {
    const mine = await edit({ tags: { add: ['old'] }, owner: 'Ann' });
    await removeTag(context, 'old', actor);
    expect(await undo(mine)).toMatchObject({ hostsChanged: 2, left: 2 });
    const { rows } = await sql`SELECT name FROM tags WHERE key = 'old'`.execute(db.store.read);
    expect(rows).toEqual([]);
  });

  it('and made anew since, it is another one, which stays', async () => {
    const mine = await edit({ tags: { add: ['again'] }, owner: 'Ann' });
    await removeTag(context, 'again', actor);
    await edit({ tags: { add: ['again'] } });
    expect(await undo(mine)).toMatchObject({ hostsChanged: 2, left: 2 });
    expect(await said()).toMatchObject({ owner: null, tags: ['again'] });
  });
});

async function isAnybodyBlocked(): Promise<boolean> {
  const { rows } = await sql<{ blocked: boolean }>`
    SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0) AS blocked`.execute(
    db.store.read,
  );
  return rows[0]?.blocked === true;
}

/** Removes the first host and stays open until the work below it waits, or is done. */
async function purging(work: () => Promise<unknown>): Promise<unknown> {
  let done: Promise<unknown> = Promise.resolve();
  await db.store.transaction(async (executor) => {
    await removeHost(executor, hosts[0]?.id ?? 0);
    let isOver = false;
    done = work().finally(() => {
      isOver = true;
    });
    done.catch(() => undefined);
    await expect.poll(async () => isOver || (await isAnybodyBlocked()), { timeout: 20_000 }).toBe(true);
  });
  return done;
}

describe('a host that is just being purged', () => {
  it('is left out of an undo', async () => {
    const mine = await edit({ owner: 'Ann', fields: { rack: '1' } });
    await edit({ owner: null });
    const theirs = await edit({ owner: 'Bob' });
    await undo(theirs);
    expect(await purging(() => undo(mine))).toMatchObject({ hostsChanged: 1 });
  });

  it('is left out of the removal of its tag and of its group', async () => {
    await addGroup(context, { name: 'G', actor });
    await edit({ tags: { add: ['web'] }, groups: { add: ['G'] } });
    expect(await purging(() => removeTag(context, 'web', actor))).toMatchObject({ hostsChanged: 1 });
    expect(await removeGroup(context, 'G', actor)).toMatchObject({ hostsChanged: 1 });
    await expectWhole(db.store.read);
  });
});
