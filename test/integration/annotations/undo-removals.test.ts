import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import { tagScanRows } from '#store/tags/scan-tags.js';
import { MAX_GROUPS_PER_HOST, MAX_TAGS_PER_HOST } from '#work/hosts/edit-hosts.js';
import { MAX_TAGS_PER_SCAN } from '#work/scans/tag-scans.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

const ADDRESSES = ['127.0.98.1', '127.0.98.2'] as const;
const [ONE] = ADDRESSES;

let lab: ApiLab;
let client: Client;
const scans: string[] = [];
/** A tag of its own for each test. */
let tag = '';
let used = 0;
beforeAll(async () => {
  lab = await openApiLab();
  client = lab.client;
  for (const address of ADDRESSES)
    scans.push(await recordScan(lab.context, { address, state: 'open', at: new Date() }));
});
beforeEach(() => {
  used += 1;
  tag = `t${used}`;
});
afterAll(() => lab.close());

const scan = () => scans[0] ?? '';
const undo = (edit: string | null) => client.undoHostEdit(edit ?? 'nothing changed');
const remove = async () => (await client.removeTag(tag)).edit;
const tagsOfHost = async () => (await client.host(ONE)).tags.map(({ name }) => name);
const tagsOfScan = async () => (await client.scan(scan())).tags.map(({ name }) => name);

async function isSessionBlocked(): Promise<boolean> {
  const { rows } = await sql<{ blocked: boolean }>`
    SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0) AS blocked`.execute(
    lab.db.store.read,
  );
  return rows[0]?.blocked === true;
}

describe('a removal that is repeated', () => {
  test('leaves the tag to a scan that is just being started with it', async () => {
    await client.createTag({ name: tag });
    const brought = await undo(await remove());
    let undone: Promise<unknown> = Promise.resolve();
    await lab.db.store.transaction(async (executor) => {
      const { rows } = await sql<{ id: number }>`SELECT id FROM scan_jobs WHERE uid = ${scan()}`.execute(
        executor,
      );
      await tagScanRows(executor, { jobIds: rows.map(({ id }) => id), keys: [tag] });
      let isOver = false;
      undone = undo(brought.edit).finally(() => {
        isOver = true;
      });
      undone.catch(() => undefined);
      await expect.poll(async () => isOver || (await isSessionBlocked()), { timeout: 20_000 }).toBe(true);
    });
    await expect(undone).rejects.toMatchObject({ code: 'conflict' });
    expect(await tagsOfScan()).toEqual([tag]);
    await expectComplete(lab.db.store.read);
  });
});

describe('assignments of a tag of the same name', () => {
  test('of a host are kept', async () => {
    await client.addHostTags(ONE, [tag]);
    const removal = await remove();
    await client.addHostTags(ONE, [tag.toUpperCase()]);
    await client.removeHostTags(ONE, [tag]);
    await expect(undo(removal)).rejects.toMatchObject({ code: 'conflict' });
    expect(await tagsOfHost()).toEqual([]);
  });

  test('of a host are kept also where that tag is gone', async () => {
    await client.addHostTags(ONE, [tag]);
    const removal = await remove();
    await client.addHostTags(ONE, [tag]);
    await client.removeHostTags(ONE, [tag]);
    await remove();
    expect(await undo(removal)).toMatchObject({ hosts_changed: 0, left: 1 });
    expect(await tagsOfHost()).toEqual([]);
  });

  test('of a host do not restore a tag that no host would get again', async () => {
    await client.addHostTags(ONE, [tag]);
    const { edit: untagged } = await client.removeHostTags(ONE, [tag]);
    await client.addHostTags(ONE, [tag]);
    await remove();
    await expect(undo(untagged)).rejects.toMatchObject({ code: 'conflict' });
    expect(await tagsOfHost()).toEqual([]);
    await expect(client.tag(tag)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('of a host does not count once it was undone', async () => {
    await client.addHostTags(ONE, [tag]);
    const removal = await remove();
    const { edit: added } = await client.addHostTags(ONE, [tag]);
    await undo(added);
    expect(await undo(removal)).toMatchObject({ hosts_changed: 1 });
    expect(await tagsOfHost()).toEqual([tag]);
    await client.removeHostTags(ONE, [tag]);
  });

  test('of a scan are kept', async () => {
    await client.addScanTags(scan(), [tag]);
    const removal = await remove();
    await client.addScanTags(scan(), [tag]);
    await client.removeScanTags(scan(), [tag]);
    await expect(undo(removal)).rejects.toMatchObject({ code: 'conflict' });
    expect(await tagsOfScan()).not.toContain(tag);
    await expectComplete(lab.db.store.read);
  });
});

describe('what is left', () => {
  test('is counted without the tag that was created again for it', async () => {
    const hosts = (await client.hosts()).data.map(({ id }) => id);
    await client.editHosts({ host_ids: hosts, change: { tags: { add: [tag] } } });
    const { edit } = await client.editHosts({ host_ids: hosts, change: { tags: { remove: [tag] } } });
    await remove();
    expect(await undo(edit)).toMatchObject({ hosts_changed: 2, left: 0 });
  });

  test('is the tag itself where another has its name', async () => {
    await client.addHostTags(ONE, [tag]);
    const removal = await remove();
    await client.createTag({ name: tag });
    expect(await undo(removal)).toMatchObject({ hosts_changed: 1, left: 1 });
    expect(await tagsOfHost()).toContain(tag);
  });
});

const many = (from: number, count: number) => Array.from({ length: count }, (_, at) => `${tag} ${from + at}`);

describe('an undo is refused', () => {
  test('where a host or scan would have too many tags', async () => {
    await client.setHostTags(ONE, [tag, ...many(1, MAX_TAGS_PER_HOST - 1)]);
    await client.setScanTags(scan(), [tag]);
    const { edit: untagged } = await client.removeHostTags(ONE, [tag]);
    await client.addHostTags(ONE, many(0, 1));
    await expect(undo(untagged)).rejects.toMatchObject({ code: 'conflict', facts: { host: ONE } });
    const removal = await remove();
    await client.setScanTags(scan(), many(1, MAX_TAGS_PER_SCAN));
    await expect(undo(removal)).rejects.toMatchObject({ code: 'conflict', facts: { scan: scan() } });
    await client.removeScanTags(scan(), many(1, 1));
    expect(await undo(removal)).toMatchObject({ scans_changed: 1, left: 0 });
    await client.setScanTags(scan(), []);
    await client.setHostTags(ONE, []);
  });

  test('where a host would be in too many groups', async () => {
    const groups = many(0, MAX_GROUPS_PER_HOST + 1);
    for (const name of groups) await client.createGroup({ name });
    const hosts = (await client.hosts()).data.filter(({ ip }) => ip === ONE).map(({ id }) => id);
    const put = (add: readonly string[]) =>
      client.editHosts({ host_ids: hosts, change: { groups: { add: [...add] } } });
    await put(groups.slice(1));
    const { edit } = await client.removeGroup(groups[1] ?? '');
    await put(groups.slice(0, 1));
    await expect(undo(edit)).rejects.toMatchObject({ code: 'conflict', facts: { host: ONE } });
  });
});

describe('where nothing changes', () => {
  test.each(['field', 'group', 'tag'] as const)('another %s of the name is reported', async (kind) => {
    const name = `${kind}_${used}`;
    const make = {
      field: () => client.createField({ name, type: 'text' }),
      group: () => client.createGroup({ name, rule: 'port:7' }),
      tag: () => client.createTag({ name }),
    }[kind];
    const take = {
      field: () => client.removeField(name),
      group: () => client.removeGroup(name),
      tag: () => client.removeTag(name),
    }[kind];
    await make();
    const { edit } = await take();
    await make();
    await expect(undo(edit)).rejects.toMatchObject({
      code: 'conflict',
      message: `The ${kind} "${name}" cannot be made again: another has its name by now.`,
      hint: expect.stringContaining(kind === 'field' ? 'Remove' : 'Rename'),
    });
    await take();
    expect(await undo(edit)).toMatchObject({ left: 0 });
  });

  test('the rule that names what would be removed is reported', async () => {
    await client.createTag({ name: tag });
    const { edit } = await undo(await remove());
    await client.createGroup({ name: `of ${tag}`, rule: `tag:${tag}` });
    await expect(undo(edit)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`the rule of the group "of ${tag}" names it`),
    });
    await client.removeGroup(`of ${tag}`);
    expect(await undo(edit)).toMatchObject({ left: 0 });
  });
});

test('a tag that a rule names by now is kept when its removal is repeated', async () => {
  await client.addHostTags(ONE, [tag]);
  await client.addScanTags(scan(), [tag]);
  const { edit } = await undo(await remove());
  await client.createGroup({ name: `of ${tag}`, rule: `tag:${tag}` });
  expect(await undo(edit)).toMatchObject({ hosts_changed: 1, scans_changed: 1, left: 1 });
  expect((await client.tag(tag)).name).toBe(tag);
  expect(await tagsOfHost()).not.toContain(tag);
  await expectComplete(lab.db.store.read);
});
