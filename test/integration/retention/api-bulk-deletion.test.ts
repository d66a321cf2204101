import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import { createUid } from '#domain/errors/uid.js';
import { idsEnding } from '#domain/text/selection.js';
import { SCANS_PER_TRANSACTION } from '#work/scans/delete-scans.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';
import { expectComplete } from '../../support/scans/complete-scan.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

const NO_OWNER = createUid(0, new Uint8Array(10));
let lab: ApiLab;
let client: Client;
let running: string;
const over: string[] = [];
beforeAll(async () => {
  lab = await openApiLab();
  client = lab.client;
  for (const last of [1, 2, 3])
    over.push(await recordScan(lab.context, { address: `127.0.96.${last}`, state: 'open', at: new Date() }));
  running = (await claimedScan(lab.context, '127.0.96.8', '1-2')).job.uid;
});
afterAll(() => lab.close());

const scanIds = async (query = {}) => (await client.scans(query)).data.map(({ id }) => id).sort();
const networkNames = async () => (await client.networks()).data.map(({ name }) => name);
async function eventCount(kind: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM events WHERE kind = ${kind}`.execute(lab.db.store.read);
  return rows[0]?.count ?? 0;
}
const done = (id: string | undefined, outcome = 'deleted') => ({ id, outcome, error: null });

describe('scans given by id', () => {
  test('are deleted, with a result for each: a running one is kept, and an unknown one is reported', async () => {
    const scan_ids = [over[0] ?? '', running, NO_OWNER, over[1] ?? ''];
    const pollOnce = await client.deleteScans({ scan_ids, dry_run: true });
    expect(pollOnce).toMatchObject({ scans_matched: 4, scans_deleted: 2, scans_refused: 2, open_ports: 2 });
    expect(await scanIds()).toEqual([...over, running].sort());
    const outcome = await client.deleteScans({ scan_ids });
    expect(outcome).toEqual({
      ...pollOnce,
      dry_run: false,
      results: [
        done(over[0]),
        {
          id: running,
          outcome: 'refused',
          error: {
            code: 'invalid_transition',
            message: expect.stringContaining('pending'),
            hint: expect.stringContaining('scans stop'),
          },
        },
        { id: NO_OWNER, outcome: 'refused', error: expect.objectContaining({ code: 'not_found' }) },
        done(over[1]),
      ],
    });
    expect(await scanIds()).toEqual([over[2] ?? '', running].sort());
    expect(await scanIds({ deleted: 'true' })).toEqual([over[0] ?? '', over[1] ?? ''].sort());
    expect((await client.scans({ deleted: 'true' })).data[0]?.deleted_by).toBe('os:tester');
    expect(await eventCount('scan.deleted')).toBe(2);
    expect((await client.hosts()).pagination.total_items).toBe(3);
    await expectComplete(lab.db.store.read);
  });

  test('are restored by the same ids, and twice is no error', async () => {
    const again = await client.deleteScans({ scan_ids: [over[0] ?? ''] });
    expect(again).toMatchObject({
      scans_deleted: 0,
      scans_refused: 0,
      results: [done(over[0], 'unchanged')],
    });
    const restored = await client.restoreScans([over[0] ?? '', over[1] ?? '', over[2] ?? '']);
    expect(restored).toEqual({
      scans_restored: 2,
      results: [done(over[0], 'restored'), done(over[1], 'restored'), done(over[2], 'unchanged')],
    });
    expect(await eventCount('scan.restored')).toBe(2);
  });

  test('are limited in one request', async () => {
    const scan_ids = Array.from({ length: 1_001 }, () => NO_OWNER);
    await expect(client.deleteScans({ scan_ids })).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('scans that a filter finds', () => {
  test('are those that a list with it shows', async () => {
    await client.addScanTags(over[0] ?? '', ['old']);
    await client.addScanTags(running, ['old']);
    const filter = { tag: 'OLD' };
    const outcome = await client.deleteScans({ filter });
    expect(outcome).toMatchObject({ scans_matched: 2, scans_deleted: 1, scans_refused: 1 });
    await client.restoreScans([over[0] ?? '']);
    expect((await client.scan(over[0] ?? '')).tags).toEqual([{ name: 'old', color: null }]);
    const young = await client.deleteScans({ filter: { created_before: '2026-01-01T00:00:00Z' } });
    expect(young).toMatchObject({ scans_matched: 0, scans_deleted: 0 });
  });

  test('are only those that were confirmed, and of these only what still matches', async () => {
    const filter = { tag: 'agreed' };
    for (const id of [...over, running]) await client.addScanTags(id, ['agreed']);
    const { results } = await client.deleteScans({ filter, dry_run: true });
    const only_ids = idsEnding(results, 'deleted');
    expect(only_ids).toEqual(over);
    // Changes since the preview: one was protected, one that could not be deleted has ended, and another matches.
    await client.removeScanTags(over[0] ?? '', ['agreed']);
    await client.stopScan(running);
    await sql`UPDATE scan_jobs SET status = 'cancelled' WHERE uid = ${running}`.execute(lab.db.store.read);
    const kept = { code: 'conflict', message: expect.stringContaining('no longer matches') };
    const pollOnce = await client.deleteScans({ filter, only_ids, dry_run: true });
    expect(pollOnce).toMatchObject({ scans_deleted: 2, scans_refused: 1 });
    expect(await client.deleteScans({ filter, only_ids })).toMatchObject({
      scans_deleted: 2,
      results: [{ id: over[0], outcome: 'refused', error: kept }, done(over[1]), done(over[2])],
    });
    expect(await scanIds()).toEqual([over[0] ?? '', running].sort());
    await client.restoreScans(over);
    const invalid = client.deleteScans({ scan_ids: over, only_ids });
    await expect(invalid).rejects.toMatchObject({ code: 'invalid_request', at: 'only_ids' });
  });

  test('may exceed one transaction, and none is deleted partially', async () => {
    await sql`
      INSERT INTO scan_jobs (uid, site_id, name, status, scan_type, engine, targets, excluded, resolved, plan_version, target_ranges,
        ports, seed, positions, unlimited, live_hosts, outside_scope, created_by, created_at, started_at, completed_at)
      SELECT gen_random_uuid(), site_id, 'Many', status, scan_type, engine, targets, excluded, resolved, plan_version, target_ranges,
        ports, seed, positions, unlimited, live_hosts, outside_scope, created_by, created_at, started_at, completed_at
      FROM scan_jobs CROSS JOIN generate_series(1, ${2 * SCANS_PER_TRANSACTION + 1}::int)
      WHERE uid = ${over[0] ?? ''}`.execute(lab.db.store.read);
    const outcome = await client.deleteScans({ filter: { name: 'many' } });
    expect(outcome).toMatchObject({ scans_deleted: 2 * SCANS_PER_TRANSACTION + 1, scans_refused: 0 });
    expect((await client.scans({ name: 'MANY' })).pagination.total_items).toBe(0);
    // They have no ledger, which `expectComplete` would report.
    await sql`DELETE FROM scan_jobs WHERE name = 'Many'`.execute(lab.db.store.read);
  });
});

describe('networks', () => {
  test('are removed by name or filter; one with exclusions is kept with the reason, and does not prevent others', async () => {
    const added = [];
    for (const name of ['a', 'b', 'c', 'd'])
      added.push(await client.createNetwork({ cidr: `198.18.${name.charCodeAt(0)}.0/24`, name }));
    const [a, b, c] = added.map(({ id }) => id);
    await client.exclude({ address: '198.18.98.1', network: b ?? '' });
    const network_ids = [a ?? '', b ?? '', NO_OWNER];
    const pollOnce = await client.removeNetworks({ network_ids, dry_run: true });
    expect(pollOnce).toMatchObject({ networks_matched: 3, networks_removed: 1, networks_refused: 2 });
    expect(await networkNames()).toEqual(['a', 'b', 'c', 'd']);
    const outcome = await client.removeNetworks({ network_ids });
    expect(outcome).toMatchObject({
      dry_run: false,
      results: [
        { id: a, name: 'a', outcome: 'removed', error: null },
        { id: b, name: 'b', outcome: 'refused', error: { code: 'conflict' } },
        { id: NO_OWNER, name: null, outcome: 'refused', error: { code: 'not_found' } },
      ],
    });
    expect(await networkNames()).toEqual(['b', 'c', 'd']);
    await client.changeNetwork(c ?? '', { enabled: false });
    const filter = { enabled: false, site: 'default' };
    const nowhere = client.removeNetworks({ filter: { site: 'nowhere' } });
    await expect(nowhere).rejects.toMatchObject({ code: 'not_found', at: 'nowhere' });
    await expect(client.networks({ site: 'nowhere' })).rejects.toMatchObject({ code: 'not_found' });
    expect((await client.networks({ site: 'DEFAULT' })).pagination.total_items).toBe(3);
    await client.removeNetworks({ filter });
    expect(await networkNames()).toEqual(['b', 'd']);
    await expectComplete(lab.db.store.read);
  });

  test('are only those that were confirmed, and of these only what still matches', async () => {
    const added = [];
    for (const third of [1, 2, 3]) added.push(await client.createNetwork({ cidr: `198.19.${third}.0/24` }));
    const [early, kept, late] = added.map(({ id }) => id);
    for (const id of [early, kept]) await client.changeNetwork(id ?? '', { enabled: false });
    const filter = { enabled: false };
    const { results } = await client.removeNetworks({ filter, dry_run: true });
    const only_ids = idsEnding(results, 'removed');
    expect(only_ids).toEqual([early, kept]);
    await client.changeNetwork(kept ?? '', { enabled: true });
    await client.changeNetwork(late ?? '', { enabled: false });
    expect(await client.removeNetworks({ filter, only_ids })).toMatchObject({
      networks_removed: 1,
      results: [
        { id: early, outcome: 'removed' },
        { id: kept, name: '198.19.2.0/24', outcome: 'refused', error: { code: 'conflict' } },
      ],
    });
    expect(await networkNames()).toEqual(['b', 'd', '198.19.2.0/24', '198.19.3.0/24']);
  });

  test('are removed with the locks of their scans in the order in which scans are deleted', async () => {
    const { id } = await client.createNetwork({ cidr: '198.19.9.0/24' });
    const { store } = lab.db;
    const [first = '', second = ''] = over;
    // The first is written last, so that it is stored behind the other.
    for (const uid of [second, first])
      await sql`
        UPDATE scan_jobs SET network_id = (SELECT id FROM networks WHERE uid = ${id}) WHERE uid = ${uid}`.execute(
        store.read,
      );
    const waiting = sql`SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    const removal = await store.transaction(async (executor) => {
      await sql`SELECT FROM scan_jobs WHERE uid = ${first} FOR UPDATE`.execute(executor);
      const answer = client.removeNetworks({ network_ids: [id] });
      await expect.poll(async () => (await waiting.execute(store.read)).rows).toHaveLength(1);
      const free = sql`SELECT uid FROM scan_jobs WHERE uid = ${second} FOR UPDATE SKIP LOCKED`;
      expect((await free.execute(executor)).rows).toEqual([{ uid: second }]);
      return { answer };
    });
    expect(await removal.answer).toMatchObject({ networks_removed: 1 });
  });
});
