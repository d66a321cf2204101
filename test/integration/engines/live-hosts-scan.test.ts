import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { warningText } from '#domain/scans/warning.js';
import { NO_RESPONSE } from '#net/probe/ports/outcome.js';
import { connectTcp } from '#net/probe/ports/tcp-connect.js';
import { ScanPaces } from '#net/send/scan-pace.js';
import { systemClock } from '#net/send/system-clock.js';
import { createLiveHostsEngine } from '#prober/engines/live-hosts.js';
import { type Connect, createConnectEngine } from '#scan/connect/connect-engine.js';
import type { Engine } from '#scan/engine/engine.js';
import { createLocalProber } from '#scan/engine/local-prober.js';
import type { ProbeOrder, Prober } from '#scan/engine/prober.js';
import { findHostsByAddress } from '#store/hosts/host-views.js';
import { warningsOf } from '#store/scans/warnings.js';
import { resumeScan } from '#work/scans/resume-scan.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { neighbor, pong, probesOf, SimulatedProbe } from '../../support/network/discovery-probes.ts';
import { SimulatedNetwork } from '../../support/network/simulated-network.ts';
import { PROBER_FACTS } from '../../support/programs/work-context.ts';
import { awaitEnd, begin, openTestWorker, order } from '../../support/programs/worker.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';

const clock = systemClock;
const LIVE = { scanType: 'connect', liveHosts: true } as const;
let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(async () => {
  await db.close();
});

interface DiscoveringProber {
  readonly prober: Prober;
  readonly orders: readonly ProbeOrder[];
  /** Fails the next request once it has completed a position. */
  readonly breakNext: () => void;
}

/** Connects to loopback by default, after a discovery whose hosts respond as configured. */
function discoveringProber(echo: () => SimulatedProbe, connect: Connect = connectTcp): DiscoveringProber {
  const orders: ProbeOrder[] = [];
  let isBroken = false;
  const engine = createConnectEngine({ clock, connect });
  const breaking: Engine = {
    ...engine,
    async *run(request, signal) {
      for await (const chunk of engine.run(request, signal)) {
        yield chunk;
        if (isBroken) {
          isBroken = false;
          throw new TypeError('broken by the test');
        }
      }
    },
  };
  const prober = createLocalProber({
    engines: [breaking],
    missing: [],
    paces: new ScanPaces(clock),
    clock,
    facts: { ...PROBER_FACTS, liveHosts: true },
    onlyLiveHosts: (inner, probeOrder) => {
      orders.push(probeOrder);
      const methodStatuses = [{ method: 'arp', family: 4, missing: 'EPERM' } as const];
      const openProbes = () => probesOf({ echo: { 4: echo() }, methodStatuses });
      return createLiveHostsEngine({ engine: inner, targets: probeOrder.plan.targets, clock, openProbes });
    },
  });
  return { prober, orders, breakNext: () => (isBroken = true) };
}

const isEven = (address: string) => Number(address.split('.').at(-1)) % 2 === 0;
const oneNeighbor = () => new SimulatedProbe(() => neighbor('02:00:00:00:00:07'));
const evenHosts = () => new SimulatedProbe((address) => (isEven(address) ? pong(64) : undefined));

async function warningsIn(uid: string): Promise<string[]> {
  return (await warningsOf(db.store.read, uid, 10)).map(warningText);
}

describe('a scan of live hosts only', () => {
  it('stores responsive hosts, and nothing of the others', async () => {
    const worker = await openTestWorker(db, { prober: discoveringProber(evenHosts).prober });
    const uid = await begin(worker.context, order(['127.90.1.0/28'], '1-3', LIVE));
    const scan = await awaitEnd(worker.context, uid);
    await worker.close();
    expect(scan).toMatchObject({
      status: 'completed',
      liveHosts: true,
      hostsUp: 8,
      completed: 48,
      skipped: 24,
    });
    const { rows } = await sql<{ address: string; reason: string }>`
      SELECT host(host.ip_address) AS address, seen.reason FROM scan_hosts seen
      JOIN scan_jobs job ON job.id = seen.job_id JOIN hosts host ON host.id = seen.host_id
      WHERE job.uid = ${uid} ORDER BY host.ip_address`.execute(db.store.read);
    expect(rows.map(({ address }) => address)).toEqual(
      Array.from({ length: 8 }, (_, at) => `127.90.1.${2 * at}`),
    );
    const { rows: covered } = await sql`
      SELECT DISTINCT address FROM scan_coverage JOIN scan_jobs job ON job.id = job_id
      WHERE job.uid = ${uid}`.execute(db.store.read);
    expect(covered).toHaveLength(8);
    const { rows: unresponsive } = await sql`
      SELECT host(first_address) AS first, host(last_address) AS last FROM scan_unresponsive_ranges JOIN scan_jobs job ON job.id = job_id
      WHERE job.uid = ${uid} ORDER BY first_address`.execute(db.store.read);
    const odd = Array.from({ length: 8 }, (_, at) => `127.90.1.${2 * at + 1}`);
    expect(unresponsive).toEqual(odd.map((address) => ({ first: address, last: address })));
    expect(await warningsIn(uid)).toEqual([
      'Hosts were not looked for by arp IPv4: this program may not send raw packets (EPERM).',
    ]);
    await expectComplete(db.store.read);
  });

  it('creates a host from a discovery response alone, with its MAC address', async () => {
    const unresponsive = new SimulatedNetwork(() => NO_RESPONSE);
    const { prober } = discoveringProber(oneNeighbor, unresponsive.connect);
    const worker = await openTestWorker(db, { prober });
    const uid = await begin(worker.context, order(['198.18.0.1'], '9', LIVE));
    expect(await awaitEnd(worker.context, uid)).toMatchObject({ status: 'completed', hostsUp: 1 });
    await worker.close();
    const [host] = await findHostsByAddress(db.store.read, '198.18.0.1');
    expect(host).toMatchObject({ status: 'up', statusReason: 'arp-response', mac: '02:00:00:00:00:07' });
    await expectComplete(db.store.read);
  });

  it('names an impostor that answers for all, and probes every address as if there were no discovery', async () => {
    const { prober } = discoveringProber(() => new SimulatedProbe(() => pong(63)));
    const worker = await openTestWorker(db, { prober });
    const uid = await begin(worker.context, order(['127.90.3.0/24'], '9', LIVE));
    // Hosts of loopback refuse the connection, which shows that they are up.
    expect(await awaitEnd(worker.context, uid)).toMatchObject({ hostsUp: 256, skipped: 0 });
    await worker.close();
    expect(await warningsIn(uid)).toEqual([
      'Something in between (ttl 63) responds for all of 127.90.3.0/24 (256 of 256 addresses probed); that alone proves no host.',
      'Hosts were not looked for by arp IPv4: this program may not send raw packets (EPERM).',
    ]);
  });

  it('resumes in the same way, and reports and counts nothing twice', async () => {
    const { prober, orders, breakNext } = discoveringProber(evenHosts);
    const worker = await openTestWorker(db, { prober });
    breakNext();
    const uid = await begin(worker.context, order(['127.90.4.0/24'], '1-60', LIVE));
    expect(await awaitEnd(worker.context, uid)).toMatchObject({ status: 'failed' });
    await resumeScan(worker.context, uid, 'test');
    const scan = await awaitEnd(worker.context, uid);
    await worker.close();
    expect(scan).toMatchObject({ status: 'completed', hostsUp: 128, skipped: 128 * 60 });
    expect(orders.length).toBeGreaterThanOrEqual(2);
    expect(orders.every(({ liveHosts }) => liveHosts)).toBe(true);
    expect(await warningsIn(uid)).toHaveLength(1);
    await expectComplete(db.store.read);
  });
});
