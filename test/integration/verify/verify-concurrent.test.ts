import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lastIntegrityOutcome } from '#store/integrity/outcomes.js';
import { verifyData } from '#work/health/verify-data.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { seededRandom } from '../../support/programs/seeded-random.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { recordScan } from '../../support/scans/stored-scans.ts';

/** Scans at a time, all over the same three hosts, with late and early observations mixed. */
const SCANS = Number(process.env['SCANORAMA_TEST_OVERLAP_SCANS'] ?? 16);
/** For how long each is followed by another; with 0 until what was begun beside the first is checked again. */
const OVERLAP_S = Number(process.env['SCANORAMA_TEST_OVERLAP_S'] ?? 0);
/** Complete runs of verify while scans store; the first begins before any is stored. */
const CONCURRENT_RUNS = 2;
const PORTS = 6;
const SLICE_ROWS = OVERLAP_S > 0 ? 2_000 : 40;
const seed = Date.now() % 1_000_000;

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

async function deadlocks(): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT deadlocks AS count FROM pg_stat_database WHERE datname = current_database()`.execute(
    db.store.read,
  );
  return rows[0]?.count ?? -1;
}

it(`${SCANS} scans that store at the same time raise no alarm (seed ${seed})`, {
  timeout: 120_000 + 5 * OVERLAP_S * 1_000,
}, async () => {
  const context = createWorkContext(db.store);
  const { signal } = new AbortController();
  const faulty = async () => {
    const { checks } = await verifyData(context, signal, { sliceRows: SLICE_ROWS });
    return checks.filter(({ faults }) => faults > 0);
  };
  const end = Date.now() + OVERLAP_S * 1_000;
  const [stored, checked] = [new AbortController(), new AbortController()];
  let reported = 0;
  const lanes = Array.from({ length: SCANS }, async (_, lane) => {
    const random = seededRandom(seed + lane);
    do {
      await recordScan({ context, random, ports: PORTS });
      reported += 1;
    } while (Date.now() < end || !checked.signal.aborted);
  });
  const scans = Promise.all(lanes).finally(() => stored.abort());
  let runs = 0;
  try {
    while (!stored.signal.aborted) {
      expect(await faulty()).toEqual([]);
      runs += 1;
      if (runs >= CONCURRENT_RUNS) checked.abort();
    }
  } finally {
    checked.abort();
  }
  await scans;
  expect(await faulty()).toEqual([]);
  expect(await deadlocks()).toBe(0);
  console.log(
    `${reported} scans, at most ${SCANS} at a time; ${runs} runs of verify beside them; 0 deadlocks`,
  );
});

it('stores the result of the last run', async () => {
  const context = createWorkContext(db.store);
  const { checks } = await verifyData(context, new AbortController().signal, {});
  expect((await lastIntegrityOutcome(db.store.read))?.checks).toHaveLength(checks.length);
});
