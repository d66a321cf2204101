import * as fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { matchesFilter } from '#domain/filter/evaluate.js';
import { FIELDS } from '#domain/filter/fields.js';
import type { Filter } from '#domain/filter/filter.js';
import { filterOfJson, filterToJson } from '#domain/filter/json.js';
import { parseFilter } from '#domain/filter/parse.js';
import { printFilter } from '#domain/filter/print.js';
import { filterScope, hostsMatching } from '#store/filter/host-filter.js';
import type { AsOf } from '#store/history/as-of.js';
import { hostsAt } from '#store/hosts/past-hosts.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { filters } from '../../support/hosts/filter-arbitrary.ts';
import { FILTER_NOW, filterableHosts, storeFilterableHosts } from '../../support/hosts/filterable-hosts.ts';
import { repetitions } from '../../support/repetitions.ts';

const HOSTS = 60;
/** Filters that one statement evaluates, each a column of it. */
const FILTERS_A_STATEMENT = 200;
const STATEMENTS = repetitions(20, 50);
const PAST_STATEMENTS = 2;

const hosts = filterableHosts(HOSTS);
let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
  await storeFilterableHosts(db.store.read, hosts);
});
afterAll(() => db.close());

/** By filter, a digit for each host: 1 where it matches. */
async function probed(all: readonly Filter[], asOf: AsOf): Promise<readonly string[]> {
  const conditions = all.map((filter) => hostsMatching(filter, filterScope(asOf, FILTER_NOW)));
  const { rows } = await sql<{ address: string; digits: string }>`
    SELECT host(host.ip_address) AS address, array_to_string(ARRAY[${sql.join(conditions.map((condition) => sql`((${condition}) IS TRUE)::int`))}], '') AS digits
    FROM ${hostsAt(asOf)} AS host`.execute(db.store.read);
  const digitsOf = new Map(rows.map(({ address, digits }) => [address, digits]));
  return all.map((_, at) => hosts.map(({ address }) => digitsOf.get(address)?.[at]).join(''));
}

function evaluated(all: readonly Filter[]): readonly string[] {
  return all.map((filter) =>
    hosts.map((host) => (matchesFilter(filter, host, FILTER_NOW.getTime()) ? '1' : '0')).join(''),
  );
}

const reported = (all: readonly Filter[], answers: readonly string[]) =>
  all.map((filter, at) => [printFilter(filter), answers[at]]);

const bounds = { interruptAfterTimeLimit: 240_000, markInterruptAsFailure: true } as const;

it('the text, the JSON form, the database and a check of each host agree on thousands of filters', {
  timeout: 300_000,
}, async () => {
  let matched = 0;
  let seen = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(filters(), { minLength: FILTERS_A_STATEMENT, maxLength: FILTERS_A_STATEMENT }),
      async (all) => {
        const read = all.map((filter) => parseFilter(printFilter(filter)));
        expect(read).toEqual(all);
        expect(read.map(printFilter)).toEqual(all.map(printFilter));
        const json: unknown = JSON.parse(JSON.stringify(all.map(filterToJson)));
        expect(Array.isArray(json) && json.map((rule) => filterOfJson(rule))).toEqual(all);
        const expected = evaluated(all);
        expect(reported(all, await probed(read, {}))).toEqual(reported(all, expected));
        seen += all.length;
        matched += expected.filter((digits) => digits.includes('1') && digits.includes('0')).length;
      },
    ),
    { numRuns: STATEMENTS, ...bounds },
  );
  expect(seen).toBeGreaterThanOrEqual(STATEMENTS * FILTERS_A_STATEMENT);
  // A filter that matches all or nothing proves little.
  expect(matched).toBeGreaterThan(seen / 3);
});

it('the database agrees as of a past time, for what history contains', { timeout: 120_000 }, async () => {
  const fields = FIELDS.filter(({ inPast }) => inPast);
  await fc.assert(
    fc.asyncProperty(
      fc.array(filters(fields), { minLength: FILTERS_A_STATEMENT, maxLength: FILTERS_A_STATEMENT }),
      async (all) => {
        expect(reported(all, await probed(all, { observed: FILTER_NOW }))).toEqual(
          reported(all, evaluated(all)),
        );
      },
    ),
    { numRuns: PAST_STATEMENTS, ...bounds },
  );
});
