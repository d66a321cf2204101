import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import { ROUTES } from '#contract/api/routes.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { storeScan } from '../../support/scans/stored-scan.ts';

let lab: ApiLab;
let client: Client;
let scan: string;
let profile: string;
beforeAll(async () => {
  lab = await openApiLab();
  client = lab.client;
  scan = await storeScan(lab.context, {
    targets: '127.80.0.1-12',
    ports: '443',
    at: new Date('2026-01-01T00:00:00Z'),
    answers: {
      '127.80.0.1': { 443: 'open' },
      '127.80.0.10': { 443: 'open' },
      '127.80.0.12': { 443: 'closed' },
    },
    services: [
      { address: '127.80.0.1', port: 443, value: JSON.stringify({ name: 'https' }) },
      { address: '127.80.0.10', port: 443, value: JSON.stringify({ name: 'HTTP-proxy' }) },
    ],
  });
  const name = (ip: string, hostname: string, mac: string | null, vendor: string | null) =>
    sql`UPDATE hosts SET hostname = ${hostname}, mac_address = ${mac}::macaddr, vendor = ${vendor} WHERE ip_address = ${ip}::inet`.execute(
      lab.db.store.read,
    );
  await name('127.80.0.1', 'Web-01.example', '00:53:00:aa:00:01', 'Example Works');
  await name('127.80.0.10', `it's.a\\b:c`, '00:53:01:aa:00:01', null);
  await sql`UPDATE scan_jobs SET name = 'Nightly office' WHERE uid = ${scan}`.execute(lab.db.store.read);
  await client.createSite({ name: 'west' });
  await client.createNetwork({ cidr: '127.80.0.0/24', name: 'Office' });
  await client.createTag({ name: 'Kitchen' });
  await client.createGroup({ name: 'Kitchen printers', rule: 'tag:kitchen' });
  await client.createOwner({ name: 'The kitchen' });
  profile = (await client.createProfile({ name: 'Late shift', description: 'Every Evening', rate: 5 })).id;
});
afterAll(() => lab.close());

async function found(q: string, limit?: number): Promise<readonly string[]> {
  const { data } = await client.search({ q, ...(limit === undefined ? {} : { limit }) });
  return data.map(({ kind, title }) => `${kind} ${title}`);
}

const more = async (q: string, limit: number) => (await client.search({ q, limit })).more;

describe('GET /search', () => {
  test.each([
    [
      '127.80.0.1',
      ['host 127.80.0.1', 'host 127.80.0.10', 'host 127.80.0.12', 'network Office', 'scan Nightly office'],
    ],
    ['127.80.0.12', ['host 127.80.0.12', 'network Office']],
    [
      '127.8',
      ['host 127.80.0.1', 'host 127.80.0.10', 'host 127.80.0.12', 'network Office', 'scan Nightly office'],
    ],
    [
      '127',
      ['host 127.80.0.1', 'host 127.80.0.10', 'host 127.80.0.12', 'network Office', 'scan Nightly office'],
    ],
    ['27', []],
    ['WEB-01.ex', ['host 127.80.0.1']],
    ['KITCHEN', ['tag Kitchen', 'group Kitchen printers', 'owner The kitchen']],
    ['exam web', ['host 127.80.0.1']],
    ['exam unknown', []],
    ['works', ['host 127.80.0.1']],
    ['00:53:00', ['host 127.80.0.1']],
    ['00-53', ['host 127.80.0.1', 'host 127.80.0.10']],
    [`it's`, ['host 127.80.0.10']],
    [String.raw`a\b`, ['host 127.80.0.10']],
    ['443', ['port 443/tcp']],
    ['444', []],
    ['http', ['service http-proxy', 'service https']],
    ['https', ['service https']],
    ['office', ['network Office', 'scan Nightly office']],
    ['west', ['site west']],
    ['night', ['scan Nightly office']],
    ['udp-com', ['profile udp-common']],
    ['evening', ['profile Late shift']],
    ['shif', ['profile Late shift']],
    ['_hift', []],
    ['%%', []],
    [`'; DROP TABLE hosts; --`, []],
    ['& | ! ( )', []],
  ])('%s', async (text, expected) => {
    expect(await found(text)).toEqual(expected);
  });

  test('finds an object by its id, and returns the filter of those that are hosts', async () => {
    const { data } = await client.search({ q: scan });
    expect(data).toEqual([expect.objectContaining({ kind: 'scan', id: scan, filter: null })]);
    const [host] = (await client.hosts({ search: '127.80.0.12' })).data;
    expect(await found(host?.id ?? '')).toEqual(['host 127.80.0.12']);
    for (const q of ['443', 'http', 'office', 'west']) {
      for (const { filter, kind } of (await client.search({ q })).data) {
        if (filter === null) expect(kind).toBe('scan');
        else expect((await client.hosts({ filter })).data.length > 0).toBe(kind !== 'site');
      }
    }
  });

  test('finds a profile by its id, and a built-in one by its name', async () => {
    expect((await client.search({ q: profile })).data).toMatchObject([
      { kind: 'profile', id: profile, title: 'Late shift', detail: 'Every Evening', filter: null },
    ]);
    const [builtIn] = (await client.search({ q: 'udp-common' })).data;
    expect(builtIn).toMatchObject({ kind: 'profile', id: 'udp-common' });
    expect(builtIn?.detail).toMatch(/^built in, For what TCP does not show/);
    await client.createProfile({ name: 'udp-common later' });
    expect(await found('udp-common', 1)).toEqual(['profile udp-common']);
    expect(await found('udp-common', 2)).toEqual(['profile udp-common', 'profile udp-common later']);
  });

  test('keeps to its limit in each kind', async () => {
    expect(await found('127.80.0.1', 2)).toEqual([
      'host 127.80.0.1',
      'host 127.80.0.10',
      'network Office',
      'scan Nightly office',
    ]);
    expect(await more('127.80.0.1', 2)).toEqual([{ kind: 'host', count: 1 }]);
    expect(await more('127.80.0.1', 3)).toEqual([]);
    expect(await more('http', 1)).toEqual([{ kind: 'service', count: 1 }]);
  });

  test('omits what is deleted', async () => {
    const { data } = await client.hosts({ search: '127.80.0.12' });
    await client.deleteHost(data[0]?.id ?? '');
    expect(await found('127.80.0.12')).toEqual(['network Office']);
    await client.deleteScan(scan);
    expect(await found('night')).toEqual([]);
    await client.restoreScan(scan);
  });

  test('finds no port and no service that is missing in the list it links to', async () => {
    const [proxy] = (await client.hosts({ filter: 'service:http-proxy' })).data;
    const id = proxy?.id ?? '';
    const ports = async () => (await client.search({ q: '443' })).data.map(({ detail }) => detail);
    expect(await ports()).toEqual([expect.stringContaining('2')]);
    await client.changeHost(id, { ignored: true });
    expect(await found('http')).toEqual(['service https']);
    expect(await ports()).toEqual([expect.stringContaining('1')]);
    await client.changeHost(id, { ignored: false });
    await client.deleteHost(id);
    expect(await found('http')).toEqual(['service https']);
    await client.restoreHost(id);
    expect(await found('http')).toEqual(['service http-proxy', 'service https']);
  });

  test.each(['', 'q=', 'q=x', `q=${'x'.repeat(101)}`, 'q=web&limit=0', 'q=web&limit=21', 'q=a%00b'])(
    'refuses ?%s',
    async (query) => {
      const answer = await lab.requestAsUser({ url: `${ROUTES.search}?${query}` });
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    },
  );
});
