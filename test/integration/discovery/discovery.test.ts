import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '#contract/api/routes.js';
import type { DiscoveryRequest } from '#contract/discovery/discovery.js';
import type { ScanChange } from '#contract/scans/diff.js';
import { expectComplete } from '../../support/scans/complete-scan.ts';
import { type DiscoveryLab, ofLast, openDiscoveryLab } from '../../support/scans/simulated-discovery.ts';

let fixture: DiscoveryLab;
beforeAll(async () => {
  fixture = await openDiscoveryLab();
});
afterAll(async () => {
  await expectComplete(fixture.lab.db.store.read);
  await fixture.lab.close();
});

const mac = (last: number) => `02:00:00:00:00:0${last}`;
const line = ({ kind, ip, old, new: now }: ScanChange) =>
  [kind, ip, old === null ? '' : `${old}>${now}`].join(' ').trim();

describe('a discovery run', () => {
  it('stores hosts with their response, and unresponsive ones, and creates no host from a missing response', async () => {
    fixture.network.pings = ofLast(1, 3);
    const run = await fixture.discovered(['198.18.10.0/29'], { exclude: ['198.18.10.6'], name: 'first' });
    expect(run).toMatchObject({
      name: 'first',
      status: 'completed',
      scan_type: 'discovery',
      engine: 'discovery',
      methods: ['ping'],
      ports: '',
      hosts_up: 2,
      open_ports: 0,
      progress: { percent: 100, positions: 7, completed: 7, skipped: 0 },
      probes: { sent: 12, answered: 2 },
    });
    const { data, pagination } = await fixture.client.discoveryResults(run.id);
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
      fixture.lab.db.store.read,
    );
    expect(rows.map(({ address, reason, ports }) => `${address} ${reason} ${ports}`)).toEqual(
      [0, 1, 2, 3, 4, 5, 7].map(
        (last) => `198.18.10.${last} ${ofLast(1, 3)(`.${last}`) ? 'echo-reply' : 'no-response'} {[0,1)}`,
      ),
    );
    const { rows: hosts } = await sql`SELECT FROM hosts WHERE ip_address <<= '198.18.10.0/24'`.execute(
      fixture.lab.db.store.read,
    );
    expect(hosts).toHaveLength(2);
  });

  it('is compared with the last run that probed the same targets, not with one whose link was down', async () => {
    const network = ['198.18.60.0/29'];
    fixture.network.pings = ofLast(1, 2, 3);
    const complete = await fixture.discovered(network);
    fixture.network.isCut = (address) => !ofLast(1)(address);
    const crippled = await fixture.discovered(network);
    fixture.network.isCut = () => false;
    expect(crippled.progress).toMatchObject({ positions: 8, skipped: 7 });
    expect(crippled.changes).toMatchObject({ against: complete.id, hosts_not_seen: 0 });
    const { not_comparable } = await fixture.client.scanDiff(crippled.id, {});
    expect(not_comparable).toMatchObject({ base: { addresses: 7, hosts: 2 }, scan: { addresses: 0 } });
    fixture.network.pings = ofLast(1);
    const later = await fixture.discovered(network);
    expect(later.changes).toMatchObject({ against: complete.id, hosts_not_seen: 2 });
    const last = await fixture.discovered(network);
    expect(last.changes).toMatchObject({ against: later.id, hosts_not_seen: 0 });
  });

  it('keeps the MAC address, and reports why others could not be probed', async () => {
    fixture.network.macs = { '198.18.11.2': '02:00:00:00:00:02' };
    fixture.network.methodStatuses = [{ method: 'ndp', family: 6, missing: 'EPERM' }];
    const run = await fixture.discovered(['198.18.11.2-198.18.11.3', '198.19.1.1'], { methods: ['arp'] });
    fixture.network.methodStatuses = [];
    expect((await fixture.client.discoveryResults(run.id)).data).toMatchObject([
      { ip: '198.18.11.2', reason: 'arp-response', mac: '02:00:00:00:00:02' },
    ]);
    expect(run.progress).toMatchObject({ completed: 3, skipped: 1 });
    expect(run.warnings?.map(({ message }) => message)).toEqual([
      'Hosts were not looked for by ndp IPv6: this program may not send raw packets (EPERM).',
      '198.19.1.1 and its like could not be probed from here: they are not on a link of this machine, and no method was selected that reaches further.',
    ]);
    expect((await fixture.client.host('198.18.11.2')).mac).toBe('02:00:00:00:00:02');
  });

  it('resumes where it was after a failure, and probes nothing again that is stored', async () => {
    fixture.network.pings = ofLast(9);
    fixture.network.breaksAfter = 3;
    fixture.pinged.length = 0;
    const run = await fixture.discovered(['198.18.128.0/21']);
    expect(run).toMatchObject({ status: 'failed', error: { code: 'internal' } });
    const stored = run.progress.completed;
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBeLessThan(2_048);
    const before = new Set(fixture.pinged);
    fixture.pinged.length = 0;
    await fixture.client.resumeScan(run.id);
    await fixture.runEnqueued();
    const complete = await fixture.client.scan(run.id);
    expect(complete).toMatchObject({
      status: 'completed',
      hosts_up: 8,
      progress: { completed: 2_048, skipped: 0 },
    });
    expect(new Set(fixture.pinged).size).toBe(2_048 - stored);
    expect(new Set([...before, ...fixture.pinged]).size).toBe(2_048);
  });
});

/** A run to which these addresses of a network respond. */
async function run(...lasts: readonly number[]) {
  fixture.network.pings = ofLast(...lasts);
  return fixture.discovered(['198.18.25.0/29'], { methods: ['ping'] });
}

describe('what changed from run to run', () => {
  it('is new, gone or changed where both probed, and the result never changes later', async () => {
    const request: Omit<DiscoveryRequest, 'networks'> = { methods: ['arp'] };
    const lifecycles = (...lasts: readonly number[]) =>
      Object.fromEntries(lasts.map((last) => [`198.18.20.${last}`, mac(last)]));
    fixture.network.macs = lifecycles(1, 2, 3);
    const first = await fixture.discovered(['198.18.20.0/28'], request);
    expect(first.changes).toBeUndefined();
    fixture.network.macs = { ...lifecycles(2, 4), '198.18.20.3': mac(9) };
    const second = await fixture.discovered(['198.18.20.0/28'], request);
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
    const reported = async () => {
      const diff = await fixture.lab.requestAsUser({ url: ROUTES.discoveryDiff(second.id) });
      expect(diff.status).toBe(200);
      return diff.body;
    };
    const before = await reported();
    expect((await fixture.client.scanDiff(second.id)).data.map(line)).toEqual([
      'host_not_seen 198.18.20.1',
      `mac_changed 198.18.20.3 ${mac(3)}>${mac(9)}`,
      'host_new 198.18.20.4',
    ]);
    // Hosts appear, disappear, change and are deleted afterwards.
    fixture.network.macs = { ...lifecycles(1, 5), '198.18.20.2': mac(8) };
    const third = await fixture.discovered(['198.18.20.0/28'], request);
    await fixture.client.deleteHost('198.18.20.4');
    await fixture.client.deleteScan(third.id);
    expect(await reported()).toEqual(before);
    // Any two can be compared, also over one that lies between.
    const { body } = await fixture.lab.requestAsUser({
      url: `${ROUTES.discoveryCompare}?run_a=${first.id}&run_b=${third.id}`,
    });
    expect(body).toMatchObject({
      base: { id: first.id },
      scan: { id: third.id },
      counts: { hosts_new: 1, hosts_not_seen: 1, hosts_changed: 1 },
    });
  });

  it('distinguishes hosts seen again from new ones, as known when the run began', async () => {
    await run(1, 2);
    await run(1);
    const back = await run(1, 2, 3);
    const reported = async () => await fixture.client.scanDiff(back.id);
    const before = await reported();
    expect(before).toMatchObject({
      counts: { hosts_new: 2 },
      hosts_back: 1,
      data: [{ ip: '198.18.25.2', known: { first_seen: expect.any(String) } }, { ip: '198.18.25.3' }],
    });
    expect(before.data[1]).not.toHaveProperty('known');
    await run(3);
    expect(await reported()).toEqual(before);
  });

  it('compares different networks only where both probed, with what only one probed', async () => {
    fixture.network.pings = ofLast(1, 2, 9);
    const one = await fixture.discovered(['198.18.30.0/29']);
    fixture.network.pings = ofLast(2, 3, 9);
    const two = await fixture.discovered(['198.18.30.0/28']);
    expect(two.changes).toBeUndefined();
    const diff = await fixture.client.scanDiff(two.id, { against: one.id });
    expect(diff.data.map(line)).toEqual(['host_not_seen 198.18.30.1', 'host_new 198.18.30.3']);
    expect(diff.not_comparable).toEqual({
      base: { addresses: 0, ports: 0, hosts: 0 },
      scan: { addresses: 8, ports: 0, hosts: 1 },
    });
  });

  it('counts no missing response where the response could not have been received', async () => {
    fixture.network.macs = { '198.18.31.1': '02:00:00:00:00:01' };
    const byArp = await fixture.discovered(['198.18.31.0/29'], { methods: ['arp'] });
    fixture.network.pings = ofLast();
    const byPing = await fixture.discovered(['198.18.31.0/29']);
    const diff = await fixture.client.scanDiff(byPing.id, { against: byArp.id });
    expect(diff.counts).toMatchObject({ hosts_new: 0, hosts_not_seen: 0 });
    expect(diff.not_comparable.base.hosts).toBe(1);
    // ARP was chosen and not available: no response proves nothing either.
    fixture.network.macs = {};
    fixture.network.methodStatuses = [{ method: 'arp', family: 4, missing: 'EPERM' }];
    const without = await fixture.discovered(['198.18.31.0/29'], { methods: ['arp', 'ping'] });
    fixture.network.methodStatuses = [];
    expect((await fixture.client.scanDiff(without.id, { against: byArp.id })).counts).toMatchObject({
      hosts_not_seen: 0,
    });
  });

  it('counts no host as gone, nor as new, that ARP could not reach from there', async () => {
    const both = { methods: ['arp', 'ping'] } as const satisfies Omit<DiscoveryRequest, 'networks'>;
    fixture.network.pings = ofLast();
    fixture.network.macs = { '198.18.33.1': mac(1), '198.18.33.2': mac(2) };
    const near = await fixture.discovered(['198.18.33.0/29'], both);
    fixture.network.isNear = false;
    const far = await fixture.discovered(['198.18.33.0/29'], both);
    fixture.network.isNear = true;
    expect(far).toMatchObject({ hosts_up: 0, changes: { against: near.id, hosts_not_seen: 0 } });
    const diff = await fixture.client.scanDiff(near.id, { against: far.id });
    expect(diff).toMatchObject({ counts: { hosts_new: 0 }, not_comparable: { scan: { hosts: 2 } } });
    fixture.network.macs = { '198.18.33.2': mac(2) };
    const again = await fixture.discovered(['198.18.33.0/29'], both);
    const gone = await fixture.client.scanDiff(again.id, { against: near.id });
    expect(gone.data.map(line)).toEqual(['host_not_seen 198.18.33.1']);
  });

  it.each([
    ['timestamp-reply', 'ping'],
    ['rst', 'tcp'],
  ] as const)(
    'counts no host as gone that was seen by %s, where nothing shows that it was probed for',
    async (reason, method) => {
      const input = { methods: [method] };
      fixture.network.pings = ofLast();
      fixture.network.raw = reason;
      fixture.network.answersRaw = ofLast(1, 2);
      const raw = await fixture.discovered(['198.18.34.0/29'], input);
      fixture.network.raw = undefined;
      const plain = await fixture.discovered(['198.18.34.0/29'], input);
      fixture.network.raw = reason;
      fixture.network.answersRaw = ofLast(2);
      const again = await fixture.discovered(['198.18.34.0/29'], input);
      fixture.network.raw = undefined;
      expect(raw.hosts_up).toBe(2);
      expect((await fixture.client.scanDiff(plain.id, { against: raw.id })).data).toEqual([]);
      expect((await fixture.client.scanDiff(again.id, { against: plain.id })).data).toEqual([]);
      const gone = await fixture.client.scanDiff(again.id, { against: raw.id });
      expect(gone.data.map(line)).toEqual(['host_not_seen 198.18.34.1']);
    },
  );

  it('counts no host as gone that an impostor answered for', async () => {
    fixture.network.pings = ofLast(7);
    const before = await fixture.discovered(['198.18.32.0/24']);
    fixture.network.pings = () => true;
    const after = await fixture.discovered(['198.18.32.0/24']);
    expect(after).toMatchObject({ hosts_up: 0, warnings: [{ kind: 'answers-for-all' }] });
    expect((await fixture.client.scanDiff(after.id, { against: before.id })).counts).toMatchObject({
      hosts_not_seen: 0,
    });
  });

  it('is refused for a discovery run and a port scan', async () => {
    const run = await fixture.discovered(['127.0.0.1'], { methods: ['ping'] });
    const scan = await fixture.client.startScan({
      targets: ['127.0.0.1'],
      ports: '1-3',
      scan_type: 'connect',
    });
    await fixture.runEnqueued();
    await expect(fixture.client.scanDiff(scan.id, { against: run.id })).rejects.toMatchObject({
      code: 'not_comparable',
    });
    await expect(fixture.lab.requestAsUser({ url: ROUTES.discoveryRun(scan.id) })).resolves.toMatchObject({
      status: 404,
    });
  });
});
