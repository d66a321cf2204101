import { afterAll, beforeAll, expect, it } from 'vitest';
import { lastIntegrityOutcome } from '#store/integrity/outcomes.js';
import { verifyData } from '#work/verify-data.js';
import { openTestDatabase, type TestDatabase } from '../database.ts';
import { createWorkContext } from '../work-context.ts';
import { seededRandom, tellScan } from './fixtures/told-scans.ts';

/** All over the same three hosts, late and early answers mixed. */
const SCANS = 16;
const PORTS = 6;
const SLICE_ROWS = 40;
const seed = Date.now() % 1_000_000;

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

it(`scans that store at the same time raise no alarm (seed ${seed})`, { timeout: 120_000 }, async () => {
  const context = createWorkContext(db.store);
  const { signal } = new AbortController();
  const verify = () => verifyData(context, signal, { sliceRows: SLICE_ROWS });
  const stored = new AbortController();
  const scans = Promise.all(
    Array.from({ length: SCANS }, (_, scan) =>
      tellScan({ context, random: seededRandom(seed + scan), ports: PORTS }),
    ),
  ).finally(() => stored.abort());
  let runs = 0;
  for (; !stored.signal.aborted; runs += 1) {
    const { checks } = await verify();
    expect(checks.filter(({ faults }) => faults > 0)).toEqual([]);
  }
  await scans;
  // The first began before any scan was stored whole.
  expect(runs).toBeGreaterThan(1);
  const { checks } = await verify();
  expect(checks.filter(({ faults }) => faults > 0)).toEqual([]);
  expect((await lastIntegrityOutcome(db.store.read))?.checks).toHaveLength(checks.length);
});
