import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProcessProber } from '#prober/client/client.js';
import { findHostsByAddress, portsOf } from '#store/hosts/host-views.js';
import { createLog } from '#telemetry/log.js';
import { resumeScan } from '#work/scans/resume-scan.js';
import { stopScan } from '#work/scans/stop-scan.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import {
  awaitEnd,
  begin,
  openTestWorker,
  order,
  type TestWorker,
  viewOf,
} from '../../support/programs/worker.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';

const hasNmap = spawnSync('nmap', ['--version']).status === 0;
if (!hasNmap) console.warn('NO NMAP: tests that run nmap itself are skipped, because it is not installed.');
const PATH = process.env['PATH'] ?? '';

let db: TestDatabase;
let folder: string;
beforeAll(async () => {
  db = await openTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'nm-scan-'));
});
afterAll(async () => {
  await db.close();
  await rm(folder, { recursive: true, force: true });
});

/** A worker whose prober is a process that finds nmap on this PATH. */
async function withNmap<Result>(path: string, use: (worker: TestWorker) => Promise<Result>) {
  const prober = new ProcessProber({
    nodePath: undefined,
    environment: { PATH: path },
    log: createLog('silent'),
  });
  const worker = await openTestWorker(db, { prober });
  try {
    return await use(worker);
  } finally {
    await worker.close();
    await prober.close();
  }
}

/** What nmap prints of a host with 40 closed ports. */
const closedHost = (address: string) =>
  `<host starttime="1700000000"><status state="up" reason="user-set"/><address addr="${address}" addrtype="ipv4"/><ports><extraports state="closed" count="40"><extrareasons reason="reset" count="40" proto="tcp" ports="1-40"/></extraports></ports></host>`;

describe('a scan with nmap', () => {
  it.skipIf(!hasNmap)('stores ports and services in one scan', { timeout: 60_000 }, async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve));
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    try {
      const scan = await withNmap(PATH, async ({ context }) => {
        const uid = await begin(
          context,
          order(['127.0.0.2-127.0.0.3'], `1-3,${port}`, { scanType: 'version' }),
        );
        return awaitEnd(context, uid);
      });
      expect(scan).toMatchObject({
        status: 'completed',
        partial: false,
        engine: 'nmap',
        listedPorts: 1,
        hostsUp: 2,
      });
      const [host] = await findHostsByAddress(db.store.read, '127.0.0.2');
      const ports = await portsOf(db.store.read, [host?.id ?? 0], { openOnly: true });
      expect(ports).toEqual([expect.objectContaining({ port, state: 'open', reason: 'syn-ack' })]);
      expect(JSON.parse(ports[0]?.service ?? '')).toMatchObject({ name: 'ssh', product: 'OpenSSH' });
      await expectComplete(db.store.read);
    } finally {
      server.close();
    }
  });

  it('that dies on a host completes as partial, with what it finished', { timeout: 60_000 }, async () => {
    const nmap = join(folder, 'nmap');
    const host =
      '<host starttime="1700000000"><status state="up" reason="user-set"/><address addr="127.0.0.9" addrtype="ipv4"/><ports><port protocol="tcp" portid="1"><state state="closed" reason="reset"/></port></ports></host>';
    await writeFile(
      nmap,
      `#!/bin/sh\n[ "$1" = --version ] && { echo 'Nmap version 7.95'; exit; }\necho '<nmaprun start="1700000000">${host}'; echo 'route lost' >&2; exit 1\n`,
    );
    await chmod(nmap, 0o755);
    const scan = await withNmap(`${folder}:${PATH}`, async ({ context }) =>
      awaitEnd(context, await begin(context, order(['127.0.0.9-127.0.0.10'], '1', { scanType: 'version' }))),
    );
    expect(scan).toMatchObject({
      status: 'completed',
      partial: true,
      partialReason: 'nmap did not finish 1 of 2 hosts: route lost.',
      hostsUp: 1,
    });
    const { rows } = await sql<{ skipped: number }>`
      SELECT sum(skipped)::int AS skipped FROM scan_batches batch JOIN scan_jobs job ON job.id = batch.job_id
      WHERE job.uid = ${scan.uid}`.execute(db.store.read);
    expect(rows).toEqual([{ skipped: 1 }]);
    await expectComplete(db.store.read);
  });

  it('keeps the hosts that nmap finished when it is stopped, and probes only the others when it is resumed', {
    timeout: 60_000,
  }, async () => {
    const own = join(folder, 'stopped');
    await mkdir(own);
    await writeFile(
      join(own, 'nmap'),
      `#!/bin/sh
[ "$1" = --version ] && { echo 'Nmap version 7.95'; exit; }
while [ "$#" -gt 0 ]; do case "$1" in -iL) targets=$2;; esac; shift; done
cat "$targets" >> '${own}/targets'; echo >> '${own}/targets'
[ -e '${own}/again' ] || { touch '${own}/again'; echo '<nmaprun start="1700000000">${closedHost('127.0.0.9')}${closedHost('127.0.0.10')}'; sleep 60; }
echo '<nmaprun start="1700000000">${closedHost('127.0.0.11')}</nmaprun>'
`,
    );
    await chmod(join(own, 'nmap'), 0o755);
    await withNmap(`${own}:${PATH}`, async ({ context }) => {
      const uid = await begin(context, order(['127.0.0.9-127.0.0.11'], '1-40', { scanType: 'version' }));
      await expect.poll(async () => (await viewOf(context, uid)).completed, { timeout: 20_000 }).toBe(2 * 40);
      await stopScan(context, uid);
      expect(await viewOf(context, uid)).toMatchObject({
        status: 'cancelled',
        completed: 2 * 40,
        hostsUp: 2,
      });
      await resumeScan(context, uid, 'test');
      expect(await awaitEnd(context, uid)).toMatchObject({
        status: 'completed',
        completed: 3 * 40,
        hostsUp: 3,
      });
    });
    const probed = (await readFile(join(own, 'targets'), 'utf8')).trim().split('\n\n');
    expect(probed).toEqual(['127.0.0.9\n127.0.0.10/31', '127.0.0.11']);
    await expectComplete(db.store.read);
  });
});
