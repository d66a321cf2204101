import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepMaintained } from '#jobs/maintenance.js';
import { makePartitions, PARTITION_MONTHS_AHEAD } from '#store/ports/partitions.js';
import { recordBatch } from '#work/batches/record-batch.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';

let db: TestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
});
afterEach(async () => {
  await db.close();
});

/** As when a server ran past the last partition that was created in advance. */
async function dropAll(): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    SELECT relid::regclass::text AS name FROM pg_partition_tree('port_scans') WHERE isleaf AND relid::text ~ '_\\d{4}_\\d{2}$'`.execute(
    db.store.read,
  );
  for (const { name } of rows) await sql`DROP TABLE ${sql.table(name)}`.execute(db.store.read);
}

describe('a database that ran past its partitions', () => {
  it('loses no row, and moves them when the partitions are created', async () => {
    await dropAll();
    const context = createWorkContext(db.store);
    const at = new Date();
    const seen = { address: '127.0.60.1', reason: 'syn-ack', position: 0, observedAt: at } as const;
    await recordBatch(context, await claimedScan(context, '127.0.60.1', '7'), {
      first: 0,
      end: 1,
      probesSent: 1,
      probesAnswered: 1,
      skipped: 0,
      observedFrom: at,
      observedTo: at,
      listed: [{ ...seen, protocol: 'tcp', port: 7, state: 'open', roundTripMicroseconds: null }],
      covered: [],
      coveredPorts: 0,
      evidence: [{ ...seen, firstSeen: at }],
    });
    await sql`UPDATE port_scans_default SET scanned_at = scanned_at - interval '40 days'`.execute(
      db.store.read,
    );
    expect(await makePartitions(db.store.read)).toBeGreaterThanOrEqual(PARTITION_MONTHS_AHEAD + 2);
    const { rows } =
      await sql`SELECT (SELECT count(*) FROM port_scans) AS all, (SELECT count(*) FROM port_scans_default) AS left`.execute(
        db.store.read,
      );
    expect(rows).toEqual([{ all: 1, left: 0 }]);
    await expectComplete(db.store.read);
    expect(await makePartitions(db.store.read)).toBe(0);
  });

  it('is repaired while the server runs', async () => {
    await dropAll();
    const stop = keepMaintained(createWorkContext(db.store), 50);
    const created = async () => {
      const { rows } = await sql`SELECT relid FROM pg_partition_tree('port_scans') WHERE isleaf`.execute(
        db.store.read,
      );
      return rows.length;
    };
    await expect.poll(created).toBe(PARTITION_MONTHS_AHEAD + 2);
    await stop();
  });
});
