import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import { ROUTES } from '#contract/api/routes.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

const [ONE, TWO] = ['127.0.94.1', '127.0.94.2'];
const NO_OWNER = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47';

let lab: ApiLab;
let client: Client;
let ids: readonly string[];
beforeAll(async () => {
  lab = await openApiLab();
  client = lab.client;
  for (const address of [ONE, TWO]) await recordScan(lab.context, { address, state: 'open', at: new Date() });
  ids = (await client.hosts()).data.map(({ id }) => id);
});
afterAll(() => lab.close());

const tagsOf = async (ip: string) => (await client.host(ip)).tags.map(({ name }) => name);

describe('tags of a host', () => {
  test('an empty list is fine on a host that has none', async () => {
    for (const method of ['POST', 'PUT', 'DELETE'] as const) {
      const answer = await lab.requestAsUser({ method, url: ROUTES.hostTags(ONE), body: { tags: [] } });
      expect(answer).toMatchObject({ status: 200, body: { tags: [], edit: null } });
    }
  });

  test('are added, set and removed by its address, without duplicates and in a stable order', async () => {
    const added = await client.addHostTags(ONE, ['web', 'db', 'Web', 'app']);
    expect(added.tags).toEqual(['app', 'db', 'web']);
    expect((await client.addHostTags(ONE, ['DB'])).tags).toEqual(['app', 'db', 'web']);
    expect((await client.removeHostTags(ONE, ['db', 'db', 'nothing'])).tags).toEqual(['app', 'web']);
    expect((await client.setHostTags(ONE, ['web', 'zoo', 'app'])).tags).toEqual(['app', 'web', 'zoo']);
    expect(await tagsOf(ONE)).toEqual(['app', 'web', 'zoo']);
    expect((await client.hosts({ search: ONE })).data[0]?.tags).toEqual(
      ['app', 'web', 'zoo'].map((name) => ({ name, color: null })),
    );
  });

  test.each([
    ['a name with a comma', { tags: ['a,b'] }, 'invalid_request', 400],
    ['no list', {}, 'invalid_request', 400],
    ['something else beside', { tags: [], more: 1 }, 'invalid_request', 400],
    [
      'too many at once',
      { tags: Array.from({ length: 101 }, (_, index) => `t${index}`) },
      'invalid_request',
      400,
    ],
  ])('%s is refused', async (_what, body, error, status) => {
    const answer = await lab.requestAsUser({ method: 'POST', url: ROUTES.hostTags(ONE), body });
    expect(answer).toMatchObject({ status, body: { error } });
  });

  test('of an unknown host are not found', async () => {
    await expect(client.addHostTags(NO_OWNER, ['a'])).rejects.toMatchObject({ code: 'not_found' });
    await expect(client.addHostTags('127.0.94.9', ['a'])).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('many hosts', () => {
  test('are tagged in one edit, which an id undoes', async () => {
    const created = await client.tagHosts({ host_ids: [...ids], tags: ['bulk', 'web'], action: 'add' });
    expect(created).toMatchObject({
      hosts_matched: 2,
      hosts_changed: 2,
      examples: [ONE, TWO],
      dry_run: false,
    });
    expect(await tagsOf(TWO)).toEqual(['bulk', 'web']);
    const [edit] = (await client.hostEdits({ page_size: 1 })).data;
    expect(edit).toMatchObject({
      id: created.edit,
      actor: 'os:tester',
      summary: 'tag bulk, web',
      hosts: 2,
      undone_by: null,
    });
    const undone = await client.undoHostEdit(created.edit ?? '');
    expect(undone).toMatchObject({ hosts_changed: 2, left: 0 });
    expect([await tagsOf(ONE), await tagsOf(TWO)]).toEqual([['app', 'web', 'zoo'], []]);
    await expect(client.undoHostEdit(created.edit ?? '')).rejects.toMatchObject({ code: 'conflict' });
    await expect(client.undoHostEdit(NO_OWNER)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('are not changed at all when one of them is unknown', async () => {
    const input = { host_ids: [...ids, NO_OWNER], tags: ['half'] };
    await expect(client.tagHosts({ ...input, action: 'add' })).rejects.toMatchObject({ code: 'not_found' });
    expect((await client.tags()).data.map(({ name }) => name)).not.toContain('half');
    expect(await tagsOf(TWO)).toEqual([]);
  });

  test('are edited in every way at once, or only in a dry run', async () => {
    await client.createOwner({ name: 'Net', contact: 'net@example.invalid' });
    await client.createField({ name: 'rack', type: 'number' });
    await client.createGroup({ name: 'Desks', description: 'by the window' });
    const change = {
      tags: { add: ['desk'] },
      groups: { add: ['desks'] },
      owner: 'net',
      fields: { rack: '07' },
      note: 'line one\nline two',
    };
    const tried = await client.editHosts({ host_ids: [...ids], change, dry_run: true });
    expect(tried).toMatchObject({ edit: null, hosts_changed: 2, dry_run: true });
    expect(await client.host(TWO)).toMatchObject({
      tags: [],
      groups: [],
      owner: null,
      fields: [],
      notes: [],
    });
    await client.editHosts({ host_ids: [...ids], change, expected: tried.digest });
    expect(await client.host(TWO)).toMatchObject({
      tags: [{ name: 'desk', color: null }],
      groups: ['Desks'],
      owner: { name: 'Net', contact: 'net@example.invalid', network: null },
      fields: [{ name: 'rack', type: 'number', value: '7' }],
      notes: [{ text: 'line one\nline two', author: 'os:tester' }],
    });
    const wrong = client.editHosts({ host_ids: [...ids], change, expected: '0'.repeat(64) });
    await expect(wrong).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('the history of a host', () => {
  test('names the edit of a user-set fact, also of one that was undone', async () => {
    const given = await client.changeHost(TWO, { custom_name: 'door', ignored: true });
    const other = await client.changeHost(TWO, { custom_name: 'gate' });
    const undone = await client.undoHostEdit(other.edit ?? '');
    const { data } = await client.hostHistory(TWO, { page_size: 4 });
    expect(data.map(({ fact, new_value, edit }) => [fact, new_value, edit])).toEqual([
      ['custom_name', 'door', undone.edit],
      ['custom_name', 'gate', other.edit],
      expect.arrayContaining([given.edit]),
      expect.arrayContaining([given.edit]),
    ]);
    await client.undoHostEdit(given.edit ?? '');
  });

  test('returns the author of each edit, and the past is unchanged', async () => {
    const before = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await client.setHostOwner(TWO, null);
    await client.setHostFields(TWO, { rack: null });
    await client.setHostTags(TWO, []);
    const [note] = (await client.host(TWO)).notes;
    await client.removeHostNote(TWO, note?.id ?? '');
    await expect(client.removeHostNote(TWO, note?.id ?? '')).rejects.toMatchObject({ code: 'not_found' });
    const { data } = await client.hostHistory(TWO, { page_size: 4 });
    expect(data.map(({ fact, old_value, new_value, actor }) => [fact, old_value, new_value, actor])).toEqual([
      ['note', 'line one\nline two', null, 'os:tester'],
      ['tag', 'desk', null, 'os:tester'],
      ['field.rack', '7', null, 'os:tester'],
      ['owner', 'Net', null, 'os:tester'],
    ]);
    expect((await client.host(TWO)).history.slice(0, 4)).toEqual(data);
    const edits = (await client.hostEdits({ page_size: 4 })).data.map(({ id }) => id);
    expect(data.map(({ edit }) => edit)).toEqual(edits);
    expect(await client.host(TWO)).toMatchObject({ tags: [], owner: null, fields: [], notes: [] });
    expect(await client.host(TWO, { as_of: before })).toMatchObject({
      tags: [{ name: 'desk' }],
      groups: ['Desks'],
      owner: { name: 'Net' },
      fields: [{ name: 'rack', value: '7' }],
      notes: [{ text: 'line one\nline two' }],
    });
    expect((await client.hosts({ as_of: before, search: TWO })).data[0]?.tags).toMatchObject([
      { name: 'desk' },
    ]);
  });
});

describe('the list of tags', () => {
  test('is by name, counts hosts that are not deleted, and a tag is renamed and removed there', async () => {
    await client.createTag({ name: 'Alone', color: '#A8231C' });
    await expect(client.createTag({ name: 'alone' })).rejects.toMatchObject({ code: 'conflict' });
    const listed = (await client.tags()).data.map(({ name, hosts }) => [name, hosts]);
    expect(listed).toEqual([
      ['Alone', 0],
      ['app', 1],
      ['bulk', 0],
      ['db', 0],
      ['desk', 1],
      ['web', 1],
      ['zoo', 1],
    ]);
    expect(await client.tag('DESK')).toMatchObject({ name: 'desk', hosts: 1, scans: 0 });
    expect(await client.changeTag('alone', { name: 'env:prod/1' })).toMatchObject({ color: '#a8231c' });
    expect(await client.removeTag('env:prod/1')).toMatchObject({ hosts_changed: 0, scans_changed: 0 });
    await expect(client.removeTag('env:prod/1')).rejects.toMatchObject({ code: 'not_found' });
    await expect(client.tag('env:prod/1')).rejects.toMatchObject({ code: 'not_found' });
    await client.deleteHost(ONE);
    expect((await client.tags()).data.find(({ name }) => name === 'app')?.hosts).toBe(0);
    await client.restoreHost(ONE);
  });
});

describe('groups', () => {
  test('one is created, found by name or id, changed and removed; its hosts are kept', async () => {
    const group = await client.createGroup({ name: 'Printers', color: '#123456' });
    expect(group).toMatchObject({ kind: 'static', rule: null, hosts: 0, created_by: 'os:tester' });
    expect(await client.group('printers')).toEqual(group);
    expect(await client.addGroupHosts(group.id, ids)).toMatchObject({ hosts_changed: 2 });
    expect(await client.removeGroupHosts('printers', ids.slice(0, 1))).toMatchObject({ hosts_changed: 1 });
    expect((await client.groups()).data.map(({ name, hosts }) => [name, hosts])).toEqual([
      ['Desks', 2],
      ['Printers', 1],
    ]);
    await expect(client.changeGroup('printers', { name: 'desks' })).rejects.toMatchObject({
      code: 'conflict',
    });
    const changed = await client.changeGroup('printers', { name: 'Print', description: 'all of them' });
    expect(changed).toMatchObject({ id: group.id, name: 'Print', color: '#123456', hosts: 1 });
    await client.removeGroup(group.id);
    await expect(client.group(group.id)).rejects.toMatchObject({ code: 'not_found' });
    expect((await client.hosts()).pagination.total_items).toBe(2);
  });
});

describe('owners', () => {
  test('a host has its own, or that of the narrowest network around it that has one', async () => {
    await client.createOwner({ name: 'Wide' });
    await client.createOwner({ name: 'Narrow' });
    const wide = await client.createNetwork({ cidr: '127.0.0.0/16', name: 'wide' });
    const narrow = await client.createNetwork({ cidr: '127.0.94.0/24', name: 'narrow' });
    await client.createNetwork({ cidr: '127.0.94.2/32', name: 'nobody' });
    await client.setNetworkOwner(wide.id, 'Wide');
    expect((await client.host(TWO)).owner).toMatchObject({ name: 'Wide', network: 'wide' });
    expect(await client.setNetworkOwner(narrow.id, 'narrow')).toEqual({ network: 'narrow', owner: 'Narrow' });
    expect((await client.host(TWO)).owner).toMatchObject({ name: 'Narrow', network: 'narrow' });
    expect((await client.host(ONE)).owner).toMatchObject({ name: 'Net', network: null });
    await expect(client.removeOwner('narrow')).rejects.toMatchObject({
      code: 'conflict',
      hint: expect.stringContaining('the networks (`scanorama owners assign` or `owners unassign`)'),
    });
    expect((await client.owners()).data.map(({ name, hosts, networks }) => [name, hosts, networks])).toEqual([
      ['Narrow', 0, ['narrow']],
      ['Net', 1, []],
      ['Wide', 0, ['wide']],
    ]);
    await client.setNetworkOwner(narrow.id, null);
    expect((await client.host(TWO)).owner).toMatchObject({ name: 'Wide' });
    expect(await client.removeOwner('narrow')).toMatchObject({ name: 'Narrow' });
    expect(await client.changeOwner('wide', { contact: 'wide@example.invalid' })).toMatchObject({
      contact: 'wide@example.invalid',
    });
    await client.removeNetwork(wide.id);
    expect((await client.host(TWO)).owner).toBeNull();
  });
});

describe('fields', () => {
  test('one is defined, described and removed with its values', async () => {
    const tier = await client.createField({ name: 'Tier', type: 'choice', choices: ['gold', 'silver'] });
    expect(tier).toMatchObject({ name: 'tier', choices: ['gold', 'silver'], hosts: 0 });
    await client.setHostFields(ONE, { tier: 'GOLD' });
    expect((await client.fields()).data.map(({ name, hosts }) => [name, hosts])).toEqual([
      ['rack', 1],
      ['tier', 1],
    ]);
    await expect(client.setHostFields(ONE, { tier: 'bronze' })).rejects.toMatchObject({
      code: 'invalid_request',
      hint: 'It takes one of gold, silver.',
    });
    await expect(client.changeField('tier', { choices: ['silver'] })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(client.changeField('rack', { choices: ['1'] })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    await expect(client.createField({ name: 'x', type: 'choice' })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    expect(await client.changeField('tier', { description: 'how dear' })).toMatchObject({
      description: 'how dear',
    });
    expect(await client.removeField('tier')).toMatchObject({ hosts_changed: 1 });
    expect((await client.host(ONE)).fields).toEqual([{ name: 'rack', type: 'number', value: '7' }]);
  });
});
