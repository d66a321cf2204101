import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '#store/database/database.js';
import { storeWithin } from '#store/database/store.js';
import { storeListedPorts } from '#store/ports/host-ports.js';
import { revokeLeases } from '#store/scans/scan-shards.js';
import type { BatchRecord } from '#work/batches/batch-record.js';
import { recordBatch } from '#work/batches/record-batch.js';
import type { WorkContext } from '#work/context/context.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';

let db: TestDatabase;
let context: WorkContext;

beforeAll(async () => {
  db = await openTestDatabase();
  context = createWorkContext(db.store);
});
afterAll(async () => {
  await db.close();
});

const at = new Date('2026-01-01T00:00:01Z');
const batch: BatchRecord = {
  first: 0,
  end: 10,
  probesSent: 12,
  probesAnswered: 10,
  listed: [
    {
      address: '198.18.0.1',
      protocol: 'tcp',
      port: 22,
      state: 'open',
      reason: 'syn-ack',
      position: 3,
      observedAt: at,
      roundTripMicroseconds: 90,
    },
  ],
  covered: [
    { address: '198.18.0.1', protocol: 'tcp', state: 'closed', reason: 'conn-refused', ports: '{[1,10)}' },
  ],
  coveredPorts: 9,
  skipped: 0,
  evidence: [{ address: '198.18.0.1', reason: 'syn-ack', observedAt: at, position: 3, firstSeen: at }],
  observedFrom: at,
  observedTo: at,
};

const TABLES = [
  'port_scans',
  'scan_coverage',
  'host_ports',
  'host_history',
  'hosts',
  'scan_hosts',
  'scan_batches',
] as const;

async function counts(executor: Executor): Promise<Record<string, number>> {
  const all: Record<string, number> = {};
  for (const table of TABLES) {
    const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM ${sql.table(table)}`.execute(
      executor,
    );
    all[table] = rows[0]?.count ?? -1;
  }
  return all;
}

describe('recordBatch', () => {
  it('stores a complete batch, moves the checkpoint and writes to the outbox', async () => {
    const place = await claimedScan(context, '198.18.0.1', '1-100');
    expect(await recordBatch(context, place, batch)).toBe('recorded');
    const { rows } =
      await sql`SELECT checkpoint, next_batch, probes_sent, listed_ports, hosts_up FROM scan_shards WHERE id = ${place.shardId}`.execute(
        db.store.read,
      );
    expect(rows).toEqual([{ checkpoint: 10, next_batch: 1, probes_sent: 12, listed_ports: 1, hosts_up: 1 }]);
    const { rows: events } = await sql<{
      kind: string;
    }>`SELECT kind FROM events WHERE job_id = ${place.job.id} ORDER BY id`.execute(db.store.read);
    expect(events.map((event) => event.kind)).toEqual(['scan.created', 'scan.progressed']);
  });

  it('adds no row when a committed batch is replayed', async () => {
    const place = await claimedScan(context, '198.18.0.1', '1-100');
    await recordBatch(context, place, batch);
    const before = await counts(db.store.read);
    expect(await recordBatch(context, place, batch)).toBe('replayed');
    expect(await counts(db.store.read)).toEqual(before);
  });

  it('refuses another interval under the number of a committed batch', async () => {
    const place = await claimedScan(context, '198.18.0.1', '1-100');
    await recordBatch(context, place, batch);
    await expect(recordBatch(context, place, { ...batch, end: 11, skipped: 1 })).rejects.toMatchObject({
      code: 'batch_conflict',
    });
  });

  it('refuses a batch whose lease was lost, and writes nothing', async () => {
    const place = await claimedScan(context, '198.18.0.1', '1-100');
    await revokeLeases(db.store.read, place.job.id);
    const before = await counts(db.store.read);
    await expect(recordBatch(context, place, batch)).rejects.toMatchObject({ code: 'lease_lost' });
    expect(await counts(db.store.read)).toEqual(before);
  });

  it('stores a name where no host is known with the scan, and creates no host from it', async () => {
    const place = await claimedScan(context, '198.18.0.1', '1-100');
    const named = { fact: 'hostname', protocol: null, port: null, reason: 'PTR', observedAt: at } as const;
    const findings = [
      { ...named, address: '198.18.0.1', value: 'host.test' },
      { ...named, address: '198.18.77.1', value: 'ghost.test' },
    ];
    await recordBatch(context, place, { ...batch, findings });
    const { rows } = await sql`SELECT host(address) AS address, name FROM scan_names
      WHERE job_id = ${place.job.id}`.execute(db.store.read);
    expect(rows).toEqual([{ address: '198.18.77.1', name: 'ghost.test' }]);
    const { rows: hosts } = await sql`SELECT FROM hosts WHERE ip_address = '198.18.77.1'`.execute(
      db.store.read,
    );
    expect(hosts).toEqual([]);
  });

  it('names the id of a missing scan and leaves no row', async () => {
    const place = await claimedScan(context, '198.18.0.1', '1-100');
    const before = await counts(db.store.read);
    const missing = { ...place, job: { id: 987_654, uid: place.job.uid } };
    await expect(recordBatch(context, missing, batch)).rejects.toMatchObject({
      code: 'missing_reference',
      message: 'Nothing was stored because scan 987654 does not exist.',
      facts: { missing_jobs: [987_654], missing_hosts: [] },
    });
    expect(await counts(db.store.read)).toEqual(before);
  });

  it('names every missing job and host when raw rows are stored directly', async () => {
    const observation = {
      hostId: 424_242,
      protocol: 'tcp',
      port: 22,
      state: 'open',
      reason: 'syn-ack',
      position: 0,
      observedAt: at,
      roundTripMicroseconds: null,
    } as const;
    const before = await counts(db.store.read);
    await expect(
      db.store.transaction((executor) =>
        storeListedPorts(executor, { jobId: 999_999, shardNumber: 0 }, [observation]),
      ),
    ).rejects.toMatchObject({
      code: 'missing_reference',
      facts: { missing_jobs: [999_999], missing_hosts: [424_242] },
    });
    expect(await counts(db.store.read)).toEqual(before);
  });

  it('locks a verified host against deletion until the batch is committed', async () => {
    const place = await claimedScan(context, '198.18.0.1', '1-100');
    await recordBatch(context, place, batch);
    const { rows } = await sql<{ id: number }>`SELECT id FROM hosts WHERE ip_address = '198.18.0.1'`.execute(
      db.store.read,
    );
    const hostId = rows[0]?.id ?? 0;
    const order: string[] = [];
    let deletion: Promise<unknown> | undefined;
    await db.store.transaction(async (executor) => {
      await storeListedPorts(executor, { jobId: place.job.id, shardNumber: 0 }, [
        {
          hostId,
          protocol: 'tcp',
          port: 99,
          state: 'open',
          reason: 'syn-ack',
          position: 50,
          observedAt: at,
          roundTripMicroseconds: null,
        },
      ]);
      deletion = sql`DELETE FROM hosts WHERE id = ${hostId}`
        .execute(db.store.read)
        .then(() => order.push('deleted'));
      await expectWaitingForLock(db.store.read);
      order.push('committing');
    });
    await deletion;
    expect(order).toEqual(['committing', 'deleted']);
  });

  it('updates no index of the current state when a port is found unchanged', async () => {
    const place = await claimedScan(context, '198.18.0.1', '1-100');
    await recordBatch(context, place, batch);
    const again = await claimedScan(context, '198.18.0.1', '1-100');
    const renewed = await db.store.transaction(async (executor) => {
      await recordBatch({ ...context, store: storeWithin(db.store, executor) }, again, batch);
      const { rows } = await sql<{ updated: number; withoutIndex: number }>`
        SELECT pg_stat_get_xact_tuples_updated(id) AS updated, pg_stat_get_xact_tuples_hot_updated(id) AS "withoutIndex"
        FROM CAST('host_ports'::regclass AS oid) AS id`.execute(executor);
      return rows[0];
    });
    expect(renewed).toEqual({ updated: 1, withoutIndex: 1 });
  });

  it('stores no row of a batch when storing fails in the middle', async () => {
    const place = await claimedScan(context, '198.18.0.1', '1-100');
    const before = await counts(db.store.read);
    await sql`CREATE FUNCTION break_storing() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = '53100'; END $$`.execute(db.store.read);
    await sql`CREATE TRIGGER break_storing BEFORE INSERT ON scan_batches EXECUTE FUNCTION break_storing()`.execute(
      db.store.read,
    );
    try {
      await expect(recordBatch(context, place, batch)).rejects.toMatchObject({
        code: 'storage_failed',
        facts: { sqlstate: '53100' },
      });
      expect(await counts(db.store.read)).toEqual(before);
    } finally {
      await sql`DROP TRIGGER break_storing ON scan_batches`.execute(db.store.read);
    }
  });
});

async function expectWaitingForLock(executor: Executor): Promise<void> {
  await expect
    .poll(async () => {
      const { rows } = await sql<{ waiting: number }>`
        SELECT count(*) AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(
        executor,
      );
      return rows[0]?.waiting;
    })
    .toBe(1);
}
