import * as fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AsOf } from '#store/history/as-of.js';
import { listHostViews, portsOf } from '#store/hosts/host-views.js';
import { HISTORY_QUESTIONS } from '#store/integrity/history-checks.js';
import { runIntegrityCheck } from '#store/integrity/verify.js';
import { pruneHistorySlice } from '#store/retention/prune.js';
import { moveHorizon } from '#store/retention/retention-horizon.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { repetitions } from '../../support/repetitions.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

const DAY_MS = 86_400_000;
let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
  const at = daysAgo(1);
  await recordScan(createWorkContext(db.store), { address: '127.0.94.1', state: 'open', at });
});
afterAll(() => db.close());

const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS);
async function rows<Row>(query: string): Promise<readonly Row[]> {
  return (await sql.raw<Row>(query).execute(db.store.read)).rows;
}

/** The value of each fact at a time, by one of the two clocks. */
async function factsAt(clock: 'recorded_at' | 'observed_at', time: Date): Promise<unknown> {
  return rows(`SELECT DISTINCT ON (fact, port) fact, port, new_value FROM host_history
    WHERE ${clock} <= '${time.toISOString()}'
    ORDER BY fact, port, observed_at DESC, job_id DESC NULLS LAST, shard_number DESC NULLS LAST, id DESC`);
}

/** When the only host and its ports were first and last seen, as of a past time. */
async function seenAt(asOf: AsOf): Promise<unknown> {
  const listing = {
    filter: { now: new Date() },
    order: { by: 'ip', descending: false },
    page: { limit: 1, offset: 0 },
  } as const;
  const hosts = await listHostViews(db.store.read, { ...listing, asOf });
  return [hosts, await portsOf(db.store.read, [1], { openOnly: false, asOf })];
}

interface Change {
  /** The columns fact, protocol and port. */
  readonly fact: string;
  readonly value: string;
  /** How many days ago. */
  readonly observedDays: number;
  readonly recordedDays: number;
}

/** Stores changes of the only host in the order they were recorded, each with the value before it as it was known then. */
async function publishChanges(changes: readonly Change[]): Promise<void> {
  const now = `timestamptz '${new Date().toISOString()}'`;
  const stored: Change[] = [];
  const values: string[] = [];
  for (const change of changes.toSorted((one, other) => other.recordedDays - one.recordedDays)) {
    const { fact, value, observedDays, recordedDays } = change;
    const before = stored
      .filter((known) => known.fact === fact && known.observedDays >= observedDays)
      .toSorted((one, other) => other.observedDays - one.observedDays)
      .at(-1);
    if (before?.value === value) continue;
    const old = before === undefined ? 'NULL' : `'${before.value}'`;
    values.push(`(1, ${fact}, ${old}, '${value}', ${now} - interval '${observedDays} days',
      ${now} - interval '${recordedDays} days')`);
    stored.push(change);
  }
  await rows(`INSERT INTO host_history (host_id, fact, protocol, port, old_value, new_value, observed_at, recorded_at)
    VALUES ${values.join(', ')}`);
}

/** Results of `verify` for changes that do not begin with the value before them. */
async function expectFollowing(): Promise<void> {
  const question = HISTORY_QUESTIONS.find(({ name }) => name === 'changes follow each other');
  if (question === undefined) throw new Error('the question has another name');
  expect(await runIntegrityCheck(db.store.read, question)).toEqual({ faults: 0, examples: [] });
}

describe('pruned history', () => {
  it('that lost the change before one observed ahead of its time is not reported as damaged', async () => {
    await rows('DELETE FROM host_history; DELETE FROM retention_horizons');
    const horizonDays = 20;
    const second = 1 / 86_400;
    const port = `'port', 'tcp', 1`;
    await publishChanges([
      { fact: port, value: 'open', observedDays: horizonDays + 10, recordedDays: horizonDays + 10 },
      { fact: port, value: 'closed', observedDays: horizonDays + 5, recordedDays: horizonDays + 5 },
      // By a clock that is ahead, and then an earlier observation, stored late.
      {
        fact: port,
        value: 'open',
        observedDays: horizonDays - 60 * second,
        recordedDays: horizonDays + 240 * second,
      },
      {
        fact: port,
        value: 'filtered',
        observedDays: horizonDays + 4,
        recordedDays: horizonDays + 120 * second,
      },
    ]);
    await expectFollowing();
    const horizon = daysAgo(horizonDays);
    await moveHorizon(db.store.read, 'history', horizon);
    await pruneHistorySlice(db.store.read, horizon, 0);
    expect(await rows('SELECT old_value, new_value FROM host_history ORDER BY observed_at')).toEqual([
      { old_value: null, new_value: 'open' },
      { old_value: 'closed', new_value: 'filtered' },
      { old_value: 'closed', new_value: 'open' },
    ]);
    await expectFollowing();
  });

  it('returns the same from its horizon on as if nothing had been removed', async () => {
    const change = fc.record({
      about: fc.constantFrom<readonly [string, ...string[]]>(
        [`'port', 'tcp', 1`, 'open', 'closed', 'filtered'],
        [`'port', 'tcp', 2`, 'open', 'closed', 'filtered'],
        [`'status', NULL, NULL`, 'up', 'down', 'up'],
      ),
      value: fc.nat(2),
      observed: fc.integer({ min: 1, max: 30 }),
      // Stored at once, late, or by the clock of an observer even before it was seen.
      delay: fc.integer({ min: -10, max: 15 }),
    });
    const story = fc.array(change, { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(story, fc.integer({ min: 3, max: 27 }), async (changes, horizonDays) => {
        await rows('DELETE FROM host_history; DELETE FROM retention_horizons');
        await publishChanges(
          changes.map(({ about: [fact, ...values], value, observed, delay }) => ({
            fact,
            value: values[value] ?? '',
            observedDays: observed,
            recordedDays: Math.max(0, observed - delay),
          })),
        );
        const horizon = daysAgo(horizonDays);
        const times = [0, 0.5, 2, 5, 15].map((later) => daysAgo(Math.max(0, horizonDays - later)));
        const report = () =>
          Promise.all(
            times.flatMap((time) => [
              factsAt('recorded_at', time),
              factsAt('observed_at', time),
              seenAt({ recorded: time }),
              seenAt({ observed: time }),
            ]),
          );
        const before = await report();
        await expectFollowing();
        await moveHorizon(db.store.read, 'history', horizon);
        await pruneHistorySlice(db.store.read, horizon, 0);
        expect(await report()).toEqual(before);
        await expectFollowing();
      }),
      { numRuns: repetitions(20, 60) },
    );
  });
});
