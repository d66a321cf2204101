import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '#contract/api/client.js';
import type { Executor } from '#store/database/database.js';
import { findScanJob } from '#store/scans/scan-jobs.js';
import { failScan, finishScan } from '#work/scans/end-scan.js';
import { sumUpScan } from '#work/scans/summarize-scan.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';
import { observationRecorder } from '../../support/scans/stored-scan.ts';

let lab: ApiLab;
let client: Client;
beforeAll(async () => {
  lab = await openApiLab();
  client = lab.client;
});
afterAll(() => lab.close());

const { later, network, store } = observationRecorder(() => lab.context);

const against = async (scan: string) => (await client.scan(scan)).changes?.against;

describe('the last comparable scan', () => {
  it('probed the same, even if another one that overlaps came after it', async () => {
    const at = network();
    const complete = {
      targets: `${at(1)}-${at(4)}`,
      ports: '1-2',
      answers: { [at(1)]: { 1: 'open' } },
    } as const;
    const base = await store(complete);
    await store({ ...complete, targets: at(1) });
    expect(await against(await store(complete))).toBe(base);
  });

  it('is otherwise the newest that probed some of it', async () => {
    const at = network();
    await store({ targets: at(1), ports: '1-3', answers: { [at(1)]: { 1: 'open', 2: 'closed' } } });
    const newest = await store({ targets: at(1), ports: '1-4', answers: { [at(1)]: { 1: 'open' } } });
    await store({ targets: at(1), ports: '3-4', answers: { [at(1)]: { 3: 'open' } } });
    const scan = await store({
      targets: `${at(1)}-${at(2)}`,
      ports: '1-2',
      answers: { [at(1)]: { 1: 'closed' } },
    });
    expect(await against(scan)).toBe(newest);
  });

  it('is of these the one that probed most of it, regardless of later ones', async () => {
    const at = network();
    const network24 = `${at(0)}/24`;
    const most = await store({
      targets: network24,
      ports: '22,80,443',
      answers: { [at(1)]: { 22: 'open' }, [at(2)]: { 80: 'open' } },
    });
    await store({ targets: `${at(0)}/30`, ports: '22,80,8081', answers: { [at(1)]: { 22: 'open' } } });
    await store({ targets: at(1), ports: '1-1000', answers: { [at(1)]: { 22: 'open' } } });
    const scan = await store({
      targets: network24,
      ports: '22,80,8081',
      answers: { [at(1)]: { 22: 'open' } },
    });
    expect(await against(scan)).toBe(most);
  });

  it('is complete, ended before, and is of the same site and kind', async () => {
    const at = network();
    const common = { targets: at(1), ports: '1-2', answers: { [at(1)]: { 1: 'open' } } } as const;
    const base = await store(common);
    await store({ ...common, partial: 'cut off.' });
    const failed = await store({ ...common, unfinished: true });
    await failScan(lab.context, failed, { code: 'engine_failed', message: 'It died.' });
    await sql`INSERT INTO sites (uid, name) VALUES (gen_random_uuid(), 'annex')`.execute(lab.db.store.read);
    const elsewhere = await store({
      ...common,
      before: (place) =>
        sql`UPDATE scan_jobs SET site_id = (SELECT id FROM sites WHERE name = 'annex') WHERE id = ${place.job.id}`.execute(
          lab.db.store.read,
        ),
    });
    const ack = await store({
      ...common,
      before: (place) =>
        sql`UPDATE scan_jobs SET engine = 'ack' WHERE id = ${place.job.id}`.execute(lab.db.store.read),
    });
    const past = later();
    await store({ ...common, at: new Date('2026-03-01') });
    const scan = await store({ ...common, at: past });
    expect(await against(scan)).toBe(base);
    await expect(client.scanDiff(scan, { against: elsewhere })).rejects.toMatchObject({
      code: 'not_comparable',
    });
    await expect(client.scanDiff(scan, { against: ack })).rejects.toMatchObject({ code: 'not_comparable' });
    // Its hosts belong to the first site: no scan could have stored this.
    await sql`DELETE FROM scan_jobs WHERE uid = ${elsewhere}`.execute(lab.db.store.read);
  });

  it('may be missing, and then the diff tells how to get one', async () => {
    const at = network();
    const scan = await store({ targets: at(1), ports: '1', answers: { [at(1)]: { 1: 'open' } } });
    expect((await client.scan(scan)).changes).toBeUndefined();
    await expect(client.scanDiff(scan)).rejects.toMatchObject({ code: 'not_comparable', at: scan });
    await expect(
      client.scanDiff(scan, { against: '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47' }),
    ).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

const limitOf = async (executor: Executor) =>
  (await sql`SELECT current_setting('statement_timeout') AS limit`.execute(executor)).rows;

describe('completing a scan and adding it up', () => {
  it('happen together or not at all', async () => {
    const at = network();
    const scan = await store({
      targets: at(1),
      ports: '1',
      answers: { [at(1)]: { 1: 'open' } },
      unfinished: true,
    });
    await sql`ALTER TABLE scan_statistics ADD CONSTRAINT broken CHECK (positions > 1) NOT VALID`.execute(
      lab.db.store.read,
    );
    await expect(finishScan(lab.context, scan)).rejects.toMatchObject({ code: 'storage_failed' });
    expect(await client.scan(scan)).toMatchObject({ status: 'pending', completed_at: null });
    await sql`ALTER TABLE scan_statistics DROP CONSTRAINT broken`.execute(lab.db.store.read);
    expect(await finishScan(lab.context, scan)).toBe(true);
    expect(await client.scan(scan)).toMatchObject({ status: 'completed', statistics: { positions: 1 } });
  });

  it('happen without the comparison when that fails, and nothing of it is left behind', async () => {
    const at = network();
    const common = { targets: at(1), ports: '1-2' };
    const { read } = lab.db.store;
    const base = await store({ ...common, answers: { [at(1)]: { 1: 'open', 2: 'open' } } });
    const unfinished = {
      ...common,
      answers: { [at(1)]: { 1: 'open', 2: 'closed' } },
      unfinished: true,
    } as const;
    const scan = await store(unfinished);
    await sql`ALTER TABLE scan_statistics ADD CONSTRAINT broken CHECK (base_job_id IS NULL) NOT VALID`.execute(
      read,
    );
    expect(await finishScan(lab.context, scan)).toBe(true);
    await sql`ALTER TABLE scan_statistics DROP CONSTRAINT broken`.execute(read);
    expect(await client.scan(scan)).toMatchObject({ status: 'completed', statistics: { positions: 2 } });
    expect(await against(scan)).toBeUndefined();
    expect(await client.scanDiff(scan, { against: base })).toMatchObject({ counts: { ports_closed: 1 } });
  });

  it('do not wait for a transaction that is removing the scan to compare with', async () => {
    const at = network();
    const common = { targets: at(1), ports: '1' };
    const { store: db } = lab.db;
    const base = await store({ ...common, answers: { [at(1)]: { 1: 'open' } } });
    const scan = await store({ ...common, answers: { [at(1)]: { 1: 'closed' } }, unfinished: true });
    const { id } = await findScanJob(db.read, base);
    await db.transaction(async (holder) => {
      await sql`SELECT FROM scan_jobs WHERE id = ${id} FOR UPDATE`.execute(holder);
      expect(await finishScan(lab.context, scan)).toBe(true);
    });
    expect(await client.scan(scan)).toMatchObject({ status: 'completed' });
    expect(await against(scan)).toBeUndefined();
  }, 40_000);

  it('limit statements after the comparison by the earlier limit', async () => {
    const at = network();
    const answers = { [at(1)]: { 1: 'open' } } as const;
    await store({ targets: at(1), ports: '1', answers });
    const scan = await store({ targets: at(1), ports: '1', answers });
    const { id } = await findScanJob(lab.db.store.read, scan);
    await sql`DELETE FROM scan_statistics WHERE job_id = ${id}`.execute(lab.db.store.read);
    await lab.db.store.transaction(async (executor) => {
      const before = await limitOf(executor);
      await sumUpScan(executor, id, lab.context);
      expect(await limitOf(executor)).toEqual(before);
    });
    expect(await against(scan)).toBeDefined();
  });

  it('do not wait for a comparison of more rows than a limit, which the diff makes on demand', async () => {
    const at = network();
    const common = { targets: `${at(1)}-${at(2)}`, ports: '1-2' };
    const base = await store({ ...common, answers: { [at(1)]: { 1: 'open', 2: 'open' } } });
    const scan = await store({ ...common, answers: { [at(1)]: { 1: 'open', 2: 'closed' } } });
    const { id } = await findScanJob(lab.db.store.read, scan);
    for (const [maxRows, isCompared] of [
      [4, true],
      [3, false],
    ] as const) {
      await sql`DELETE FROM scan_statistics WHERE job_id = ${id}`.execute(lab.db.store.read);
      await lab.db.store.transaction((executor) =>
        sumUpScan(executor, id, { log: lab.context.log, maxRows }),
      );
      expect((await client.scan(scan)).changes?.ports_closed).toBe(isCompared ? 1 : undefined);
      expect(await client.scanDiff(scan)).toMatchObject({ base: { id: base }, counts: { ports_closed: 1 } });
    }
  });

  it('leave nothing that verify finds', async () => {
    await expectComplete(lab.db.store.read);
  });
});
