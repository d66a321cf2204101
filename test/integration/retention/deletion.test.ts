import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { WorkContext } from '#work/context/context.js';
import { deleteHost, purgeHost, restoreHost } from '#work/hosts/delete-host.js';
import { importReport } from '#work/imports/import-report.js';
import { deleteScan, purgeScan } from '#work/scans/delete-scan.js';
import { TWO_HOSTS } from '../../../src/report/fixtures/report-text.ts';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

const ADDRESS = '127.0.91.1';
const opened: TestDatabase[] = [];
let db: TestDatabase;
let context: WorkContext;
let nowMs: number;
const clock = { now: () => nowMs, monotonic: () => performance.now() };
beforeEach(async () => {
  db = await openTestDatabase();
  opened.push(db);
  context = createWorkContext(db.store, { clock });
  nowMs = at(5).getTime();
});
afterAll(async () => {
  for (const one of opened) await one.close();
});

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
async function rows<Row>(query: string): Promise<readonly Row[]> {
  return (await sql.raw<Row>(query).execute(db.store.read)).rows;
}
const see = (second: number, state: 'open' | 'closed' = 'open') =>
  recordScan(context, { address: ADDRESS, state, at: at(second) });

async function theHost(): Promise<string> {
  return (await rows<{ uid: string }>('SELECT uid FROM hosts'))[0]?.uid ?? '';
}
async function isDeleted(): Promise<boolean | undefined> {
  const query = 'SELECT deleted_at IS NOT NULL AS deleted FROM hosts';
  return (await rows<{ deleted: boolean }>(query))[0]?.deleted;
}
/** Second and value of each deletion and restore, in the order in which they were observed. */
async function comings(): Promise<readonly string[]> {
  const reported = await rows<{ reported: string }>(`
    SELECT extract(second FROM observed_at)::int || ' ' || new_value AS reported FROM host_history
    WHERE fact = 'deleted' ORDER BY observed_at, id`);
  return reported.map((row) => row.reported);
}

describe('a deleted host', () => {
  it('is deleted in its history, with the user', async () => {
    await see(1);
    await deleteHost(context, await theHost(), 'key:ann');
    await deleteHost(context, await theHost(), 'key:bob');
    expect(await isDeleted()).toBe(true);
    expect(await rows(`SELECT old_value, new_value, actor FROM host_history WHERE fact = 'deleted'`)).toEqual(
      [{ old_value: null, new_value: 'true', actor: 'key:ann' }],
    );
    nowMs = at(6).getTime();
    await restoreHost(context, await theHost(), 'key:ann');
    expect(await isDeleted()).toBe(false);
    expect(await comings()).toEqual(['5 true', '6 false']);
    await expectComplete(db.store.read);
  });

  it('is restored when it is seen later, in any order of storing, and not by earlier observations', async () => {
    await see(1);
    await deleteHost(context, await theHost(), 'test');
    await see(4);
    expect(await isDeleted()).toBe(true);
    await see(8, 'closed');
    expect(await isDeleted()).toBe(false);
    await see(3);
    expect(await isDeleted()).toBe(false);
    expect(await comings()).toEqual(['5 true', '8 false']);
    // Stored last, seen between the deletion and the restore: it was present from then on.
    await see(7);
    expect(await comings()).toEqual(['5 true', '7 false', '8 false']);
    await expectComplete(db.store.read);
  });

  it('is deleted after all that is known of it, also by a clock that is late', async () => {
    await see(9);
    await deleteHost(context, await theHost(), 'test');
    expect(await comings()).toEqual(['9 true']);
    await see(9);
    expect(await isDeleted()).toBe(true);
    await see(10);
    expect(await isDeleted()).toBe(false);
  });
});

describe('a purged host', () => {
  it('is removed with all that is known of it, the ledgers of its scans are consistent, and seen again it is new', async () => {
    await see(1);
    await see(2, 'closed');
    await recordScan(context, { address: '127.0.91.2', state: 'open', at: at(1) });
    const [host] = await rows<{ uid: string }>(`SELECT uid FROM hosts WHERE ip_address = '${ADDRESS}'`);
    await purgeHost(context, host?.uid ?? '', 'test');
    expect(await rows('SELECT host(ip_address) AS ip FROM hosts')).toEqual([{ ip: '127.0.91.2' }]);
    expect(await rows('SELECT cause, hosts, listed_ports FROM scan_rows_removed ORDER BY job_id')).toEqual([
      { cause: 'host', hosts: 1, listed_ports: 1 },
      { cause: 'host', hosts: 1, listed_ports: 0 },
    ]);
    await expectComplete(db.store.read);
    await expect(purgeHost(context, host?.uid ?? '', 'test')).rejects.toMatchObject({ code: 'not_found' });
    await see(3);
    expect(await rows(`SELECT uid FROM hosts WHERE ip_address = '${ADDRESS}'`)).not.toEqual([host]);
    await expectComplete(db.store.read);
  });

  it('allows a second purge of the same address', async () => {
    const scan = await see(1);
    for (let round = 0; round < 2; round += 1) {
      await purgeHost(context, await theHost(), 'test');
      await see(2 + round);
    }
    expect(await rows(`SELECT count(*) AS count FROM scan_rows_removed`)).toEqual([{ count: 2 }]);
    expect(scan).not.toBe('');
    await expectComplete(db.store.read);
  });
});

describe('a purged scan', () => {
  it('removes only its own records, and leaves hosts and history', async () => {
    const purged = await see(1);
    const kept = await see(2);
    await purgeScan(context, purged, 'key:ann');
    expect(await rows('SELECT uid FROM scan_jobs')).toEqual([{ uid: kept }]);
    expect(await rows('SELECT job_id FROM port_scans')).toEqual([{ job_id: 2 }]);
    // By its number, which sorts them, and without a name.
    expect(
      await rows(`SELECT fact, new_value, past.job_id, uid FROM host_history past LEFT JOIN scan_jobs job ON job.id = job_id
        ORDER BY past.id`),
    ).toEqual([
      { fact: 'status', new_value: 'up', job_id: 1, uid: null },
      { fact: 'port', new_value: 'open', job_id: 1, uid: null },
    ]);
    expect(await rows(`SELECT payload, job_id FROM events WHERE kind = 'scan.purged'`)).toEqual([
      { payload: { scan: purged, actor: 'key:ann' }, job_id: null },
    ]);
    await expectComplete(db.store.read);
    await purgeScan(context, kept, 'test');
    expect(await rows('SELECT count(*) AS count FROM host_ports')).toEqual([{ count: 1 }]);
    await expectComplete(db.store.read);
  });
});

describe('an imported report', () => {
  it('cannot be imported again while its scan is deleted, and can be after it was purged', async () => {
    const take = () =>
      importReport(
        context,
        { site: 'default', fileName: 'a.xml', actor: 'test' },
        { bytes: Readable.from([Buffer.from(TWO_HOSTS)]), signal: new AbortController().signal },
      );
    const { scanUid } = await take();
    await deleteScan(context, scanUid ?? '', 'test');
    await expect(take()).rejects.toMatchObject({ code: 'conflict', at: scanUid });
    await purgeScan(context, scanUid ?? '', 'test');
    await expectComplete(db.store.read);
    expect(await take()).toMatchObject({ outcome: 'stored' });
    await expectComplete(db.store.read);
  });
});
