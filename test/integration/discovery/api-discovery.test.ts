import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '#contract/api/routes.js';
import type { DiscoveryRequest } from '#contract/discovery/discovery.js';
import type { Scan } from '#contract/scans/scan.js';
import { DEFAULT_PACKETS_PER_SECOND } from '#net/send/pace.js';
import { DEFAULT_CONCURRENCY, DEFAULT_RETRIES, DEFAULT_TIMEOUT_MS } from '#scan/engine/engine.js';
import { type DiscoveryLab, openDiscoveryLab } from '../../support/scans/simulated-discovery.ts';

let fixture: DiscoveryLab;
beforeAll(async () => {
  fixture = await openDiscoveryLab();
});
afterAll(() => fixture.lab.close());

const ids = (list: { readonly data: readonly Scan[] }) => list.data.map(({ id }) => id);

const planOf = (more: Partial<DiscoveryRequest>) =>
  fixture.client.planDiscovery({ networks: ['198.18.41.0/24'], ...more });

describe('the routes of discovery', () => {
  it('list runs separately from scans of ports', async () => {
    const run = await fixture.discovered(['198.18.40.1']);
    expect(ids(await fixture.client.discoveries({ page_size: 1 }))).toEqual([run.id]);
    await fixture.client.addScanTags(run.id, ['Floor']);
    expect(ids(await fixture.client.discoveries({ tag: 'floor' }))).toEqual([run.id]);
    expect(ids(await fixture.client.scans({ page_size: 1_000 }))).not.toContain(run.id);
    expect(ids(await fixture.client.scans({ page_size: 1_000, kind: 'all' }))).toContain(run.id);
    const shown = await fixture.lab.requestAsUser({ url: ROUTES.discoveryRun(run.id) });
    expect(shown.body).toEqual(JSON.parse(JSON.stringify(await fixture.client.scan(run.id))));
  });

  it('stop a run, whose results are kept, and plan a run', async () => {
    const request = { networks: ['198.18.41.0/24'], methods: ['ping'] } satisfies DiscoveryRequest;
    const run = await fixture.client.startDiscovery({ ...request, tags: ['FLOOR'] });
    expect(run.tags).toEqual([{ name: 'Floor', color: null }]);
    const stopped = await fixture.lab.requestAsUser({
      method: 'POST',
      url: ROUTES.stopDiscovery(run.id),
      body: {},
    });
    expect(stopped.body).toMatchObject({ id: run.id, status: 'cancelled' });
    fixture.lab.enqueued.splice(0);
    expect(await fixture.client.planDiscovery({ networks: ['198.18.41.0/24'] })).toMatchObject({
      methods: ['arp', 'ndp', 'ping', 'tcp'],
      resolver: null,
      addresses: '256',
      probes: 256 * (1 + 2 + 3),
      needs_confirmation: false,
    });
    expect(await fixture.client.localNetworks()).toEqual({
      data: [{ cidr: '198.18.0.0/24', interface: 'eth0' }],
    });
  });

  it('report the number of packets by family, and how long one resolver takes for all names', async () => {
    expect(await planOf({ networks: ['fd00::/120', '198.18.41.0/25'] })).toMatchObject({
      probes: 256 * (1 + 1 + 3) + 128 * (1 + 2 + 3),
    });
    const names = { methods: ['ping', 'dns'] } satisfies Partial<DiscoveryRequest>;
    expect(await planOf({ ...names, resolver: '198.18.0.53', per_host_rate: 5 })).toMatchObject({
      probes: 256 * 3,
      estimated_seconds: expect.closeTo(256 / 5, 0),
      limited_by: { by: 'per_host_rate', packets_per_second: 5, hosts: 1 },
    });
    expect(await planOf({ ...names, resolver: '127.0.0.53' })).toMatchObject({
      estimated_seconds: expect.closeTo((256 * 3) / DEFAULT_PACKETS_PER_SECOND, 0),
    });
  });

  it('store how they probe, so that they resume in the same way', async () => {
    const run = await fixture.discovered(['198.18.47.1']);
    const { rows } =
      await sql`SELECT retries, timeout_ms, concurrency FROM scan_jobs WHERE uid = ${run.id}`.execute(
        fixture.lab.db.store.read,
      );
    expect(rows).toEqual([
      { retries: DEFAULT_RETRIES, timeout_ms: DEFAULT_TIMEOUT_MS, concurrency: DEFAULT_CONCURRENCY },
    ]);
  });

  it('are no way to probe ports, so they cannot be stored as a profile', async () => {
    const run = await fixture.discovered(['198.18.48.1']);
    await expect(
      fixture.client.createProfile({ name: 'discovery', from_scan: run.id }),
    ).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('A discovery probes no ports'),
    });
  });

  it('scan a stored network by its id, and list the runs that included it', async () => {
    const office = await fixture.client.createNetwork({ cidr: '198.18.42.0/29', name: 'office' });
    const run = await fixture.client.discoverNetwork(office.id, { methods: ['ping'] });
    await fixture.runEnqueued();
    expect(run).toMatchObject({ network: 'office', targets: ['network:office'], scan_type: 'discovery' });
    const wider = await fixture.discovered(['198.18.42.0-198.18.42.100']);
    await fixture.discovered(['198.18.43.0/29']);
    const { body } = await fixture.lab.requestAsUser({ url: ROUTES.networkDiscovery(office.id) });
    expect(body).toMatchObject({ data: [{ id: wider.id }, { id: run.id }], pagination: { total_items: 2 } });
  });

  it('store the discovered networks on request, in the same transaction', async () => {
    const run = await fixture.client.startDiscovery({
      networks: ['198.18.44.0/29'],
      methods: ['ping'],
      name: 'shed',
      add_networks: true,
    });
    expect(run).toMatchObject({ name: 'shed', network: 'shed' });
    const again = await fixture.client.startDiscovery({
      networks: ['198.18.44.0/29', '198.18.45.0/29'],
      methods: ['ping'],
      add_networks: true,
    });
    expect(again.network).toBeNull();
    fixture.lab.enqueued.splice(0);
    const { data } = await fixture.client.networks({ page_size: 100 });
    expect(data.filter(({ cidr }) => /198\.18\.4[45]/.test(cidr)).map(({ name }) => name)).toEqual([
      'shed',
      '198.18.45.0/29',
    ]);
    // The name is taken, so neither network nor run is stored.
    const count = (await fixture.client.discoveries()).pagination.total_items;
    const clashing = { networks: ['198.18.46.0/29'], name: 'Shed', add_networks: true };
    await expect(fixture.client.startDiscovery(clashing)).rejects.toMatchObject({ code: 'conflict' });
    expect((await fixture.client.discoveries()).pagination.total_items).toBe(count);
  });

  it.each([
    ['names without a resolver', { networks: ['198.18.0.1'], methods: ['dns'] }, 'invalid_request'],
    [
      'a resolver without names',
      { networks: ['198.18.0.1'], methods: ['ping'], resolver: '198.18.0.53' },
      'invalid_request',
    ],
    ['a resolver that is a name', { networks: ['198.18.0.1'], resolver: 'ns.example' }, 'invalid_request'],
    [
      'a resolver address that no host can have',
      { networks: ['198.18.0.1'], resolver: '224.0.0.1' },
      'target_refused',
    ],
    ['ARP for IPv6', { networks: ['fd00::1'], methods: ['arp'] }, 'invalid_request'],
    ['more than can be probed', { networks: ['fd00::/64'] }, 'scan_too_large'],
    ['much without a yes', { networks: ['198.0.0.0/8'] }, 'confirmation_required'],
    [
      'networks to add where there are none',
      { networks: ['198.18.0.1'], add_networks: true },
      'invalid_request',
    ],
    [
      'a network with host bits to add',
      { networks: ['198.18.0.1/24'], add_networks: true },
      'invalid_target',
    ],
  ] as const)('refuse %s', async (_, request, code) => {
    const body: DiscoveryRequest = JSON.parse(JSON.stringify(request));
    await expect(fixture.client.startDiscovery(body)).rejects.toMatchObject({
      code,
      hint: expect.stringMatching(/\w/),
    });
  });
});
