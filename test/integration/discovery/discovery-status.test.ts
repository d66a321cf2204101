import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
async function statusHistoryOf(address: string) {
  const { status, misses } = await fixture.client.host(address);
  return `${status} ${misses}`;
}
/** From now on one miss sets it to down. */
async function impatient(address: string): Promise<void> {
  const { id } = await fixture.client.host(address);
  await fixture.client.changeHost(id, { down_after_misses: 1 });
}

describe('a discovery run', () => {
  it('counts a miss of a host that responded to an earlier one', async () => {
    fixture.network.pings = ofLast(1, 2);
    await fixture.discovered(['198.18.30.0/29']);
    await impatient('198.18.30.2');
    fixture.network.pings = ofLast(1);
    await fixture.discovered(['198.18.30.0/29']);
    expect(await statusHistoryOf('198.18.30.2')).toBe('down 1');
    fixture.network.pings = ofLast(1, 2);
    await fixture.discovered(['198.18.30.0/29']);
    expect(await statusHistoryOf('198.18.30.2')).toBe('up 0');
  });

  it('reports which hosts it set to down, and no other run does', async () => {
    const network = ['198.18.36.0/29'];
    const statusChanges = async ({ id }: { readonly id: string }) =>
      ((await fixture.client.scan(id)).warnings ?? []).map(({ kind, subject, message }) => ({
        kind,
        subject,
        message,
      }));
    fixture.network.pings = ofLast(1, 2, 3);
    await fixture.discovered(network);
    for (const last of [2, 3]) {
      const { id } = await fixture.client.host(`198.18.36.${last}`);
      await fixture.client.changeHost(id, { down_after_misses: 2 });
    }
    fixture.network.pings = ofLast(1);
    const first = await fixture.discovered(network);
    const turning = await fixture.discovered(network);
    const after = await fixture.discovered(network);
    expect(await statusChanges(first)).toEqual([]);
    expect(await statusChanges(after)).toEqual([]);
    expect(await statusChanges(turning)).toEqual([
      {
        kind: 'host-down',
        subject: '198.18.36.2',
        message: '2 hosts are down since this run, which missed them once more: 198.18.36.2, 198.18.36.3.',
      },
    ]);
    fixture.network.pings = ofLast(1, 2, 3);
    await fixture.discovered(network);
    expect(await statusChanges(turning)).toEqual([]);
  });

  it('counts no misses when no host of the network responds', async () => {
    fixture.network.pings = ofLast(1, 2);
    await fixture.discovered(['198.18.31.0/29']);
    await impatient('198.18.31.2');
    fixture.network.pings = ofLast();
    await fixture.discovered(['198.18.31.0/29']);
    expect(await statusHistoryOf('198.18.31.2')).toBe('up 0');
  });

  it('counts no miss of a host last seen by a method that the run lacks', async () => {
    fixture.network.macs = { '198.18.32.1': mac(1), '198.18.32.2': mac(2) };
    await fixture.discovered(['198.18.32.0/29'], { methods: ['arp'] });
    await impatient('198.18.32.2');
    fixture.network.macs = {};
    fixture.network.pings = ofLast(1);
    await fixture.discovered(['198.18.32.0/29'], { methods: ['ping'] });
    expect(await statusHistoryOf('198.18.32.2')).toBe('up 0');
    fixture.network.macs = { '198.18.32.1': mac(1) };
    await fixture.discovered(['198.18.32.0/29'], { methods: ['arp'] });
    expect(await statusHistoryOf('198.18.32.2')).toBe('down 1');
  });

  it('counts no miss for a host that only its neighbors can receive, where no neighbor was received', async () => {
    fixture.network.pings = ofLast();
    fixture.network.macs = { '198.18.35.1': mac(1), '198.18.35.2': mac(2) };
    await fixture.discovered(['198.18.35.0/29'], { methods: ['arp', 'ping'] });
    await impatient('198.18.35.2');
    // As from behind a router: probed by all methods, and by ARP in vain.
    fixture.network.macs = {};
    fixture.network.pings = ofLast(1);
    await fixture.discovered(['198.18.35.0/29'], { methods: ['arp', 'ping'] });
    expect(await statusHistoryOf('198.18.35.2')).toBe('up 0');
    fixture.network.macs = { '198.18.35.1': mac(1) };
    await fixture.discovered(['198.18.35.0/29'], { methods: ['arp', 'ping'] });
    expect(await statusHistoryOf('198.18.35.2')).toBe('down 1');
  });

  it('counts each response once in the response time of a host', async () => {
    fixture.network.pings = ofLast(1);
    const run = await fixture.discovered(['198.18.33.0/30']);
    const took = { count: 1, min_us: 100, avg_us: 100, max_us: 100 };
    expect((await fixture.client.host('198.18.33.1')).response_time).toMatchObject(took);
    expect((await fixture.client.discoveryResults(run.id)).data).toMatchObject([{ round_trip_us: 100 }]);
  });

  it('dates a missing response by when probing began', async () => {
    fixture.network.pings = ofLast(1);
    const run = await fixture.discovered(['198.18.34.0/30']);
    const { rows } = await sql<{ isBefore: boolean }>`
      SELECT unresponsive.observed_at <= seen.observed_at AS "isBefore" FROM scan_unresponsive_ranges unresponsive
        JOIN scan_jobs job ON job.id = unresponsive.job_id JOIN scan_hosts seen ON seen.job_id = job.id WHERE job.uid = ${run.id}`.execute(
      fixture.lab.db.store.read,
    );
    expect(rows.map(({ isBefore }) => isBefore)).toEqual([true, true]);
  });
});

describe('lists of hosts', () => {
  it('omit ignored hosts, unless they are requested', async () => {
    fixture.network.pings = ofLast(1, 2);
    await fixture.discovered(['198.18.35.0/30']);
    const { id } = await fixture.client.host('198.18.35.2');
    await fixture.client.changeHost(id, { ignored: true, custom_name: 'Front Door' });
    const listed = async (query: Readonly<Record<string, string>>) =>
      (await fixture.client.hosts(query)).data
        .map(({ ip }) => ip)
        .filter((ip) => ip.startsWith('198.18.35.'));
    expect(await listed({})).toEqual(['198.18.35.1']);
    expect(await listed({ filter: 'ignored:yes' })).toEqual(['198.18.35.2']);
    expect(await listed({ filter: 'ignored:yes', ignored: 'without' })).toEqual([]);
    expect(await listed({ ignored: 'with' })).toEqual(['198.18.35.1', '198.18.35.2']);
    expect(await listed({ ignored: 'only', search: 'front' })).toEqual(['198.18.35.2']);
    expect(await listed({ ignored: 'only', filter: 'name:door rtt<1ms' })).toEqual([]);
    expect(await listed({ ignored: 'only', filter: 'name:door and flapping:no' })).toEqual(['198.18.35.2']);
  });
});
