import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { localHeaders } from '#api/auth/local.js';
import { inProcessTransport } from '#app/transport.js';
import { createClient } from '#contract/api/client.js';
import { MAX_PAGE, MAX_PAGE_SIZE_ROWS } from '#contract/api/pagination.js';
import type { ListQuery } from '#contract/api/request.js';
import { ROUTES } from '#contract/api/routes.js';
import type { hostListQuerySchema } from '#contract/hosts/host.js';
import type { PortState } from '#domain/ports/port-state.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { type ScanStory, storeScan } from '../../support/scans/stored-scan.ts';

/*
 * Claims of docs/defects-not-repeated.md without a test elsewhere: each is a defect of the program that had this name
 * before, tested through the public API.
 */

let lab: ApiLab;
let client: ReturnType<typeof createClient>;
let prefixes = 0;
beforeAll(async () => {
  lab = await openApiLab();
  client = createClient(inProcessTransport(lab.server, localHeaders(lab.server, 'os:tester')));
});
afterAll(() => lab.close());

/** Addresses of loopback that no other test uses. */
function ownAddresses(): (last: number) => string {
  prefixes += 1;
  const prefix = `127.95.${prefixes}`;
  return (last) => `${prefix}.${last}`;
}

/** More than a few pages; a quadratic comparison would be thirty million. */
const MANY_PORTS = 5_500;

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
const report = (story: Omit<ScanStory, 'at'>, minute = 0) =>
  storeScan(lab.context, { at: at(minute), ...story });
const portsAs = (state: PortState, count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [index + 1, state]));

test('a scan creates no network, and renames or changes none', async () => {
  const address = ownAddresses();
  const cidr = address(0).concat('/30');
  await client.createNetwork({ cidr, name: 'kept', description: 'as it was' });
  const before = await client.networks();
  const probed = { name: 'other', description: 'of the scan', ports: '9', scan_type: 'connect' } as const;
  for (const targets of [[cidr], [address(1)], [address(9), cidr], ['kept'], [address(4).concat('/31')]])
    expect(await client.startScan({ ...probed, targets })).toMatchObject({ ...probed, targets });
  lab.enqueued.length = 0;
  expect(await client.networks()).toEqual(before);
});

test('of several targets each is probed, whichever comes first', async () => {
  const address = ownAddresses();
  const plan = await client.planScan({ targets: [address(9), address(0).concat('/30')], ports: '9' });
  expect(plan).toMatchObject({ addresses: '5', probes: 5 });
});

test('a network of more than a hundred hosts is one target', async () => {
  const cidr = ownAddresses()(0).concat('/24');
  await client.createNetwork({ cidr, name: 'wide' });
  expect(await client.planScan({ targets: ['network:wide'], ports: '9' })).toMatchObject({
    targets: [cidr],
    addresses: '256',
  });
});

test('a host with many ports is one row and is counted once, for every query', async () => {
  const address = ownAddresses();
  const answers = { [address(1)]: portsAs('open', 60), [address(2)]: portsAs('open', 60) };
  await report({ targets: `${address(1)}-${address(2)}`, ports: '1-60', answers });
  const group = await client.createGroup({ name: 'many', rule: 'port:1-60' });
  const search = address(0).slice(0, -1);
  const probed: ListQuery<typeof hostListQuerySchema>[] = [
    { search },
    { search, open_port: 7 },
    { search, filter: 'port:1-60' },
    { search, filter: 'port:1 port:2' },
    { search, sort_by: 'last_seen' },
  ];
  for (const query of probed) {
    const { data, pagination } = await client.hosts(query);
    expect(data.map(({ ip }) => ip).sort()).toEqual([address(1), address(2)]);
    expect(data.map(({ open_ports: ports }) => ports.length)).toEqual([60, 60]);
    expect(pagination.total_items).toBe(2);
  }
  expect((await client.groupHosts(group.id)).pagination.total_items).toBe(2);
});

test('the scans of a host are those that probed it, and no other of a network around it', async () => {
  const address = ownAddresses();
  const [host, neighbor] = [address(1), address(2)];
  const open = await report({ targets: host, ports: '7', answers: { [host]: { 7: 'open' } } });
  const open7 = { 7: 'open' } as const;
  const both = { [host]: { 7: 'filtered' as const }, [neighbor]: open7 };
  const unresponsive = await report({ targets: `${host}-${neighbor}`, ports: '7', answers: both }, 1);
  // Its targets contain the address, which was excluded meanwhile: it was not probed.
  const around = { targets: `${host}-${neighbor}`, ports: '7', answers: { [neighbor]: open7 } };
  await report(around, 2);
  const other = await report({ ...around, targets: neighbor }, 3);
  const idsOf = async (name: string) => (await client.hostScans(name)).data.map(({ id }) => id);
  expect(await idsOf(host)).toEqual([unresponsive, open]);
  expect(await idsOf(neighbor)).toHaveLength(3);
  expect(await client.hostScans(host, { page_size: 1, page: 2 })).toMatchObject({
    data: [{ id: open }],
    pagination: { total_items: 2 },
  });
  await client.deleteScan(unresponsive);
  expect(await idsOf(host)).toEqual([open]);
  expect(await idsOf(host)).not.toContain(other);
  await expect(client.hostScans(address(77))).rejects.toMatchObject({ code: 'not_found' });
});

test('pages of hosts that were all seen at the same time neither repeat nor miss one', async () => {
  const address = ownAddresses();
  const all = [1, 2, 3, 4, 5, 6, 7].map(address);
  const answers = Object.fromEntries(all.map((ip) => [ip, { 7: 'open' as const }]));
  await report({ targets: `${address(1)}-${address(7)}`, ports: '7', answers });
  for (const sort_by of ['last_seen', 'first_seen', 'ip'] as const)
    for (const sort_order of ['asc', 'desc'] as const) {
      const seen: string[] = [];
      for (const page of [1, 2, 3, 4]) {
        const list = await client.hosts({
          search: address(0).slice(0, -1),
          sort_by,
          sort_order,
          page,
          page_size: 2,
        });
        expect(list.pagination).toMatchObject({ total_items: 7, total_pages: 4 });
        seen.push(...list.data.map(({ ip }) => ip));
      }
      expect(seen.toSorted()).toEqual(all);
    }
});

test('the counts of a network follow what is deleted, restored and purged', async () => {
  const address = ownAddresses();
  const { id } = await client.createNetwork({ cidr: address(0).concat('/28'), name: 'counted' });
  const answers = { [address(1)]: { 7: 'open' }, [address(2)]: { 7: 'open' } } as const;
  await report({ targets: `${address(1)}-${address(2)}`, ports: '7', answers });
  const counts = async () => {
    const { hosts, hosts_up } = await client.network(id);
    const stats = await client.networkStats(id);
    expect(stats.hosts).toMatchObject({ total: hosts, up: hosts_up });
    return [hosts, stats.open_ports];
  };
  expect(await counts()).toEqual([2, 2]);
  await client.deleteHost(address(1));
  expect(await counts()).toEqual([1, 1]);
  await client.restoreHost(address(1));
  expect(await counts()).toEqual([2, 2]);
  await client.purgeHost(address(1));
  expect(await counts()).toEqual([1, 1]);
  expect((await client.networks({ name: 'counted' })).data).toMatchObject([{ hosts: 1, hosts_up: 1 }]);
});

test('an annotation of a host does not count as an observation', async () => {
  const ip = ownAddresses()(1);
  await report({ targets: ip, ports: '7', answers: { [ip]: { 7: 'open' } } });
  const seenOf = async () => {
    const { status, status_since, first_seen, last_seen } = await client.host(ip);
    return { status, status_since, first_seen, last_seen };
  };
  const before = await seenOf();
  await client.changeHost(ip, { custom_name: 'door', ignored: true, down_after_misses: 3 });
  await client.addHostTags(ip, ['annotated']);
  await client.addHostNote(ip, 'behind the door');
  await client.changeHost(ip, { ignored: false });
  expect(await seenOf()).toEqual(before);
});

test('a search finds a scan behind many newer ones', async () => {
  const targets = [ownAddresses()(1)];
  const old = await client.startScan({ targets, ports: '9', name: 'needle of old' });
  for (let count = 0; count < 30; count += 1)
    await client.startScan({ targets, ports: '9', name: `hay ${count}` });
  lab.enqueued.length = 0;
  const { data } = await client.search({ q: 'needle', limit: 1 });
  expect(data).toMatchObject([{ kind: 'scan', id: old.id }]);
});

test('a diff of thousands of ports is returned completely, page by page', { timeout: 120_000 }, async () => {
  const ip = ownAddresses()(1);
  const reported = { targets: ip, ports: `1-${MANY_PORTS}` };
  const base = await report({ ...reported, answers: { [ip]: portsAs('open', MANY_PORTS) } });
  const later = await report({ ...reported, answers: { [ip]: portsAs('closed', MANY_PORTS) } }, 1);
  const ports = new Set<string | null>();
  for (let page = 1; page <= Math.ceil(MANY_PORTS / MAX_PAGE_SIZE_ROWS); page += 1) {
    const diff = await client.scanDiff(later, { against: base, page_size: MAX_PAGE_SIZE_ROWS, page });
    expect(diff.counts).toMatchObject({ ports_closed: MANY_PORTS, ports_opened: 0 });
    expect(diff.pagination.total_items).toBe(MANY_PORTS);
    for (const change of diff.data) ports.add(change.ports);
  }
  expect(ports.size).toBe(MANY_PORTS);
});

/** As large as the program or the machine allows, or limited on its own; keys are created by people. */
const FULL_LISTS: readonly string[] = [
  ROUTES.settings,
  ROUTES.retention,
  ROUTES.localNetworks,
  ROUTES.search,
  ROUTES.apiKeys,
  ROUTES.fields,
  ROUTES.smartScanProfiles,
];

const schemaSchema = z.looseObject({
  $ref: z.string().optional(),
  properties: z.record(z.string(), z.looseObject({ type: z.unknown().optional() })).optional(),
});
const parameterSchema = z.object({
  name: z.string(),
  schema: z.looseObject({ maximum: z.number().optional() }),
});
const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.object({
      get: z
        .object({
          parameters: z.array(parameterSchema).default([]),
          responses: z.record(
            z.string(),
            z.object({ content: z.record(z.string(), z.object({ schema: schemaSchema })).optional() }),
          ),
        })
        .optional(),
    }),
  ),
  components: z.object({ schemas: z.record(z.string(), schemaSchema) }),
});

test('every list is returned page by page, with a limit for each page and a total', async () => {
  const { paths, components } = documentSchema.parse((await lab.probe({ url: '/openapi.json' })).body);
  const lists = Object.entries(paths).flatMap(([path, { get }]) => {
    const reported = get?.responses['200']?.content?.['application/json']?.schema;
    const schema =
      reported?.$ref === undefined ? reported : components.schemas[reported.$ref.split('/').at(-1) ?? ''];
    const { data, pagination } = schema?.properties ?? {};
    if (data?.type !== 'array' || FULL_LISTS.includes(path)) return [];
    const limits = get?.parameters.filter(({ name }) => name === 'page' || name === 'page_size') ?? [];
    return [
      { path, isCounted: pagination !== undefined, limits: limits.map(({ schema: of }) => of.maximum) },
    ];
  });
  expect(lists.map(({ path }) => path)).toEqual(
    expect.arrayContaining([ROUTES.hosts, ROUTES.networks, ROUTES.tags, ROUTES.exclusions, ROUTES.scans]),
  );
  for (const { path, ...list } of lists)
    expect({ path, ...list }).toEqual({ path, isCounted: true, limits: [MAX_PAGE, MAX_PAGE_SIZE_ROWS] });
});
