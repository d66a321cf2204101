import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import { ROUTES } from '#contract/api/routes.js';
import { CHECK_NAMES, verifyData } from '#work/health/verify-data.js';
import { runShard } from '#work/shards/run-shard.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { type Listeners, openListeners } from '../../support/network/listeners.ts';

const HOST = '127.79.0.1';
const SOME_ID = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47';

let lab: ApiLab;
let listeners: Listeners;
let client: Client;
beforeAll(async () => {
  lab = await openApiLab();
  listeners = await openListeners(HOST, 3);
  client = lab.client;
});
afterAll(async () => {
  await listeners.close();
  await lab.close();
});

async function runEnqueued(): Promise<void> {
  const signal = new AbortController().signal;
  for (const shardId of lab.enqueued.splice(0))
    await runShard(lab.context, shardId, { onClaimed: () => undefined, signal });
}

describe('networks', () => {
  test('one is stored with its CIDR and its name, and its name is its CIDR when none is given', async () => {
    const office = await client.createNetwork({
      cidr: '198.18.0.0/24',
      name: 'office',
      description: 'desks',
    });
    expect(office).toMatchObject({
      site: 'default',
      cidr: '198.18.0.0/24',
      name: 'office',
      description: 'desks',
      enabled: true,
      hosts: 0,
      exclusions: 0,
      excluded_addresses: '0',
    });
    const six = await client.createNetwork({ cidr: 'FD00:1::/64' });
    expect(six).toMatchObject({ cidr: 'fd00:1::/64', name: 'fd00:1::/64' });
    expect(await client.network(office.id)).toEqual(office);
    const answer = await lab.requestAsUser({
      method: 'POST',
      url: ROUTES.networks,
      body: { cidr: '198.18.9.9/32' },
    });
    expect(answer.status).toBe(201);
    expect(answer.headers['location']).toMatch(/^\/api\/v1\/networks\/[0-9a-f-]{36}$/);
  });

  test.each([
    [
      'host bits',
      { cidr: '198.18.0.5/24' },
      'invalid_target',
      'The network of that address is 198.18.0.0/24.',
    ],
    [
      'no prefix length',
      { cidr: '198.18.0.5' },
      'invalid_target',
      'For this address alone write 198.18.0.5/32.',
    ],
    ['multicast', { cidr: '224.0.0.0/8' }, 'target_refused', /./],
    [
      'a name that reads like an address',
      { cidr: '198.18.5.0/24', name: '198.18.5.1' },
      'invalid_request',
      /letter/,
    ],
    ['a name with a comma', { cidr: '198.18.5.0/24', name: 'a,b' }, 'invalid_request', /./],
    ['the same CIDR', { cidr: '198.18.0.0/24', name: 'x' }, 'conflict', 'It is called "office".'],
    ['the same name in another case', { cidr: '198.18.6.0/24', name: 'OFFICE' }, 'conflict', /case/],
    ['a site that is not', { cidr: '198.18.6.0/24', site: 'nowhere' }, 'not_found', /default/],
  ])('%s is refused', async (_what, request, code, hint) => {
    await expect(client.createNetwork(request)).rejects.toMatchObject({
      code,
      hint: hint instanceof RegExp ? expect.stringMatching(hint) : hint,
    });
  });

  test('two sites may have the same network and name, and lists distinguish them', async () => {
    await client.createSite({ name: 'branch' });
    const branch = await client.createNetwork({ cidr: '198.18.0.0/24', name: 'office', site: 'branch' });
    const all = await client.networks({ name: 'Office' });
    expect(all.data.map(({ site }) => site)).toEqual(['branch', 'default']);
    expect((await client.networks({ name: '198.18.0.0/24', site: 'branch' })).data).toEqual([branch]);
    const one = await client.networks({ page_size: 1, page: 2 });
    expect(one).toMatchObject({
      data: [{ site: 'default' }],
      pagination: { total_items: 4, total_pages: 4 },
    });
  });

  test('one is renamed, described, disabled and enabled; its CIDR never changes', async () => {
    const lab1 = await client.createNetwork({ cidr: '198.18.20.0/24', name: 'lab' });
    const changed = await client.changeNetwork(lab1.id, { name: 'Lab 2', description: null, enabled: false });
    expect(changed).toMatchObject({ cidr: '198.18.20.0/24', name: 'Lab 2', enabled: false });
    expect((await client.networks({ enabled: 'false' })).data.map(({ name }) => name)).toEqual(['Lab 2']);
    await expect(client.changeNetwork(lab1.id, { name: 'office' })).rejects.toMatchObject({
      code: 'conflict',
    });
    expect({ ...(await client.network(lab1.id)), failing_schedules: [] }).toEqual(changed);
    expect(await client.changeNetwork(lab1.id, { enabled: true })).toMatchObject({
      name: 'Lab 2',
      enabled: true,
    });
    const odd = { method: 'PATCH', url: ROUTES.network(lab1.id), body: { cidr: '198.18.0.0/8' } } as const;
    expect((await lab.requestAsUser(odd)).body).toMatchObject({ error: 'invalid_request' });
    await client.removeNetwork(lab1.id);
    const probes = [
      () => client.network(lab1.id),
      () => client.removeNetwork(lab1.id),
      () => client.networkStats(SOME_ID),
    ];
    for (const probe of probes) await expect(probe()).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a scan of a stored network', () => {
  let id: string;

  test('by its name takes its CIDR, keeps which network it was, and counts in its statistics', async () => {
    const network = await client.createNetwork({ cidr: `${HOST}/32`, name: 'Own' });
    ({ id } = network);
    const ports = listeners.ports.join(',');
    const plan = await client.planScan({ targets: ['network:own'], ports });
    expect(plan.targets).toEqual([HOST]);
    const byPrefix = await client.startScan({ targets: ['network:own'], ports });
    expect(byPrefix).toMatchObject({
      network: 'Own',
      targets: ['network:own'],
      resolved: [{ name: 'network:Own', addresses: [`${HOST}/32`] }],
    });
    // A bare name is first of all one of the site's networks: the resolver of this test knows no name.
    expect((await client.startScan({ targets: ['own'], ports })).network).toBe('Own');
    expect((await client.startScan({ targets: [`network:${HOST}/32`], ports })).network).toBe('Own');
    const several = await client.startScan({
      targets: ['own', HOST, 'network:198.18.9.9/32'],
      exclude: ['198.18.9.9'],
      ports,
    });
    expect(several.network).toBeNull();
    await runEnqueued();
    expect(await client.networkStats(id)).toMatchObject({
      addresses: '1',
      excluded_addresses: '0',
      hosts: { total: 1, up: 1, down: 0, unknown: 0, gone: 0 },
      open_ports: 3,
      last_seen: expect.any(String),
      scans: { total: 4, last_started_at: expect.any(String) },
    });
    expect(await client.network(id)).toMatchObject({ hosts: 1, hosts_up: 1 });
    const six = (await client.networks({ name: 'fd00:1::/64' })).data[0]?.id ?? '';
    expect(await client.networkStats(six)).toMatchObject({
      addresses: '18446744073709551616',
      hosts: { total: 0 },
      scans: { total: 0, last_started_at: null },
    });
  });

  test('is refused by a name that is unknown, of another site, or disabled', async () => {
    await expect(client.startScan({ targets: ['network:nowhere'] })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(client.startScan({ targets: ['network:own'], site: 'branch' })).rejects.toMatchObject({
      code: 'not_found',
      message: 'The site "branch" has no network called "own".',
    });
    await client.changeNetwork(id, { enabled: false });
    for (const target of ['network:own', 'own', `network:${HOST}/32`])
      await expect(client.planScan({ targets: [target] })).rejects.toMatchObject({
        code: 'conflict',
        message: 'The network "Own" is disabled, so it is not scanned.',
      });
    expect((await client.scans()).pagination.total_items).toBe(4);
  });

  test('keeps the network while a schedule has it as a target by its name', async () => {
    const task = { confirm_unscoped: true, ports: '1' };
    await client.changeNetwork(id, { enabled: true });
    const when = { kind: 'scan', cron: '0 3 * * *', enabled: false } as const;
    const created = await client.createSchedule({
      ...when,
      name: 'by name',
      task: { ...task, targets: ['network:OWN'] },
    });
    await client.createSchedule({ ...when, name: 'by address', task: { ...task, targets: [`${HOST}/32`] } });
    const refused = {
      code: 'conflict',
      message: expect.stringMatching(
        /cannot be re(moved|named): the schedule "by name" asks it by its name\.$/,
      ),
    };
    await expect(client.removeNetwork(id)).rejects.toMatchObject(refused);
    await expect(client.changeNetwork(id, { name: 'other' })).rejects.toMatchObject(refused);
    expect(await client.changeNetwork(id, { description: 'ours' })).toMatchObject({ description: 'ours' });
    await client.removeSchedule(created.id);
  });

  test('outlives the network', async () => {
    const before = await client.scans();
    await client.removeNetwork(id);
    const after = await client.scans();
    expect(after.data.map((scan) => ({ ...scan, network: null }))).toEqual(
      before.data.map((scan) => ({ ...scan, network: null })),
    );
    expect(after.data.map(({ network }) => network)).toEqual([null, null, null, null]);
    expect((await client.hosts({ search: HOST })).data).toHaveLength(1);
    const { checks } = await verifyData(lab.context, new AbortController().signal);
    expect(checks.map(({ name }) => name)).toEqual(CHECK_NAMES);
    expect(checks.filter(({ faults }) => faults > 0)).toEqual([]);
  });
});
