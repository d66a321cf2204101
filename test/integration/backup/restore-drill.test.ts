import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '#store/database/database.js';
import { runStatementText } from '#store/database/statement-text.js';
import { createStore } from '#store/database/store.js';
import { recordBatch } from '#work/batches/record-batch.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import {
  backupOf,
  digests,
  fillDatabase,
  MINIMAL_BATCH,
  restoreAt,
} from '../../support/database/filled-database.ts';
import { piecesOf } from '../../support/database/written-backup.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';

const opened: (() => Promise<unknown>)[] = [];
/** A database with data that no test changes, and a backup of it. */
let filled: TestDatabase;
let complete: Buffer;
const LAST_BYTES = 20;

beforeAll(async () => {
  filled = await openTestDatabase();
  await fillDatabase(filled.database);
  complete = await backupOf(filled.database);
});
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});
afterAll(() => filled.close());

async function scratchName({ executor }: Database): Promise<string> {
  const { rows } = await sql<{ name: string }>`
    SELECT 'scanorama_drill_' || oid AS name FROM pg_database WHERE datname = current_database()`.execute(
    executor,
  );
  return rows[0]?.name ?? '';
}
async function scratchExists(database: Database): Promise<boolean> {
  const name = await scratchName(database);
  const { rows } = await sql`SELECT FROM pg_database WHERE datname = ${name}`.execute(database.executor);
  return rows.length > 0;
}

/** The backup, with an action that is run before its last bytes are read: when the rest is restored. */
async function* beforeItsEnd(act: () => Promise<unknown>): AsyncGenerator<Uint8Array> {
  yield* piecesOf(complete.subarray(0, -LAST_BYTES), 10_000);
  await act();
  yield complete.subarray(-LAST_BYTES);
}

describe('a drill', () => {
  it('restores beside the stored data, verifies, and removes its databases and leftover ones', async () => {
    const { address, database } = filled;
    const before = await digests(database.executor);
    const name = await scratchName(database);
    await runStatementText(database.executor, `CREATE DATABASE ${name}`);
    const left = openDatabase({ ...address, database: name }, () => undefined);
    opened.push(() => left.close());
    await sql`CREATE TABLE sites (name text)`.execute(left.executor);

    const polls: boolean[] = [];
    const from = beforeItsEnd(async () => void polls.push(await scratchExists(database)));
    const report = await restoreAt(address, complete, { drill: true, from });
    expect(report).toMatchObject({ drill: true, integrity: { checks: expect.any(Array) } });
    expect(report.tables.find(({ name }) => name === 'port_scans')).toMatchObject({
      rows: 6_001,
      stored: 6_001,
    });
    expect(polls).toEqual([true]);
    expect(await scratchExists(database)).toBe(false);
    expect(await digests(database.executor)).toEqual(before);
  });

  it('reports damage in what was backed up', async () => {
    const source = await openTestDatabase();
    opened.push(() => source.close());
    const context = createWorkContext(createStore(source.database));
    await recordBatch(context, await claimedScan(context, '198.18.0.1', '1-9,22'), MINIMAL_BATCH);
    await sql`DELETE FROM scan_batches`.execute(source.database.executor);
    const { integrity } = await restoreAt(source.address, await backupOf(source.database), { drill: true });
    expect(integrity.ok).toBe(false);
    expect(integrity.faults).toBeGreaterThan(0);
  });

  it('with a damaged backup, or a second one at a time, leaves no scratch database', async () => {
    const { address, database } = filled;
    const cut = complete.subarray(0, complete.length - 40);
    await expect(restoreAt(address, cut, { drill: true })).rejects.toMatchObject({
      code: 'invalid_backup',
    });
    expect(await scratchExists(database)).toBe(false);

    const from = beforeItsEnd(() =>
      expect(restoreAt(address, complete, { drill: true })).rejects.toMatchObject({ code: 'conflict' }),
    );
    expect(await restoreAt(address, complete, { drill: true, from })).toMatchObject({ drill: true });
    expect(await scratchExists(database)).toBe(false);
  });

  it('needs a role that may create databases, and explains how', async () => {
    const { address, database } = filled;
    const role = `drill_test_${Date.now().toString(36)}`;
    await runStatementText(database.executor, `CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    try {
      const limited = { ...address, user: role, password: 'x' };
      await expect(restoreAt(limited, complete, { drill: true })).rejects.toMatchObject({
        code: 'privilege_missing',
        hint: expect.stringContaining(`ALTER ROLE "${role}" CREATEDB`),
      });
    } finally {
      await runStatementText(database.executor, `DROP ROLE ${role}`);
    }
  });
});
