import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AddressSet } from '#domain/addresses/address-set.js';
import { ScanPaces } from '#net/send/scan-pace.js';
import { systemClock as clock } from '#net/send/system-clock.js';
import { enriching } from '#prober/engines/enriching-engine.js';
import { createConnectEngine } from '#scan/connect/connect-engine.js';
import { createLocalProber } from '#scan/engine/local-prober.js';
import type { ProbeRun, Prober } from '#scan/engine/prober.js';
import { resumeScan } from '#work/scans/resume-scan.js';
import { stopScan } from '#work/scans/stop-scan.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { PROBER_FACTS } from '../../support/programs/work-context.ts';
import { awaitEnd, begin, openTestWorker, order, type TestWorker } from '../../support/programs/worker.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';
import { listenWith, type StandInServer, serverKey, speaksSsh } from '../../support/servers/ssh-server.ts';

const PORT = 2_222;
const KEY = serverKey('ssh-ed25519');

let db: TestDatabase;
let worker: TestWorker;
let runs: ProbeRun[];
beforeAll(async () => {
  db = await openTestDatabase();
  runs = [];
  worker = await openTestWorker(db, { prober: enrichingProber() });
});
afterAll(async () => {
  await worker?.close();
  await db?.close();
});
const servers: StandInServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

function enrichingProber(): Prober {
  const engines = [createConnectEngine({ clock })];
  const prober = createLocalProber({
    engines,
    missing: [],
    paces: new ScanPaces(clock),
    clock,
    facts: PROBER_FACTS,
    enriching: enriching(clock),
  });
  return {
    ...prober,
    run(wanted, signal) {
      const run = prober.run(wanted, signal);
      runs.push(run);
      return run;
    },
  };
}

async function serverAt(host: string, serve: Parameters<typeof listenWith>[0]): Promise<StandInServer> {
  const server = await listenWith(serve, { host, port: PORT });
  servers.push(server);
  return server;
}

async function foundBy(uid: string): Promise<string[]> {
  const { rows } = await sql<{ address: string }>`
    SELECT host(host.ip_address) AS address FROM scan_findings found JOIN hosts host ON host.id = found.host_id
      JOIN scan_jobs job ON job.id = found.job_id
    WHERE job.uid = ${uid} AND found.fact = 'ssh_host_key' AND found.port = ${PORT} ORDER BY host.ip_address`.execute(
    db.store.read,
  );
  return rows.map(({ address }) => address);
}

const speaking = speaksSsh(() => ({ keys: [KEY] }));

describe('a scan with enrichers', () => {
  it('is stopped within a second while it probes, and probes nothing again that is stored', async () => {
    const hosts = Array.from({ length: 6 }, (_, at) => `127.89.1.${at + 1}`);
    let mayAnswer = false;
    const waiting = Promise.withResolvers<void>();
    const counted = await Promise.all(
      hosts.map((host, at) =>
        serverAt(host, (socket) => {
          if (at < hosts.length - 1 || mayAnswer) speaking(socket);
          // One connection tests whether the port is open, the next one what it is.
          else socket.once('data', () => waiting.resolve());
        }),
      ),
    );
    const targets = [`${hosts[0]}-${hosts.at(-1)}`];
    const uid = await begin(worker.context, order(targets, String(PORT), { scanType: 'connect' }));
    await waiting.promise;
    await expect.poll(() => counted.map(({ count }) => count()).every((count) => count >= 2)).toBe(true);
    const stoppedAtMs = clock.monotonic();
    await stopScan(worker.context, uid);
    // The guaranteed limit is a second; the test waits five.
    expect(clock.monotonic() - stoppedAtMs).toBeLessThan(5_000);
    const before = new Set(await foundBy(uid));
    // Two of each host, or more: a worker whose exclusions are too old, because the machine froze, probes once more.
    const probedBefore = counted.map(({ count }) => count());
    expect(before.has(hosts.at(-1) ?? '')).toBe(false);
    mayAnswer = true;
    await resumeScan(worker.context, uid, 'test');
    expect(await awaitEnd(worker.context, uid)).toMatchObject({
      status: 'completed',
      listedPorts: hosts.length,
    });
    expect(await foundBy(uid)).toEqual(hosts);
    const probedAgain = hosts.filter((_, at) => counted[at]?.count() !== probedBefore[at]);
    expect(probedAgain).toEqual(hosts.filter((host) => !before.has(host)));
    await expectComplete(db.store.read);
  });

  it('continues without addresses that were excluded, and keeps that their port was open', async () => {
    const host = '127.89.2.1';
    /** Connections by the time of the exclusion. */
    let probed = 0;
    const server = await serverAt(host, (socket) => {
      socket.once('data', () => {
        if (probed === 0) probed = server.count();
        for (const run of runs) run.exclude(AddressSet.parse([host]));
      });
    });
    const uid = await begin(worker.context, order([host], String(PORT), { scanType: 'connect' }));
    expect(await awaitEnd(worker.context, uid)).toMatchObject({ status: 'completed', listedPorts: 1 });
    expect(probed).toBeGreaterThan(1);
    expect(server.count()).toBe(probed);
    expect(await foundBy(uid)).toEqual([]);
    await expectComplete(db.store.read);
  });

  it('stores what it runs with, and enriches nothing where that is specified', async () => {
    const host = '127.89.3.1';
    const server = await serverAt(host, speaking);
    const input = order([host], String(PORT), { scanType: 'connect', probing: { enrich: [] } });
    const uid = await begin(worker.context, input);
    expect(await awaitEnd(worker.context, uid)).toMatchObject({ status: 'completed', enrich: [] });
    expect(server.count()).toBe(1);
    const usual = await begin(worker.context, order([host], String(PORT), { scanType: 'connect' }));
    expect(await awaitEnd(worker.context, usual)).toMatchObject({ enrich: ['ssh', 'tls'] });
    expect(await foundBy(usual)).toEqual([host]);
  });
});
