import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readFilter } from '#domain/filter/read.js';
import { filterScope, hostsMatching } from '#store/filter/host-filter.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';

const HOSTS = 2_000;
const NETWORKS = 500;
/** For each host a few rows of each table; one for each network would be fifty times as many. */
const ROWS_PER_HOST = 10;

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
  const run = (statement: ReturnType<typeof sql>) => statement.execute(db.store.read);
  await run(sql`INSERT INTO hosts (uid, site_id, ip_address, status, status_observed_at, first_seen, last_seen)
    SELECT gen_random_uuid(), site.id, '198.18.0.0'::inet + number, 'up', now(), now(), now()
    FROM sites site, generate_series(1, ${HOSTS}::int) AS number`);
  await run(sql`INSERT INTO networks (uid, site_id, cidr, name)
    SELECT gen_random_uuid(), site.id, set_masklen('198.18.0.0'::inet + number * 256, 24)::cidr, 'n' || number
    FROM sites site, generate_series(0, ${NETWORKS - 1}::int) AS number`);
  await run(sql`INSERT INTO owners (uid, name, key, created_by, updated_by)
    SELECT gen_random_uuid(), 'o' || number, 'o' || number, 'test', 'test' FROM generate_series(0, 9) AS number`);
  await run(sql`INSERT INTO network_owners (network_id, owner_id, assigned_by)
    SELECT network.id, owner.id, 'test' FROM networks network JOIN owners owner ON owner.key = 'o' || network.id % 10`);
  for (const table of ['hosts', 'networks', 'owners', 'network_owners'])
    await run(sql`ANALYZE ${sql.table(table)}`);
});
afterAll(() => db.close());

/** How many rows the plan of a filter reads, summed over all its nodes. */
async function rowsExamined(text: string): Promise<number> {
  const condition = hostsMatching(readFilter(text), filterScope({}, new Date()));
  const { rows } = await sql<{ 'QUERY PLAN': string }>`
    EXPLAIN (ANALYZE, TIMING OFF) SELECT count(*) FROM hosts host WHERE ${condition}`.execute(db.store.read);
  let loops = 1;
  let polls = 0;
  for (const { 'QUERY PLAN': line } of rows) {
    const node = /actual rows=([\d.]+) loops=(\d+)/.exec(line);
    const removed = /Rows Removed by .*: (\d+)/.exec(line);
    if (node !== null) loops = Number(node[2]);
    polls += loops * Number(node?.[1] ?? removed?.[1] ?? 0);
  }
  return polls;
}

it.each(['owner:o3', 'not has:owner', 'owner:o1,o2 or network:n3'])(
  'what %s costs does not grow with hosts times networks',
  async (text) => {
    const polls = await rowsExamined(text);
    expect(polls).toBeGreaterThan(0);
    expect(polls).toBeLessThan(HOSTS * ROWS_PER_HOST * (text.split(/[ ,]/).length + 1));
  },
);
