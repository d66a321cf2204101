import { connect, createServer, type Server, type Socket } from 'node:net';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseAddress, openDatabase } from '#store/database/database.js';
import { createStore } from '#store/database/store.js';
import type { BatchRecord } from '#work/batches/batch-record.js';
import { recordBatch } from '#work/batches/record-batch.js';
import { retryTransient } from '#work/context/retry.js';
import { purgeHost } from '#work/hosts/delete-host.js';
import { purgeScan } from '#work/scans/delete-scan.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

/** Where the proxy cuts the next connection that commits. */
type Cut = 'before COMMIT arrives' | 'after COMMIT, before its answer';

let db: TestDatabase;
let proxy: CuttingProxy;

beforeAll(async () => {
  db = await openTestDatabase();
  proxy = await openProxy(db.address);
});
afterAll(async () => {
  await proxy.close();
  await db.close();
});

const at = new Date('2026-01-01T00:00:01Z');
const record: BatchRecord = {
  first: 0,
  end: 2,
  probesSent: 2,
  probesAnswered: 2,
  listed: [
    {
      address: '127.0.20.1',
      protocol: 'tcp',
      port: 22,
      state: 'open',
      reason: 'syn-ack',
      position: 0,
      observedAt: at,
      roundTripMicroseconds: null,
    },
  ],
  covered: [
    { address: '127.0.20.1', protocol: 'tcp', state: 'closed', reason: 'conn-refused', ports: '{[23,24)}' },
  ],
  coveredPorts: 1,
  skipped: 0,
  evidence: [{ address: '127.0.20.1', reason: 'syn-ack', observedAt: at, position: 0, firstSeen: at }],
  observedFrom: at,
  observedTo: at,
};

describe('a connection lost around COMMIT', () => {
  it.each([
    ['before COMMIT arrives', 'recorded'],
    ['after COMMIT, before its answer', 'replayed'],
  ] as const)('%s: the batch is tried again and stored once', async (cut, outcome) => {
    const place = await claimedScan(createWorkContext(db.store), '127.0.20.1', '22,23');
    const database = openDatabase(proxy.address, () => undefined);
    try {
      const context = createWorkContext(createStore(database));
      proxy.cutNext(cut);
      expect(await retryTransient(context, () => recordBatch(context, place, record))).toBe(outcome);
      expect(proxy.cuts).toBe(1);
      const { rows } = await sql`
        SELECT (SELECT count(*) FROM port_scans WHERE job_id = ${place.job.id}) AS raw,
          (SELECT count(*) FROM scan_batches WHERE job_id = ${place.job.id}) AS batches,
          (SELECT count(*) FROM events WHERE job_id = ${place.job.id} AND kind = 'scan.progressed') AS events,
          (SELECT checkpoint FROM scan_shards WHERE id = ${place.shardId}) AS checkpoint`.execute(
        db.store.read,
      );
      expect(rows).toEqual([{ raw: 1, batches: 1, events: 1, checkpoint: 2 }]);
    } finally {
      await database.close();
    }
  });
});

/** The uid of an object that can be purged. */
async function target(what: 'scan' | 'host', address: string): Promise<string> {
  const scan = await recordScan(createWorkContext(db.store), { address, state: 'open', at });
  if (what === 'scan') return scan;
  const { rows } = await sql<{ uid: string }>`SELECT uid FROM hosts WHERE ip_address = ${address}`.execute(
    db.store.read,
  );
  return rows[0]?.uid ?? '';
}

describe('a purge whose connection is lost around COMMIT', () => {
  it.each([
    ['scan', 'before COMMIT arrives'],
    ['scan', 'after COMMIT, before its answer'],
    ['host', 'before COMMIT arrives'],
    ['host', 'after COMMIT, before its answer'],
  ] as const)('%s, %s: is done once, and reported as done', async (what, cut) => {
    const uid = await target(what, `127.0.20.${cut.length}`);
    const database = openDatabase(proxy.address, () => undefined);
    try {
      const context = createWorkContext(createStore(database));
      const purge = what === 'scan' ? purgeScan : purgeHost;
      proxy.cutNext(cut);
      await purge(context, uid, 'key:ann');
      expect(proxy.cuts).toBe(1);
      const { rows } = await sql`
        SELECT count(*) AS events FROM events WHERE kind = ${`${what}.purged`} AND payload ->> ${what} = ${uid}`.execute(
        db.store.read,
      );
      expect(rows).toEqual([{ events: 1 }]);
      // A new query shows that there is none.
      await expect(purge(context, uid, 'key:ann')).rejects.toMatchObject({ code: 'not_found' });
    } finally {
      await database.close();
    }
  });
});

interface CuttingProxy {
  readonly address: DatabaseAddress;
  readonly cuts: number;
  cutNext(cut: Cut): void;
  close(): Promise<void>;
}

/** Passes bytes between the driver and PostgreSQL, and can cut a connection at its COMMIT. */
async function openProxy(target: DatabaseAddress): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let armed: Cut | undefined;
  let cuts = 0;
  const server: Server = createServer((client) => {
    const upstream =
      target.host?.startsWith('/') === true
        ? connect(`${target.host}/.s.PGSQL.${target.port ?? 5432}`)
        : connect(target.port ?? 5432, target.host ?? '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    let muted = false;
    upstream.on('data', (data) => {
      if (!muted) client.write(data);
    });
    client.on('data', (data) => {
      if (armed === undefined || !data.toString('latin1').toLowerCase().includes('commit')) {
        upstream.write(data);
        return;
      }
      const cut = armed;
      armed = undefined;
      cuts += 1;
      muted = true;
      if (cut === 'before COMMIT arrives') client.destroy();
      // PostgreSQL answers once it has committed; only then the driver loses its connection.
      else upstream.write(data, () => upstream.once('data', () => client.destroy()));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the proxy has no port');
  return {
    address: { ...target, host: '127.0.0.1', port: bound.port },
    get cuts() {
      return cuts;
    },
    cutNext(cut) {
      armed = cut;
      cuts = 0;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
