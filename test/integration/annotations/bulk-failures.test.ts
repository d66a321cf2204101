import { sql } from 'kysely';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import { SCANS_PER_TRANSACTION } from '#work/scans/delete-scans.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

let lab: ApiLab;
let client: Client;
let lines: Record<string, unknown>[] = [];
const write = (line: string) => void lines.push(JSON.parse(line));
beforeAll(async () => {
  lab = await openApiLab({ work: { log: pino({ level: 'info', base: null }, { write }) } });
  client = lab.client;
  // Deleting a host of this name fails as if the disk were full.
  await sql`
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END $$`.execute(
    lab.db.store.read,
  );
  await sql`
    CREATE TRIGGER fail BEFORE UPDATE ON scan_jobs FOR EACH ROW WHEN (NEW.name = 'MANY') EXECUTE FUNCTION fail()`.execute(
    lab.db.store.read,
  );
  await sql`
    CREATE TRIGGER fail BEFORE DELETE ON networks FOR EACH ROW WHEN (OLD.name = 'full') EXECUTE FUNCTION fail()`.execute(
    lab.db.store.read,
  );
});
afterAll(() => lab.close());
beforeEach(() => void (lines = []));

const reported = (msg: string) => lines.filter((line) => line['msg'] === msg);

test('a deletion that fails half way reports what it did and what is left, and logs each transaction', async () => {
  const model = await recordScan(lab.context, { address: '127.0.96.11', state: 'open', at: new Date() });
  const count = 2 * SCANS_PER_TRANSACTION + 2;
  await sql`
    INSERT INTO scan_jobs (uid, site_id, name, status, scan_type, engine, targets, excluded, resolved, plan_version, target_ranges,
      ports, seed, positions, unlimited, live_hosts, outside_scope, created_by, created_at, started_at, completed_at)
    SELECT gen_random_uuid(), site_id, CASE WHEN number = ${count} THEN 'MANY' ELSE 'Many' END, status, scan_type, engine, targets,
      excluded, resolved, plan_version, target_ranges, ports, seed, positions, unlimited, live_hosts, outside_scope, created_by,
      created_at, started_at, completed_at
    FROM scan_jobs CROSS JOIN generate_series(1, ${count}::int) AS number WHERE uid = ${model}`.execute(
    lab.db.store.read,
  );
  const outcome = await client.deleteScans({ filter: { name: 'many' } });
  expect(outcome).toMatchObject({ scans_matched: count, scans_deleted: count - 2, scans_refused: 2 });
  expect(outcome.results.slice(-2)).toMatchObject([
    { outcome: 'refused', error: { code: 'storage_failed' } },
    { outcome: 'refused', error: { code: 'storage_failed' } },
  ]);
  expect((await client.scans({ deleted: 'true' })).pagination.total_items).toBe(count - 2);
  const chunk = { scans: SCANS_PER_TRANSACTION, actor: 'os:tester' };
  expect(reported('scans deleted')).toMatchObject([chunk, chunk]);
  expect(reported('stopped before all steps were complete')).toMatchObject([
    { code: 'storage_failed', steps: 2, left: 1 },
  ]);
  // Where nothing is done there is nothing to report but the failure.
  const again = client.deleteScans({ filter: { name: 'many' } });
  await expect(again).rejects.toMatchObject({ code: 'storage_failed' });
});

test('a removal of networks reports likewise, and the log names each that is gone', async () => {
  const [one = '', full = '', left = ''] = await Promise.all(
    ['one', 'full', 'left'].map(async (name, at) => {
      const { id } = await client.createNetwork({ cidr: `198.18.${at}.0/24`, name });
      return id;
    }),
  );
  const network_ids = [one, full, left];
  const poll = await client.removeNetworks({ network_ids, dry_run: true });
  expect(poll).toMatchObject({ networks_removed: 3, networks_refused: 0 });
  expect(reported('network removed')).toEqual([]);
  expect(await client.removeNetworks({ network_ids })).toMatchObject({
    networks_removed: 1,
    networks_refused: 2,
    results: [
      { id: one, name: 'one', outcome: 'removed' },
      { id: full, outcome: 'refused', error: { code: 'storage_failed' } },
      { id: left, outcome: 'refused', error: { code: 'storage_failed' } },
    ],
  });
  expect(reported('network removed')).toMatchObject([
    { network: one, cidr: '198.18.0.0/24', actor: 'os:tester' },
  ]);
});
