import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import { ROUTES } from '#contract/api/routes.js';
import { runShard } from '#work/shards/run-shard.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { openListeners } from '../../support/network/listeners.ts';

let lab: ApiLab;
let client: Client;
beforeAll(async () => {
  lab = await openApiLab();
  client = lab.client;
});
afterAll(() => lab.close());

async function runEnqueued(): Promise<void> {
  const signal = new AbortController().signal;
  for (const shardId of lab.enqueued.splice(0))
    await runShard(lab.context, shardId, { onClaimed: () => undefined, signal });
}

describe('sites', () => {
  test('one is created, found by name and id, renamed and removed', async () => {
    const created = await client.createSite({ name: ' north ' });
    expect(created).toMatchObject({
      name: 'north',
      networks: 0,
      hosts: 0,
      scans: 0,
      exclusions: 0,
      scope: [],
    });
    expect(await client.site(created.id)).toEqual(await client.site('north'));
    expect((await client.sites()).data.map(({ name }) => name)).toEqual(['default', 'north']);
    expect((await client.changeSite('north', { name: 'south' })).id).toBe(created.id);
    await expect(client.site('north')).rejects.toMatchObject({ code: 'not_found' });
    await client.removeSite('south');
    expect((await client.sites()).pagination.total_items).toBe(1);
    await expect(client.removeSite('south')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a name is unique, also under concurrency, and has a defined form', async () => {
    const at = await Promise.allSettled([1, 2, 3].map(() => client.createSite({ name: 'east' })));
    expect(at.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(client.createSite({ name: 'east' })).rejects.toMatchObject({ code: 'conflict', at: 'east' });
    await client.createSite({ name: 'west' });
    await expect(client.changeSite('west', { name: 'east' })).rejects.toMatchObject({ code: 'conflict' });
    const cases = await Promise.allSettled(
      ['Hill', 'hill', 'HILL'].map((name) => client.createSite({ name })),
    );
    expect(cases.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(client.createSite({ name: 'East' })).rejects.toMatchObject({ code: 'conflict', at: 'East' });
    await expect(client.changeSite('west', { name: 'EAST' })).rejects.toMatchObject({ code: 'conflict' });
    expect(await client.changeSite('west', { name: 'West' })).toMatchObject({ name: 'West' });
    for (const name of ['-x', 'a/b', 'é', ' ', 'a,b'])
      await expect(client.createSite({ name })).rejects.toMatchObject({
        code: 'invalid_request',
        at: 'name',
      });
  });

  test('the default one can be neither removed nor renamed, not even by an administrator', async () => {
    await expect(client.removeSite('default')).rejects.toMatchObject({ code: 'conflict' });
    await expect(client.changeSite('default', { name: 'other' })).rejects.toMatchObject({
      code: 'conflict',
      message: 'The site "default" is always there and cannot be renamed.',
    });
    for (const statement of [
      sql`DELETE FROM sites WHERE name = 'default'`,
      sql`UPDATE sites SET name = 'x' WHERE name = 'default'`,
    ])
      await expect(statement.execute(lab.db.store.read)).rejects.toMatchObject({
        constraint: 'sites_default_kept',
      });
  });

  test('one that is in use cannot be removed, with counts and what to do', async () => {
    await client.createSite({ name: 'full' });
    await client.createNetwork({ cidr: '198.18.0.0/24', name: 'office', site: 'full' });
    await client.createNetwork({ cidr: '198.18.1.0/24', site: 'full' });
    await client.exclude({ address: '198.18.0.9', site: 'full' });
    const answer = await lab.requestAsUser({ method: 'DELETE', url: ROUTES.site('full') });
    expect(answer).toMatchObject({
      status: 409,
      body: {
        error: 'conflict',
        message: 'The site "full" cannot be removed: it holds 2 networks and 1 exclusion.',
        hint: expect.stringContaining('first'),
        details: { networks: 2, hosts: 0, scans: 0, exclusions: 1 },
      },
    });
  });
});

describe('a specified site', () => {
  test('has only its own scans and schedules, in any case; an unknown one is refused', async () => {
    await client.createSite({ name: 'attic' });
    const probed = { targets: ['127.0.44.1'], ports: '7' };
    const there = await client.startScan({ ...probed, site: 'attic' });
    const elsewhere = await client.startScan({ ...probed, site: 'default' });
    const idsAt = async (site: string) => (await client.scans({ site })).data.map(({ id }) => id);
    expect(await idsAt('ATTIC')).toEqual([there.id]);
    expect(await idsAt('default')).toContain(elsewhere.id);
    expect((await client.schedules({ site: 'Attic' })).data).toEqual([]);
    for (const id of [there.id, elsewhere.id]) await client.stopScan(id);
    const planned = await client.deleteScans({ filter: { site: 'attic' }, dry_run: true });
    expect(planned.results).toMatchObject([{ id: there.id }]);
    const unknown = { code: 'not_found', message: 'There is no site named "nope".' };
    await expect(client.scans({ site: 'nope' })).rejects.toMatchObject(unknown);
    await expect(client.schedules({ site: 'nope' })).rejects.toMatchObject(unknown);
    await expect(client.deleteScans({ filter: { site: 'nope' } })).rejects.toMatchObject(unknown);
    for (const id of [there.id, elsewhere.id])
      expect(await client.restoreScan(id)).toMatchObject({ id, restored: false });
    await client.deleteScan(there.id);
    expect(await client.restoreScan(there.id)).toMatchObject({ id: there.id, restored: true });
    lab.enqueued.length = 0;
  });
});

describe('the scope of a site', () => {
  const targets = ['198.18.7.0/30'];
  const ports = '1';
  let refusedScan: string;

  test('where there is none, the first scan beyond this machine needs confirmation, and no other', async () => {
    const plan = await client.planScan({ targets, ports });
    expect(plan).toMatchObject({ needs_scope_confirmation: true, needs_confirmation: false });
    await expect(client.startScan({ targets, ports })).rejects.toMatchObject({
      code: 'confirmation_required',
      facts: { confirm: 'confirm_unscoped', site: 'default' },
    });
    // This very machine belongs to the user.
    await client.startScan({ targets: ['127.0.0.1', '::1'], ports });
    expect((await client.site('default')).unscoped_accepted_by).toBeNull();
    refusedScan = (await client.startScan({ targets, ports, confirm_unscoped: true })).id;
    expect((await client.site('default')).unscoped_accepted_by).toBe('os:tester');
    expect(await client.planScan({ targets, ports })).toMatchObject({ needs_scope_confirmation: false });
    await client.startScan({ targets, ports });
    // Separately for each site.
    expect(await client.planScan({ targets, ports, site: 'east' })).toMatchObject({
      needs_scope_confirmation: true,
    });
    lab.enqueued.length = 0;
  });

  test('is set, extended and removed, with networks only', async () => {
    const set = await client.changeSite('default', { scope: ['198.18.0.0/16', 'FD00::/48'] });
    expect(set).toMatchObject({ scope: ['198.18.0.0/16', 'fd00::/48'], unscoped_accepted_at: null });
    expect((await client.changeSite('default', { scope_add: ['198.19.0.0/24'] })).scope).toHaveLength(3);
    expect((await client.changeSite('default', { scope: ['198.18.0.0/22'] })).scope).toEqual([
      '198.18.0.0/22',
    ]);
    await expect(client.changeSite('default', { scope: ['198.18.0.1/16'] })).rejects.toMatchObject({
      code: 'invalid_target',
      hint: 'The network of that address is 198.18.0.0/16.',
    });
    expect((await client.site('default')).scope).toEqual(['198.18.0.0/22']);
  });

  test('refuses a scan that leaves it, and a stored one that is to be resumed, unless an administrator overrides it', async () => {
    for (const outside of [targets, ['198.18.3.0-198.18.4.0'], ['fd00::1']])
      await expect(client.startScan({ targets: outside, ports })).rejects.toMatchObject({
        code: 'outside_scope',
      });
    const refused = await lab.requestAsUser({
      method: 'POST',
      url: ROUTES.scanPlan,
      body: { targets, ports },
    });
    expect(refused).toMatchObject({
      status: 403,
      body: {
        message: '198.18.7.0/30 lies outside the scope of the site "default", which is 198.18.0.0/22.',
      },
    });
    expect(await client.planScan({ targets: ['198.18.3.0/24', '127.0.0.1'], ports })).toMatchObject({
      needs_scope_confirmation: false,
    });
    const forced = await client.startScan({ targets, ports, outside_scope: true });
    expect(forced.outside_scope).toBe(true);
    const { rows } = await sql`SELECT payload FROM events JOIN scan_jobs job ON job.id = job_id
      WHERE kind = 'scan.created' AND job.uid = ${forced.id}`.execute(lab.db.store.read);
    expect(rows).toEqual([{ payload: { actor: 'os:tester', outside_scope: true } }]);
    for (const id of [refusedScan, forced.id]) await client.stopScan(id);
    await expect(client.resumeScan(refusedScan)).rejects.toMatchObject({ code: 'outside_scope' });
    expect(await client.resumeScan(forced.id)).toMatchObject({ status: 'pending' });
    lab.enqueued.length = 0;
  });

  test('that is removed requires confirmation again', async () => {
    expect((await client.changeSite('default', { scope: [] })).scope).toEqual([]);
    expect(await client.planScan({ targets, ports })).toMatchObject({ needs_scope_confirmation: true });
  });

  test('keeps the confirmation of scans without one until it changes', async () => {
    await client.createSite({ name: 'yard' });
    await client.startScan({ targets, ports, site: 'yard', confirm_unscoped: true });
    lab.enqueued.length = 0;
    const renamed = await client.changeSite('yard', { name: 'court' });
    expect(renamed.unscoped_accepted_by).toBe('os:tester');
    expect(await client.changeSite('court', { name: 'yard', scope: [] })).toMatchObject({
      name: 'yard',
      unscoped_accepted_by: 'os:tester',
    });
    expect(await client.changeSite('yard', { scope: ['198.18.0.0/24'] })).toMatchObject({
      unscoped_accepted_at: null,
      unscoped_accepted_by: null,
    });
  });

  test('is not replaced by a client that saw another one, and no part of the change is stored', async () => {
    const seen = (await client.changeSite('yard', { scope: ['198.18.0.0/16', 'fd00::/48'] })).scope;
    await client.changeSite('yard', { scope: ['198.18.0.0/24'], expected_scope: ['FD00::/48', ...seen] });
    const answer = await lab.requestAsUser({
      method: 'PATCH',
      url: ROUTES.site('yard'),
      body: { name: 'court', scope: seen, expected_scope: seen },
    });
    expect(answer).toMatchObject({
      status: 409,
      body: {
        error: 'conflict',
        message: 'The scope of the site "yard" was changed meanwhile.',
        details: { scope: ['198.18.0.0/24'] },
      },
    });
    expect(await client.site('yard')).toMatchObject({ scope: ['198.18.0.0/24'] });
  });
});

test('the same address at two sites is two hosts that never mix', async () => {
  const address = '127.79.3.1';
  await client.createSite({ name: 'twin' });
  const first = await openListeners(address, 2);
  const ports = first.ports.join(',');
  await client.startScan({ targets: [address], ports });
  await runEnqueued();
  await first.close();
  const second = await openListeners(address, 1);
  await client.startScan({ targets: [address], ports: `${ports},${second.ports[0]}`, site: 'twin' });
  await runEnqueued();
  await second.close();
  const { data } = await client.hosts({ search: address });
  const portsAt = Object.fromEntries(
    data.map(({ site, open_ports }) => [site, open_ports.map(({ port }) => port)]),
  );
  expect(portsAt).toEqual({ default: first.ports, twin: second.ports });
  const detail = await client.host(data.find(({ site }) => site === 'default')?.id ?? '');
  expect(detail.history.filter(({ fact }) => fact === 'port')).toHaveLength(2);
  await expect(client.host(address)).rejects.toMatchObject({ code: 'conflict' });
  const counted = { hosts: 1, scans: 1, hosts_listed: 1, scans_listed: 1 };
  expect(await client.site('twin')).toMatchObject(counted);
  const there = data.find(({ site }) => site === 'twin');
  await client.changeHost(there?.id ?? '', { ignored: true });
  expect(await client.site('twin')).toMatchObject({ ...counted, hosts_listed: 0 });
  await client.changeHost(there?.id ?? '', { ignored: false });
  await client.deleteHost(there?.id ?? '');
  for (const { id, site } of (await client.scans({})).data) if (site === 'twin') await client.deleteScan(id);
  const { data: sites } = await client.sites();
  expect(sites.find(({ name }) => name === 'twin')).toMatchObject({
    ...counted,
    hosts_listed: 0,
    scans_listed: 0,
  });
  await expect(client.removeSite('twin')).rejects.toMatchObject({
    message: 'The site "twin" cannot be removed: it holds 1 host and 1 scan.',
  });
});
