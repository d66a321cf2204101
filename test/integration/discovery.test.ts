import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localHeaders } from '#api/auth/local.js';
import { inProcessTransport } from '#app/transport.js';
import { createClient } from '#contract/client.js';
import type { DiscoveryRequest } from '#contract/discovery.js';
import { ROUTES } from '#contract/routes.js';
import type { Scan } from '#contract/scan.js';
import type { ScanChange } from '#contract/scan-diff.js';
import type { SweepMethod } from '#domain/sweep-method.js';
import type { MethodWay } from '#probe/sighting.js';
import { createSweepEngine } from '#prober/sweep-engine.js';
import { createConnectEngine } from '#scan/connect-engine.js';
import type { Engine } from '#scan/engine.js';
import { createLocalProber } from '#scan/local-prober.js';
import { ScanPaces } from '#send/scan-pace.js';
import { runShard } from '#work/run-shard.js';
import { neighbour, ON_LINK, pong, probesOf, SimulatedProbe } from '../sweep-probes.ts';
import { expectWhole } from '../whole.ts';
import { PROBER_FACTS } from '../work-context.ts';
import { type ApiLab, openApiLab } from './fixtures/api-lab.ts';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** What the simulated network is like: who answers a ping, and whose hardware address is told by ARP. */
interface Network {
  pings: (address: string) => boolean;
  macs: Readonly<Record<string, string>>;
  ways: readonly MethodWay[];
  /** Throws once so many chunks came, then never again. */
  breaksAfter: number;
}
const network: Network = { pings: () => false, macs: {}, ways: [], breaksAfter: Number.POSITIVE_INFINITY };
/** Addresses that were asked by a ping, in order. */
let pinged: string[] = [];

const sweepEngine = createSweepEngine({
  clock,
  openProbes: ({ methods }) => {
    const wants = (method: SweepMethod): boolean => methods.includes(method);
    const echo = new SimulatedProbe((address) => {
      pinged.push(address);
      return network.pings(address) ? pong(64) : undefined;
    });
    const arp = new SimulatedProbe((address) => {
      const mac = network.macs[address];
      return mac === undefined ? undefined : neighbour(mac);
    });
    return probesOf({
      ...(wants('ping') ? { echo: { 4: echo } } : {}),
      ...(wants('arp') ? { neighbour: { 4: arp }, links: ON_LINK } : {}),
      ways: network.ways,
    });
  },
});
const breaking: Engine = {
  ...sweepEngine,
  async *run(request, signal) {
    for await (const chunk of sweepEngine.run(request, signal)) {
      yield chunk;
      network.breaksAfter -= 1;
      if (network.breaksAfter === 0) throw new TypeError('broken by the test');
    }
  },
};
const prober = createLocalProber({
  engines: [breaking, createConnectEngine({ clock })],
  missing: [],
  paces: new ScanPaces(clock),
  facts: { ...PROBER_FACTS, liveHosts: true, rawPackets: true },
});

let lab: ApiLab;
let client: ReturnType<typeof createClient>;
beforeAll(async () => {
  lab = await openApiLab({
    work: { prober, localNetworks: () => [{ cidr: '198.18.0.0/24', interface: 'eth0' }] },
  });
  client = createClient(inProcessTransport(lab.server, localHeaders(lab.server, 'os:tester')));
});
afterAll(async () => {
  await expectWhole(lab.db.store.read);
  await lab.close();
});

const signal = new AbortController().signal;
async function runEnqueued(): Promise<void> {
  for (const shardId of lab.enqueued.splice(0))
    await runShard(lab.context, shardId, { onClaimed: () => undefined, signal });
}

async function discovered(
  networks: readonly string[],
  more: Omit<DiscoveryRequest, 'networks'> = {},
): Promise<Scan> {
  const run = await client.startDiscovery({
    networks: [...networks],
    methods: ['ping'],
    rate: 'max',
    confirm_unscoped: true,
    ...more,
  });
  await runEnqueued();
  return client.scan(run.id);
}

const ofLast =
  (...numbers: readonly number[]) =>
  (address: string): boolean =>
    numbers.includes(Number(address.split('.').at(-1)));
const mac = (last: number) => `02:00:00:00:00:0${last}`;
const ids = (list: { readonly data: readonly Scan[] }) => list.data.map(({ id }) => id);
const line = ({ kind, ip, old, new: now }: ScanChange) =>
  [kind, ip, old === null ? '' : `${old}>${now}`].join(' ').trim();

describe('a discovery run', () => {
  it('stores who showed himself with his answer, and who kept silent, and makes no host of silence', async () => {
    network.pings = ofLast(1, 3);
    const run = await discovered(['198.18.10.0/29'], { exclude: ['198.18.10.6'], name: 'first' });
    expect(run).toMatchObject({
      name: 'first',
      status: 'completed',
      scan_type: 'discovery',
      engine: 'sweep',
      methods: ['ping'],
      ports: '',
      hosts_up: 2,
      open_ports: 0,
      progress: { percent: 100, positions: 7, settled: 7, skipped: 0 },
      probes: { sent: 12, answered: 2 },
    });
    const { data, pagination } = await client.discoveryResults(run.id);
    expect(pagination.total_items).toBe(2);
    expect(data).toMatchObject([
      {
        ip: '198.18.10.1',
        status: 'up',
        reason: 'echo-reply',
        round_trip_us: 100,
        mac: null,
        hostname: null,
      },
      { ip: '198.18.10.3', status: 'up', reason: 'echo-reply', round_trip_us: 100 },
    ]);
    const { rows } = await sql<{ address: string; reason: string; ports: string }>`
      SELECT host(address) AS address, reason, covered.ports::text AS ports FROM scan_coverage covered JOIN scan_jobs job ON job.id = job_id
      WHERE job.uid = ${run.id} AND protocol = 'host' AND state = 'unknown' ORDER BY address`.execute(
      lab.db.store.read,
    );
    expect(rows.map(({ address, reason, ports }) => `${address} ${reason} ${ports}`)).toEqual(
      [0, 1, 2, 3, 4, 5, 7].map(
        (last) => `198.18.10.${last} ${ofLast(1, 3)(`.${last}`) ? 'echo-reply' : 'no-response'} {[0,1)}`,
      ),
    );
    const { rows: hosts } = await sql`SELECT FROM hosts WHERE ip_address <<= '198.18.10.0/24'`.execute(
      lab.db.store.read,
    );
    expect(hosts).toHaveLength(2);
  });

  it('keeps the hardware address, and says why others could not be asked', async () => {
    network.macs = { '198.18.11.2': '02:00:00:00:00:02' };
    network.ways = [{ method: 'ndp', family: 6, missing: 'EPERM' }];
    const run = await discovered(['198.18.11.2-198.18.11.3', '198.19.1.1'], { methods: ['arp'] });
    network.ways = [];
    expect((await client.discoveryResults(run.id)).data).toMatchObject([
      { ip: '198.18.11.2', reason: 'arp-response', mac: '02:00:00:00:00:02' },
    ]);
    expect(run.progress).toMatchObject({ settled: 3, skipped: 1 });
    expect(run.remarks?.map(({ message }) => message)).toEqual([
      'Hosts were not looked for by ndp IPv6: this program may not send raw packets (EPERM).',
      '198.19.1.1 and its like could not be asked from here: they are no neighbours of this machine, and no method was chosen that goes further.',
    ]);
    expect((await client.host('198.18.11.2')).mac).toBe('02:00:00:00:00:02');
  });

  it('goes on where it was after a failure, and asks nothing again that is stored', async () => {
    network.pings = ofLast(9);
    network.breaksAfter = 3;
    pinged = [];
    const run = await discovered(['198.18.128.0/21']);
    expect(run).toMatchObject({ status: 'failed', error: { code: 'internal' } });
    const stored = run.progress.settled;
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBeLessThan(2_048);
    const before = new Set(pinged);
    pinged = [];
    await client.resumeScan(run.id);
    await runEnqueued();
    const whole = await client.scan(run.id);
    expect(whole).toMatchObject({
      status: 'completed',
      hosts_up: 8,
      progress: { settled: 2_048, skipped: 0 },
    });
    expect(new Set(pinged).size).toBe(2_048 - stored);
    expect(new Set([...before, ...pinged]).size).toBe(2_048);
  });
});

describe('what changed from run to run', () => {
  it('is new, gone or changed where both asked, and stays the same for ever', async () => {
    const request: Omit<DiscoveryRequest, 'networks'> = { methods: ['arp'] };
    const lives = (...lasts: readonly number[]) =>
      Object.fromEntries(lasts.map((last) => [`198.18.20.${last}`, mac(last)]));
    network.macs = lives(1, 2, 3);
    const first = await discovered(['198.18.20.0/28'], request);
    expect(first.changes).toBeUndefined();
    network.macs = { ...lives(2, 4), '198.18.20.3': mac(9) };
    const second = await discovered(['198.18.20.0/28'], request);
    expect(second.changes).toEqual({
      against: first.id,
      hosts_new: 1,
      hosts_not_seen: 1,
      hosts_changed: 1,
      ports_opened: 0,
      ports_closed: 0,
      ports_changed: 0,
      services_changed: 0,
    });
    const told = async () => {
      const diff = await lab.askAsUser({ url: ROUTES.discoveryDiff(second.id) });
      expect(diff.status).toBe(200);
      return diff.body;
    };
    const before = await told();
    expect((await client.scanDiff(second.id)).data.map(line)).toEqual([
      'host_not_seen 198.18.20.1',
      `mac_changed 198.18.20.3 ${mac(3)}>${mac(9)}`,
      'host_new 198.18.20.4',
    ]);
    // Hosts come, go, change and are deleted afterwards.
    network.macs = { ...lives(1, 5), '198.18.20.2': mac(8) };
    const third = await discovered(['198.18.20.0/28'], request);
    await client.deleteHost('198.18.20.4');
    await client.deleteScan(third.id);
    expect(await told()).toEqual(before);
    // Any two can be compared, also over one that lies between.
    const { body } = await lab.askAsUser({
      url: `${ROUTES.discoveryCompare}?run_a=${first.id}&run_b=${third.id}`,
    });
    expect(body).toMatchObject({
      base: { id: first.id },
      scan: { id: third.id },
      counts: { hosts_new: 1, hosts_not_seen: 1, hosts_changed: 1 },
    });
  });

  it('is told of different networks only where both asked, with what one asked alone', async () => {
    network.pings = ofLast(1, 2, 9);
    const one = await discovered(['198.18.30.0/29']);
    network.pings = ofLast(2, 3, 9);
    const two = await discovered(['198.18.30.0/28']);
    expect(two.changes).toBeUndefined();
    const diff = await client.scanDiff(two.id, { against: one.id });
    expect(diff.data.map(line)).toEqual(['host_not_seen 198.18.30.1', 'host_new 198.18.30.3']);
    expect(diff.not_comparable).toEqual({
      base: { addresses: 0, ports: 0, hosts: 0 },
      scan: { addresses: 8, ports: 0, hosts: 1 },
    });
  });

  it('takes no silence for an answer that could not have been heard', async () => {
    network.macs = { '198.18.31.1': '02:00:00:00:00:01' };
    const byArp = await discovered(['198.18.31.0/29'], { methods: ['arp'] });
    network.pings = ofLast();
    const byPing = await discovered(['198.18.31.0/29']);
    const diff = await client.scanDiff(byPing.id, { against: byArp.id });
    expect(diff.counts).toMatchObject({ hosts_new: 0, hosts_not_seen: 0 });
    expect(diff.not_comparable.base.hosts).toBe(1);
    // ARP was chosen and could not be had: its silence says nothing either.
    network.macs = {};
    network.ways = [{ method: 'arp', family: 4, missing: 'EPERM' }];
    const without = await discovered(['198.18.31.0/29'], { methods: ['arp', 'ping'] });
    network.ways = [];
    expect((await client.scanDiff(without.id, { against: byArp.id })).counts).toMatchObject({
      hosts_not_seen: 0,
    });
  });

  it('counts nobody as gone whom something else answered for', async () => {
    network.pings = ofLast(7);
    const before = await discovered(['198.18.32.0/24']);
    network.pings = () => true;
    const after = await discovered(['198.18.32.0/24']);
    expect(after).toMatchObject({ hosts_up: 0, remarks: [{ kind: 'answers-for-all' }] });
    expect((await client.scanDiff(after.id, { against: before.id })).counts).toMatchObject({
      hosts_not_seen: 0,
    });
  });

  it('is not told of a run and a scan of ports', async () => {
    const run = await discovered(['127.0.0.1'], { methods: ['ping'] });
    const scan = await client.startScan({ targets: ['127.0.0.1'], ports: '1-3', scan_type: 'connect' });
    await runEnqueued();
    await expect(client.scanDiff(scan.id, { against: run.id })).rejects.toMatchObject({
      code: 'not_comparable',
    });
    await expect(lab.askAsUser({ url: ROUTES.discoveryRun(scan.id) })).resolves.toMatchObject({
      status: 404,
    });
  });
});

describe('the routes of discovery', () => {
  it('list runs apart from scans of ports', async () => {
    const run = await discovered(['198.18.40.1']);
    expect(ids(await client.discoveries({ page_size: 1 }))).toEqual([run.id]);
    expect(ids(await client.scans({ page_size: 1_000 }))).not.toContain(run.id);
    expect(ids(await client.scans({ page_size: 1_000, kind: 'all' }))).toContain(run.id);
    const shown = await lab.askAsUser({ url: ROUTES.discoveryRun(run.id) });
    expect(shown.body).toEqual(JSON.parse(JSON.stringify(await client.scan(run.id))));
  });

  it('stop a run, whose results are kept, and say what a run would do', async () => {
    const run = await client.startDiscovery({ networks: ['198.18.41.0/24'], methods: ['ping'] });
    const stopped = await lab.askAsUser({ method: 'POST', url: ROUTES.stopDiscovery(run.id), body: {} });
    expect(stopped.body).toMatchObject({ id: run.id, status: 'cancelled' });
    lab.enqueued.splice(0);
    expect(await client.planDiscovery({ networks: ['198.18.41.0/24'] })).toMatchObject({
      methods: ['arp', 'ndp', 'ping', 'tcp'],
      resolver: null,
      addresses: '256',
      probes: 256 * 7,
      needs_confirmation: false,
    });
    expect(await client.localNetworks()).toEqual({ data: [{ cidr: '198.18.0.0/24', interface: 'eth0' }] });
  });

  it('look at a stored network by its id, and list the runs that reached into it', async () => {
    const office = await client.createNetwork({ cidr: '198.18.42.0/29', name: 'office' });
    const run = await client.discoverNetwork(office.id, { methods: ['ping'] });
    await runEnqueued();
    expect(run).toMatchObject({ network: 'office', targets: ['network:office'], scan_type: 'discovery' });
    const wider = await discovered(['198.18.42.0-198.18.42.100']);
    await discovered(['198.18.43.0/29']);
    const { body } = await lab.askAsUser({ url: ROUTES.networkDiscovery(office.id) });
    expect(body).toMatchObject({ data: [{ id: wider.id }, { id: run.id }], pagination: { total_items: 2 } });
  });

  it('store the networks that were looked at where that is asked, in the same transaction', async () => {
    const run = await client.startDiscovery({
      networks: ['198.18.44.0/29'],
      methods: ['ping'],
      name: 'shed',
      add_networks: true,
    });
    expect(run).toMatchObject({ name: 'shed', network: 'shed' });
    const again = await client.startDiscovery({
      networks: ['198.18.44.0/29', '198.18.45.0/29'],
      methods: ['ping'],
      add_networks: true,
    });
    expect(again.network).toBeNull();
    lab.enqueued.splice(0);
    const { data } = await client.networks({ page_size: 100 });
    expect(data.filter(({ cidr }) => /198\.18\.4[45]/.test(cidr)).map(({ name }) => name)).toEqual([
      'shed',
      '198.18.45.0/29',
    ]);
    // The name is taken, so neither network nor run is stored.
    const count = (await client.discoveries()).pagination.total_items;
    const clashing = { networks: ['198.18.46.0/29'], name: 'Shed', add_networks: true };
    await expect(client.startDiscovery(clashing)).rejects.toMatchObject({ code: 'conflict' });
    expect((await client.discoveries()).pagination.total_items).toBe(count);
  });

  it.each([
    ['names without a resolver', { networks: ['198.18.0.1'], methods: ['dns'] }, 'invalid_request'],
    [
      'a resolver without names',
      { networks: ['198.18.0.1'], methods: ['ping'], resolver: '198.18.0.53' },
      'invalid_request',
    ],
    ['a resolver that is a name', { networks: ['198.18.0.1'], resolver: 'ns.example' }, 'invalid_request'],
    ['a resolver that is nobody', { networks: ['198.18.0.1'], resolver: '224.0.0.1' }, 'target_refused'],
    ['ARP for IPv6', { networks: ['fd00::1'], methods: ['arp'] }, 'invalid_request'],
    ['more than can be asked', { networks: ['fd00::/64'] }, 'scan_too_large'],
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
    await expect(client.startDiscovery(body)).rejects.toMatchObject({
      code,
      hint: expect.stringMatching(/\w/),
    });
  });
});
