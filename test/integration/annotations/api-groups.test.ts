import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { filterToJson } from '#domain/filter/json.js';
import { parseFilter } from '#domain/filter/parse.js';
import { verifyData } from '#work/health/verify-data.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

const ADDRESSES = ['127.0.96.1', '127.0.96.2', '127.0.96.3'];
const [ONE = '', TWO = ''] = ADDRESSES;

let lab: ApiLab;
let client: Client;
let ids: readonly string[];
beforeAll(async () => {
  lab = await openApiLab();
  client = lab.client;
  for (const address of ADDRESSES) {
    const state = address === ONE ? 'open' : 'closed';
    await recordScan(lab.context, { address, state, at: new Date() });
  }
  ids = (await client.hosts()).data.map(({ id }) => id);
});
afterAll(() => lab.close());

const membersOf = async (group: string, query = {}) =>
  (await client.groupHosts(group, query)).data.map(({ ip }) => ip);
const found = async (filter: string) => (await client.hosts({ filter })).data.map(({ ip }) => ip);

const hintOf = (probed: Promise<unknown>) =>
  probed.then(
    () => 'taken',
    (error: unknown) => (error instanceof ScanoramaError ? [error.code, error.hint] : error),
  );

describe('a rule group', () => {
  test('has the hosts that match at the time of the request, and stores none of it', async () => {
    await client.createTag({ name: 'open' });
    const group = await client.createGroup({ name: 'Open', rule: 'port:7 or tag:open' });
    expect(group).toMatchObject({ kind: 'rule', rule: 'port:7 or tag:open', hosts: 1 });
    expect(await membersOf('open')).toEqual([ONE]);
    await client.addHostTags(TWO, ['open']);
    expect(await membersOf(group.id)).toEqual([ONE, TWO]);
    expect((await client.groups()).data).toMatchObject([{ name: 'Open', hosts: 2 }]);
    expect((await client.host(TWO)).groups).toEqual(['Open']);
    await client.removeHostTags(TWO, ['open']);
    expect(await membersOf('open')).toEqual([ONE]);
    expect(await client.group('open')).toMatchObject({ hosts: 1 });
    expect((await client.host(TWO)).groups).toEqual([]);
    await client.deleteHost(ONE);
    expect(await client.group('open')).toMatchObject({ hosts: 0 });
    await client.restoreHost(ONE);
  });

  test('cannot have members added or removed', async () => {
    const refused = { code: 'conflict', hint: expect.stringContaining('--rule') };
    await expect(client.addGroupHosts('open', ids)).rejects.toMatchObject(refused);
    await expect(client.removeGroupHosts('open', ids)).rejects.toMatchObject(refused);
  });

  test('is part of other rules and of filters, beside the groups that list their hosts', async () => {
    await client.createGroup({ name: 'Listed' });
    await client.addGroupHosts('listed', ids.slice(2));
    await client.createTag({ name: 'away' });
    await client.createGroup({ name: 'Both', rule: 'group:open,listed and not tag:away' });
    expect(await membersOf('both')).toEqual([ONE, ADDRESSES[2]]);
    expect(await found('group:both')).toEqual([ONE, ADDRESSES[2]]);
    expect(await found('not group:both')).toEqual([TWO]);
    expect(await found('group:*e*')).toEqual([ONE, ADDRESSES[2]]);
    expect(await membersOf('both', { filter: 'port:7' })).toEqual([ONE]);
    expect((await client.host(ONE)).groups).toEqual(['Both', 'Open']);
  });

  test('cannot contain itself, in any way', async () => {
    const cycle = { code: 'group_cycle' };
    await expect(client.createGroup({ name: 'Self', rule: 'group:self' })).rejects.toMatchObject(cycle);
    await expect(client.changeGroup('open', { rule: 'group:both' })).rejects.toMatchObject({
      ...cycle,
      message: 'The rule of the group "Both" leads to itself, by way of "Open".',
    });
    await client.createGroup({ name: 'Wide', rule: 'group:x*' });
    await expect(client.createGroup({ name: 'xa', rule: 'group:wide' })).rejects.toMatchObject(cycle);
    await expect(client.changeGroup('wide', { name: 'xb' })).rejects.toMatchObject(cycle);
    expect((await client.groups()).data.map(({ name, rule }) => [name, rule])).toEqual([
      ['Both', 'group:open,listed and not tag:away'],
      ['Listed', null],
      ['Open', 'port:7 or tag:open'],
      ['Wide', 'group:x*'],
    ]);
    await client.removeGroup('wide');
  });

  test('prevents removal of what its rule names', async () => {
    const refused = { code: 'conflict', message: expect.stringContaining('"Both" names it') };
    await expect(client.removeGroup('open')).rejects.toMatchObject(refused);
    await expect(client.changeGroup('listed', { name: 'L' })).rejects.toMatchObject(refused);
    await expect(client.changeTag('away', { name: 'far' })).rejects.toMatchObject(refused);
    await expect(client.removeTag('AWAY')).rejects.toMatchObject({
      ...refused,
      hint: expect.stringContaining('groups edit'),
    });
    expect(await membersOf('both')).toEqual([ONE, ADDRESSES[2]]);
    await client.createOwner({ name: 'Ops' });
    await client.createGroup({ name: 'Owned', rule: 'owner:ops' });
    await expect(client.removeOwner('ops')).rejects.toMatchObject({
      code: 'conflict',
      message: 'The owner "Ops" cannot be removed: the rule of the group "Owned" names it.',
    });
    await client.removeGroup('owned');
    await client.removeOwner('ops');
    await client.createField({ name: 'rack', type: 'number' });
    await client.changeGroup('open', { rule: 'field.rack>=7 or port:7' });
    await expect(client.removeField('rack')).rejects.toMatchObject({ code: 'conflict' });
    await client.setHostFields(TWO, { rack: '12.5' });
    expect(await membersOf('open')).toEqual([ONE, TWO]);
  });

  test('prevents removal of the networks and the site that its rule names', async () => {
    const { id } = await client.createNetwork({ cidr: '127.0.96.0/24', name: 'office' });
    await client.createSite({ name: 'Annex' });
    await client.createGroup({ name: 'Placed', rule: 'network:Office,198.18.7.0/24 or site:annex' });
    const refused = { code: 'conflict', message: expect.stringContaining('"Placed" names it') };
    await expect(client.changeNetwork(id, { name: 'lab' })).rejects.toMatchObject(refused);
    await expect(client.removeNetwork(id)).rejects.toMatchObject(refused);
    await expect(client.changeSite('Annex', { name: 'Lab' })).rejects.toMatchObject(refused);
    await expect(client.removeSite('Annex')).rejects.toMatchObject(refused);
    await client.changeNetwork(id, { name: 'OFFICE', description: 'upstairs' });
    await client.changeSite('Annex', { name: 'ANNEX' });
    expect(await membersOf('placed')).toEqual(ADDRESSES);
    await client.removeGroup('placed');
    await client.changeSite('ANNEX', { name: 'Lab' });
    await client.removeNetwork(id);
  });

  test('is refused where its rule is invalid, uses an unknown field, or the group lists its hosts', async () => {
    await expect(client.createGroup({ name: 'Bad', rule: 'prot:7' })).rejects.toMatchObject({
      code: 'invalid_filter',
      facts: { column: 1 },
    });
    await expect(client.createGroup({ name: 'Bad', rule: 'field.nothing:1' })).rejects.toMatchObject({
      code: 'filter_names_nothing',
      at: 'field.nothing',
      facts: { column: 1 },
    });
    await expect(client.changeGroup('listed', { rule: 'port:7' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(client.group('bad')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('cannot be queried as of a past time, where its members are unknown', async () => {
    const past = { as_of: new Date().toISOString(), filter: 'group:open' };
    await expect(client.hosts(past)).rejects.toMatchObject({ code: 'not_in_history', at: 'group' });
  });
});

describe('hosts by filter', () => {
  test.each([
    ['tag:DESK', [ONE, TWO]],
    ['tag:des*', [ONE, TWO]],
    ['has:tag', [ONE, TWO]],
    ['owner:"net team"', [TWO]],
    ['not has:owner', [ONE, ADDRESSES[2]]],
    ['note:window', [ONE]],
    ['field.rack:12.5', [TWO]],
    ['field.rack<13 and field.rack>12', [TWO]],
    ['field.vip:yes', [ONE]],
    ['not field.vip:true', [TWO, ADDRESSES[2]]],
    ['field.due<2026-12-01', [TWO]],
  ])('%s', async (filter, addresses) => {
    await client.addHostTags(ONE, ['desk']);
    await client.addHostTags(TWO, ['desk']);
    if ((await client.owners()).data.length === 0) {
      await client.createOwner({ name: 'Net team' });
      await client.createField({ name: 'vip', type: 'flag' });
      await client.createField({ name: 'due', type: 'date' });
      await client.setHostOwner(TWO, 'Net team');
      await client.addHostNote(ONE, 'by the\nWindow');
      await client.setHostFields(ONE, { vip: 'yes' });
      await client.setHostFields(TWO, { due: '2026-11-25', vip: 'no' });
    }
    expect(await found(filter)).toEqual(addresses);
  });

  test('tags, groups and owners are found by their names in any case, however letters are composed', async () => {
    await client.addHostTags(ONE, ['Büro']);
    await client.createGroup({ name: 'Ärzte', rule: 'tag:büro' });
    await client.createOwner({ name: 'Große' });
    await client.setHostOwner(ONE, 'Große');
    for (const filter of ['tag:BÜRO', 'tag:bu\u0308*', 'group:ÄRZTE', 'owner:GROßE', 'owner:g*SSE,*ßE'])
      expect(await found(filter), filter).toEqual([ONE]);
    await client.setHostOwner(ONE, null);
    await client.removeHostTags(ONE, ['büro']);
  });

  test('a comparison that the type of a field does not allow is reported, with its position', async () => {
    await client.createField({ name: 'room', type: 'text' });
    const faults = [
      ['port:7 and field.room>=7', 22, 'holds text and cannot be compared with >='],
      ['field.rack>2026-01-01', 12, 'is not a number'],
      ['field.due<7', 11, 'is not a day'],
    ] as const;
    for (const [filter, column, states] of faults)
      await expect(found(filter)).rejects.toMatchObject({
        code: 'invalid_filter',
        message: expect.stringContaining(states),
        facts: { column },
      });
    expect(await found('field.room:7')).toEqual([]);
  });

  test('a rule whose names were removed is read, and finds what is left of it', async () => {
    const rule = JSON.stringify(filterToJson(parseFilter('tag:vanished or field.lost>7 or port:7')));
    await client.createGroup({ name: 'Old', rule: 'port:7' });
    await sql`UPDATE host_groups SET rule = ${rule}::jsonb WHERE name = 'Old'`.execute(lab.db.store.read);
    expect(await membersOf('old')).toEqual([ONE]);
    expect(await found('group:old')).toEqual([ONE]);
    await client.changeGroup('old', { description: 'of then' });
    await client.removeGroup('old');
  });

  test('a rule stored with a time that lacks a time zone is restored unchanged, and no new one is accepted', async () => {
    const rule = 'changed>=2020-01-01T07:30';
    await expect(client.createGroup({ name: 'Since', rule })).rejects.toMatchObject({
      code: 'invalid_filter',
      facts: { column: 10 },
    });
    const { id } = await client.createGroup({ name: 'Since', rule: `${rule}Z` });
    await sql`UPDATE host_groups SET rule_text = ${rule} WHERE uid = ${id}`.execute(lab.db.store.read);
    const { edit } = await client.removeGroup('since');
    await client.undoHostEdit(edit ?? '');
    expect(await client.group(id)).toMatchObject({ rule });
    expect(await membersOf('since')).toEqual(ADDRESSES);
    await client.removeGroup('since');
  });

  test('a group that is being created, or whose rule it is, is not suggested as one that the rule could name', async () => {
    const { name } = await client.createGroup({ name: 'zebra' });
    const hint = await hintOf(client.createGroup({ name: 'zebras', rule: 'group:nix or port:22' }));
    expect(hint).toEqual(['filter_names_nothing', expect.stringContaining(name)]);
    expect(hint).toEqual(['filter_names_nothing', expect.not.stringContaining('zebras')]);
    await client.createGroup({ name: 'zebras', rule: 'port:22' });
    expect(await hintOf(client.changeGroup('zebras', { rule: 'group:nix' }))).toEqual(hint);
    for (const group of ['zebra', 'zebras']) await client.removeGroup(group);
  });

  test('a rule with an undefined field is reported', async () => {
    await expect(found('field.nothing:1')).rejects.toMatchObject({
      code: 'filter_names_nothing',
      at: 'field.nothing',
    });
    await expect(found('field:1')).rejects.toMatchObject({ code: 'invalid_filter' });
    await expect(found('field.rack>big')).rejects.toMatchObject({ code: 'invalid_filter', at: 'big' });
  });
});

describe('the number of hosts', () => {
  test('of a group, tag or network is that of its list, which has no ignored ones', async () => {
    const { id } = await client.createNetwork({ cidr: '127.0.96.0/24', name: 'lab' });
    await client.addHostTags(ONE, ['counted']);
    await client.addHostTags(TWO, ['counted']);
    await client.createGroup({ name: 'By rule', rule: 'tag:counted' });
    await client.createGroup({ name: 'By hand' });
    await client.addGroupHosts('by hand', ids.slice(0, 2));
    await client.changeHost(ONE, { ignored: true });
    for (const name of ['by rule', 'by hand']) {
      expect(await membersOf(name)).toEqual([TWO]);
      expect(await client.group(name)).toMatchObject({ hosts: 1 });
    }
    const tag = (await client.tags()).data.find(({ name }) => name === 'counted');
    expect(tag?.hosts).toBe((await found('tag:counted')).length);
    expect((await client.network(id)).hosts).toBe((await found('net:lab')).length);
    expect((await client.networkStats(id)).hosts.total).toBe(2);
    await client.changeHost(ONE, { ignored: false });
    for (const name of ['by rule', 'by hand']) await client.removeGroup(name);
    await client.removeNetwork(id);
  });
});

describe('an edit of what a filter finds', () => {
  test('is previewed, confirmed and undone', async () => {
    const edit = { filter: 'group:open', change: { tags: { add: ['found'] } } };
    const tried = await client.editHosts({ ...edit, dry_run: true });
    expect(tried).toMatchObject({ edit: null, hosts_matched: 2, hosts_changed: 2, examples: [ONE, TWO] });
    const created = await client.tagHosts({
      filter: 'group:open',
      tags: ['found'],
      action: 'add',
      expected: tried.digest,
    });
    expect(await found('tag:found')).toEqual([ONE, TWO]);
    await client.undoHostEdit(created.edit ?? '');
    expect(await found('tag:found')).toEqual([]);
  });

  test('is refused where a different set of the same size matches by now', async () => {
    const hosts = await client.hosts({ filter: 'group:open' });
    const [one = '', two = ''] = hosts.data.map(({ id }) => id);
    await client.addHostTags(one, ['swap']);
    const edit = { filter: 'tag:swap', change: { note: 'mine' } };
    const { digest } = await client.editHosts({ ...edit, dry_run: true });
    await client.removeHostTags(one, ['swap']);
    await client.addHostTags(two, ['swap']);
    const refused = client.editHosts({ ...edit, expected: digest });
    await expect(refused).rejects.toMatchObject({ code: 'conflict', facts: { hosts: 1 } });
    expect((await client.host(two)).notes).toEqual([]);
    await client.removeTag('swap');
  });

  test('skips deleted hosts, and none is no error', async () => {
    await client.deleteHost(TWO);
    const change = { note: 'seen' };
    expect(await client.editHosts({ filter: 'group:open', change, dry_run: true })).toMatchObject({
      hosts_matched: 1,
    });
    await client.restoreHost(TWO);
    expect(await client.editHosts({ filter: 'tag:found', change })).toMatchObject({
      edit: null,
      hosts_matched: 0,
    });
  });

  test('names hosts or a filter, exactly one of both', async () => {
    const change = { note: 'x' };
    for (const body of [{ change }, { change, host_ids: [...ids], filter: 'port:7' }])
      await expect(client.editHosts(body)).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(client.editHosts({ change, filter: 'prot:7' })).rejects.toMatchObject({
      code: 'invalid_filter',
    });
  });

  test('distinguishes hosts of one address by their sites', async () => {
    const { read } = lab.context.store;
    await client.createSite({ name: 'branch' });
    await sql`INSERT INTO hosts (uid, site_id, ip_address, status, status_observed_at, first_seen, last_seen)
      SELECT gen_random_uuid(), id, ${ONE}, 'up', now(), now(), now() FROM sites WHERE name = 'branch'`.execute(
      read,
    );
    const edit = { filter: `address:${ONE}`, change: { note: 'which' }, dry_run: true };
    expect((await client.editHosts(edit)).examples).toEqual([ONE, `${ONE} (branch)`]);
    await sql`DELETE FROM hosts WHERE site_id = (SELECT id FROM sites WHERE name = 'branch')`.execute(read);
    await client.removeSite('branch');
  });

  test('leaves consistent data', async () => {
    const { checks } = await verifyData(lab.context, new AbortController().signal);
    expect(checks.filter(({ faults }) => faults > 0)).toEqual([]);
  });
});
