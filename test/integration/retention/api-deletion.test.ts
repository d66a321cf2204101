import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import { ROUTES } from '#contract/api/routes.js';
import { createUid } from '#domain/errors/uid.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { timeAfter } from '../../support/database/time-after.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';
import { recordScan } from '../../support/scans/one-port-scan.ts';

const ADDRESS = '127.0.92.1';
const NO_OWNER = createUid(0, new Uint8Array(10));
let lab: ApiLab;
let client: Client;
let scan: string;
beforeAll(async () => {
  lab = await openApiLab();
  client = lab.client;
  scan = await recordScan(lab.context, { address: ADDRESS, state: 'open', at: new Date() });
});
afterAll(() => lab.close());

const scanIds = async (query = {}) => (await client.scans(query)).data.map(({ id }) => id);
const hostIps = async (query = {}) => (await client.hosts(query)).data.map(({ ip }) => ip);
async function eventKinds(): Promise<readonly string[]> {
  const { rows } = await sql<{ kind: string }>`
    SELECT kind FROM events WHERE kind ~ 'deleted|restored|purged' ORDER BY id`.execute(lab.db.store.read);
  return rows.map(({ kind }) => kind);
}

describe('a scan', () => {
  test('is hidden when it is deleted, can be requested explicitly, and is there again when it is restored', async () => {
    expect((await client.deleteScan(scan)).deleted_at).not.toBeNull();
    expect(await scanIds()).toEqual([]);
    expect(await scanIds({ deleted: 'true' })).toEqual([scan]);
    expect((await client.scans({ deleted: 'true' })).data[0]?.deleted_by).toBe('os:tester');
    expect((await client.scan(scan)).deleted_at).not.toBeNull();
    expect(await hostIps()).toEqual([ADDRESS]);
    expect((await client.restoreScan(scan)).deleted_at).toBeNull();
    expect(await scanIds()).toEqual([scan]);
    expect(await eventKinds()).toEqual(['scan.deleted', 'scan.restored']);
  });

  test('cannot be deleted or purged before it has ended', async () => {
    const { job } = await claimedScan(lab.context, ADDRESS, '1-2');
    const refused = { code: 'invalid_transition', hint: expect.stringContaining('scans stop') };
    await expect(client.deleteScan(job.uid)).rejects.toMatchObject(refused);
    await expect(client.purgeScan(job.uid)).rejects.toMatchObject(refused);
    await expect(client.deleteScan(NO_OWNER)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('is gone after a purge', async () => {
    const other = await recordScan(lab.context, { address: ADDRESS, state: 'open', at: new Date() });
    await client.purgeScan(other);
    await expect(client.scan(other)).rejects.toMatchObject({ code: 'not_found' });
    await expect(client.restoreScan(other)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a host', () => {
  test('is deleted and restored by its address, and its history records the user', async () => {
    expect((await client.deleteHost(ADDRESS)).deleted_at).not.toBeNull();
    expect(await hostIps()).toEqual([]);
    expect(await hostIps({ deleted: 'true' })).toEqual([ADDRESS]);
    const as_of = (await timeAfter()).toISOString();
    for (const asOf of [{}, { as_of }])
      expect((await client.hosts({ deleted: 'true', ...asOf })).data[0]?.deleted_by).toBe('os:tester');
    const { history } = await client.host(ADDRESS);
    expect(history[0]).toMatchObject({ fact: 'deleted', new_value: 'true', actor: 'os:tester' });
    expect(await client.restoreHost(ADDRESS)).toMatchObject({ restored: true });
    expect(await client.restoreHost(ADDRESS)).toMatchObject({ restored: false });
    expect(await hostIps()).toEqual([ADDRESS]);
  });

  test('is found by a port that is open', async () => {
    expect(await hostIps({ open_port: 7 })).toEqual([ADDRESS]);
    expect(await hostIps({ open_port: 8 })).toEqual([]);
  });

  test('is gone after a purge, and the scan reports what it lacks', async () => {
    await client.purgeHost(ADDRESS);
    await expect(client.host(ADDRESS)).rejects.toMatchObject({ code: 'not_found' });
    expect((await client.scan(scan)).removed).toEqual(['host']);
    expect((await lab.requestAsUser({ method: 'POST', url: ROUTES.purgeHost(NO_OWNER) })).status).toBe(404);
  });
});
