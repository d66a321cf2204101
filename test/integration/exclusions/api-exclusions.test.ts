import * as fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import { ROUTES } from '#contract/api/routes.js';
import { parseAddress } from '#domain/addresses/address.js';
import { createGate } from '#net/send/gate.js';
import { exclusionsInForce } from '#store/networks/exclusions.js';
import { siteIdByName } from '#store/sites/sites.js';
import { addressesOf } from '#work/batches/excluded-addresses.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';

let lab: ApiLab;
let client: Client;
beforeAll(async () => {
  lab = await openApiLab();
  client = lab.client;
  await client.createSite({ name: 'branch' });
});
afterAll(() => lab.close());

function insert(columns: string) {
  return sql.raw(`INSERT INTO network_exclusions (uid, created_by, ${columns}`).execute(lab.db.store.read);
}

describe('exclusions', () => {
  test('are global, of a site or of a network, with author, time and reason', async () => {
    const network = await client.createNetwork({ cidr: '198.18.0.0/24', name: 'office', site: 'branch' });
    const everywhere = await client.exclude({ address: '198.18.0.9', reason: ' a printer ' });
    expect(everywhere).toMatchObject({
      scope: 'global',
      site: null,
      network: null,
      address: '198.18.0.9',
      reason: 'a printer',
      created_by: 'os:tester',
    });
    expect(await client.exclude({ address: '198.18.0.1-198.18.0.6', site: 'branch' })).toMatchObject({
      scope: 'site',
      site: 'branch',
      reason: null,
    });
    const part = {
      scope: 'network',
      site: 'branch',
      network: { id: network.id, name: 'office', cidr: '198.18.0.0/24' },
    };
    expect(
      await client.exclude({ address: '198.18.0.64/26', network: 'Office', site: 'branch' }),
    ).toMatchObject(part);
    const answer = await lab.requestAsUser({
      method: 'POST',
      url: ROUTES.networkExclusions(network.id),
      body: { address: '198.18.0.7', reason: 'x' },
    });
    expect(answer).toMatchObject({ status: 201, body: part });
    // Its own two, the site's six addresses and the global one: the same in every response that contains the network.
    const counted = { exclusions: 2, excluded_addresses: '72' };
    expect((await client.networkStats(network.id)).excluded_addresses).toBe('72');
    expect(await client.network(network.id)).toMatchObject(counted);
    expect((await client.networks({ name: 'Office', site: 'branch' })).data).toMatchObject([counted]);
    expect(await client.changeNetwork(network.id, { description: 'desks' })).toMatchObject(counted);
  });

  test('are listed by scope', async () => {
    const addresses = async (query: Parameters<typeof client.exclusions>[0]) =>
      (await client.exclusions(query)).data.map(({ address }) => address);
    const [id = ''] = (await client.networks({ name: 'office' })).data.map((network) => network.id);
    expect(await addresses({})).toEqual([
      '198.18.0.1-198.18.0.6',
      '198.18.0.7',
      '198.18.0.9',
      '198.18.0.64/26',
    ]);
    expect(await addresses({ scope: 'global' })).toEqual(['198.18.0.9']);
    expect(await addresses({ site: 'branch', scope: 'site' })).toEqual(['198.18.0.1-198.18.0.6']);
    // All that apply there; and those of another site, where only the global ones do.
    expect(await addresses({ site: 'branch' })).toEqual(await addresses({}));
    expect(await addresses({ site: 'branch', own: 'true' })).toEqual([
      '198.18.0.1-198.18.0.6',
      '198.18.0.7',
      '198.18.0.64/26',
    ]);
    expect(await addresses({ site: 'default' })).toEqual(['198.18.0.9']);
    expect(await addresses({ site: 'default', own: 'true' })).toEqual([]);
    await expect(client.exclusions({ site: 'nowhere' })).rejects.toMatchObject({ code: 'not_found' });
    const ofNetwork = await client.networkExclusions(id, { page_size: 1 });
    expect(ofNetwork.data.map(({ address }) => address)).toEqual(['198.18.0.7']);
    expect(ofNetwork.pagination.total_items).toBe(2);
    expect((await client.exclusions({ page_size: 3 })).pagination).toMatchObject({
      total_items: 4,
      total_pages: 2,
    });
  });

  test('are counted by level in the plan of a scan', async () => {
    const input = { targets: ['198.18.0.0/28'], exclude: ['198.18.0.2', '198.18.0.10'], ports: '1-2' };
    expect(await client.planScan({ ...input, site: 'branch' })).toMatchObject({
      addresses: '7',
      excluded_addresses: '9',
      excluded_by: [
        { level: 'scan', addresses: '2' },
        { level: 'global', addresses: '1' },
        { level: 'site', addresses: '6' },
        { level: 'network', addresses: '1' },
      ],
      probes: 14,
    });
    expect(await client.planScan({ targets: ['198.18.0.9'], ports: '1-2', site: 'branch' })).toMatchObject({
      addresses: '0',
      probes: 0,
      estimated_seconds: 0,
    });
    expect(await client.planScan({ targets: ['198.18.5.1'], ports: '1' })).toMatchObject({
      excluded_addresses: '0',
      excluded_by: [],
    });
  });

  test.each([
    ['a name', { address: 'printer.example' }, 'invalid_target'],
    ['a stored network', { address: 'network:office' }, 'invalid_target'],
    ['several ranges in one word', { address: '198.18.0-3.9' }, 'invalid_target'],
    ['the same addresses once more', { address: '198.18.0.9-9' }, 'conflict'],
    [
      'an address outside the network',
      { address: '198.18.1.0', network: 'office', site: 'branch' },
      'invalid_target',
    ],
    [
      'a range that leaves the network',
      { address: '198.18.0.250-198.18.1.2', network: 'office', site: 'branch' },
      'invalid_target',
    ],
    ['an unknown network', { address: '198.18.0.9', network: 'office' }, 'not_found'],
    ['an unknown site', { address: '198.18.0.9', site: 'nowhere' }, 'not_found'],
    ['no address', { address: '' }, 'invalid_request'],
  ])('%s is refused', async (_what, request, code) => {
    await expect(client.exclude(request)).rejects.toMatchObject({ code });
    expect((await client.exclusions()).pagination.total_items).toBe(4);
  });

  test('prevent removal of their network, and are removed one by one, with a record of it', async () => {
    const { data } = await client.exclusions({ scope: 'network' });
    const id = data[0]?.network?.id ?? '';
    await expect(client.removeNetwork(id)).rejects.toMatchObject({
      code: 'conflict',
      facts: { exclusions: 2 },
    });
    for (const exclusion of data) await client.removeExclusion(exclusion.id);
    await expect(client.removeExclusion(data[0]?.id ?? '')).rejects.toMatchObject({ code: 'not_found' });
    await client.removeNetwork(id);
    const { rows } = await sql<{ kind: string; actor: string }>`
      SELECT kind, payload ->> 'actor' AS actor FROM events WHERE kind LIKE 'exclusion.%' ORDER BY id`.execute(
      lab.db.store.read,
    );
    expect(rows.map(({ kind }) => kind)).toEqual([
      ...Array.from({ length: 4 }, () => 'exclusion.added'),
      ...Array.from({ length: 2 }, () => 'exclusion.removed'),
    ]);
    expect(new Set(rows.map(({ actor }) => actor))).toEqual(new Set(['os:tester']));
  });

  test('are refused by the database for an invalid range, and for two scopes at once', async () => {
    for (const values of [
      `first_address, last_address) VALUES (gen_random_uuid(), 'x', '198.18.0.2', '198.18.0.1')`,
      `first_address, last_address) VALUES (gen_random_uuid(), 'x', '198.18.0.2', 'fd00::1')`,
      `first_address, last_address) VALUES (gen_random_uuid(), 'x', '198.18.0.0/24', '198.18.0.9')`,
      `first_address, last_address, site_id, network_id) VALUES (gen_random_uuid(), 'x', '198.18.0.1', '198.18.0.9', 1, 1)`,
      `first_address, last_address, reason) VALUES (gen_random_uuid(), 'x', '198.18.0.1', '198.18.0.9', '')`,
    ])
      await expect(insert(values)).rejects.toMatchObject({ code: '23514' });
  });
});

test('the exclusions of a site are the global ones, its own, and those of its networks', async () => {
  const sites = ['default', 'branch'];
  const networks = new Map<string, string>();
  for (const site of sites) {
    const { name } = await client.createNetwork({ cidr: '198.18.64.0/24', name: `net-${site}`, site });
    networks.set(site, name);
  }
  const place = fc.constantFrom<readonly [site: string | undefined, isOfNetwork: boolean]>(
    [undefined, false],
    ...sites.flatMap((site) => [[site, false] as const, [site, true] as const]),
  );
  const octet = fc.integer({ min: 0, max: 60 });
  const [wanted] = fc.sample(
    fc.uniqueArray(fc.tuple(place, octet, octet), { minLength: 25, maxLength: 25 }),
    1,
  );
  const kept: { site: string | undefined; low: number; high: number }[] = [];
  for (const [[site, isOfNetwork], a, b] of wanted ?? []) {
    const [low, high] = [Math.min(a, b), Math.min(Math.max(a, b), Math.min(a, b) + 6)];
    const request = {
      address: `198.18.64.${low}-198.18.64.${high}`,
      ...(site === undefined ? {} : { site }),
      ...(isOfNetwork ? { network: networks.get(site ?? '') ?? '' } : {}),
    };
    await client
      .exclude(request)
      .catch((error: unknown) => expect(error).toMatchObject({ code: 'conflict' }));
    kept.push({ site, low, high });
  }
  for (const site of sites) {
    const inForce = await exclusionsInForce(lab.db.store.read, await siteIdByName(lab.db.store.read, site));
    const gate = createGate({ exclusions: addressesOf(inForce) });
    for (let last = 0; last <= 70; last += 1) {
      const address = parseAddress(`198.18.64.${last}`);
      if (address === undefined) throw new Error('no address');
      const isExcluded = kept.some(
        (one) => (one.site ?? site) === site && one.low <= last && last <= one.high,
      );
      const permit = gate.permit({ address, protocol: 'tcp', port: 1 });
      expect({ site, last, refused: permit === undefined }).toEqual({ site, last, refused: isExcluded });
    }
  }
});

test('the confirmation of a large scan counts addresses and probes without excluded ones', async () => {
  await client.exclude({ address: '198.19.128.0/17' });
  const input = { targets: ['198.19.0.0/16'], ports: '1-1000' };
  await expect(client.startScan(input)).rejects.toMatchObject({
    code: 'confirmation_required',
    message: expect.stringContaining('32,768,000 probes to 32,768 addresses'),
    facts: { probes: 32_768_000, addresses: '32768' },
  });
  expect(await client.planScan(input)).toMatchObject({ probes: 32_768_000, addresses: '32768' });
});
