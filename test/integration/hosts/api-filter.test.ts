import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import { ROUTES } from '#contract/api/routes.js';
import { FIELDS } from '#domain/filter/fields.js';
import { CONDITIONS } from '#store/filter/filter-conditions.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { storeScan } from '../../support/scans/stored-scan.ts';

const [FIRST, SECOND, THIRD] = ['127.79.0.1', '127.79.0.2', '127.79.0.3'];
const hour = (at: number) => new Date(Date.UTC(2026, 0, 1, at));

let lab: ApiLab;
let client: Client;
beforeAll(async () => {
  lab = await openApiLab({ work: { clock: { now: () => hour(30).getTime(), monotonic: () => 0 } } });
  client = lab.client;
  await storeScan(lab.context, {
    targets: `${FIRST}-3`,
    ports: '1-3',
    at: hour(1),
    answers: { [FIRST]: { 1: 'open' }, [SECOND]: { 1: 'open', 2: 'open' }, [THIRD]: { 3: 'open' } },
    services: [{ address: SECOND, port: 2, value: JSON.stringify({ name: 'http', product: 'the "hi"' }) }],
  });
  await storeScan(lab.context, {
    targets: `${FIRST}-3`,
    ports: '1-3',
    at: hour(20),
    answers: { [FIRST]: { 1: 'closed', 2: 'open' }, [SECOND]: { 1: 'open', 2: 'open' } },
  });
  await client.createNetwork({ cidr: '127.79.0.0/31', name: 'pair' });
});
afterAll(() => lab.close());

async function ips(filter: string, more: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const { data, pagination } = await client.hosts({ filter, ...more });
  expect(pagination.total_items).toBe(data.length);
  return data.map(({ ip }) => ip);
}

test('the domain and the database know the same fields', () => {
  expect(Object.keys(CONDITIONS).toSorted()).toEqual(FIELDS.map(({ name }) => name).toSorted());
});

test('a name of the maximum length is stored, and found by its beginning', async () => {
  // A repetitive text would be compressed on its way into the index.
  const name = Array.from({ length: 64 }, (_, at) =>
    createHash('sha256').update(String(at)).digest('hex'),
  ).join('');
  expect(name).toHaveLength(4_096);
  await storeScan(lab.context, {
    targets: '127.79.1.1',
    ports: '1',
    at: hour(3),
    answers: { '127.79.1.1': { 1: 'open' } },
    services: [{ address: '127.79.1.1', port: 1, value: JSON.stringify({ name, product: name }) }],
  });
  expect(await ips(`service:${name.slice(0, 200)}*`)).toEqual(['127.79.1.1']);
  const [found] = (await client.search({ q: name.slice(0, 50) })).data;
  expect(found?.kind).toBe('service');
  const { data } = await client.hosts({ search: '127.79.1.1' });
  await client.purgeHost(data[0]?.id ?? '');
});

describe('GET /hosts?filter=', () => {
  test.each([
    ['port:1', [SECOND]],
    ['port:2/tcp', [FIRST, SECOND]],
    ['port:2/udp', []],
    ['port:1 or port:3', [SECOND, THIRD]],
    ['not port:1', [FIRST, THIRD]],
    ['open_ports>=2', [SECOND]],
    ['service:HTTP', [SECOND]],
    ['service:htt*', [SECOND]],
    ['service:htt', []],
    [String.raw`product:"\"hi\""`, [SECOND]],
    ['network:PAIR', [FIRST]],
    ['address:127.79.0.2-127.79.0.9', [SECOND, THIRD]],
    ['last_seen<12h', [FIRST, SECOND]],
    ['last_seen>=2026-01-01T20:00Z', [FIRST, SECOND]],
    ['changed<12h', [FIRST]],
    ['0.3', [THIRD]],
    ['not has:name and site:default', [FIRST, SECOND, THIRD]],
    ['{"and":[{"field":"port","values":["2"]},{"not":{"term":"0.1"}}]}', [SECOND]],
  ])('%s', async (filter, expected) => {
    expect(await ips(filter)).toEqual(expected);
  });

  test('combines with the other parameters', async () => {
    expect(await ips('port:2', { search: '0.2' })).toEqual([SECOND]);
    expect(await ips('port:1 or port:3', { open_port: '3' })).toEqual([THIRD]);
    expect(await ips('port:2', { status: 'gone' })).toEqual([]);
    expect(await ips('port:2', { site: 'default' })).toEqual([FIRST, SECOND]);
    await expect(ips('port:2', { site: 'elsewhere' })).rejects.toMatchObject({ code: 'not_found' });
    expect(await ips('port:2', { deleted: 'true' })).toEqual([]);
  });

  test('is of the requested time, and durations end there', async () => {
    const observed_as_of = hour(2).toISOString();
    expect(await ips('port:1', { observed_as_of })).toEqual([FIRST, SECOND]);
    expect(await ips('first_seen<90m', { observed_as_of })).toEqual([FIRST, SECOND, THIRD]);
    expect(await ips('first_seen<90m')).toEqual([]);
    expect(await ips('changed<90m', { observed_as_of })).toEqual([FIRST, SECOND, THIRD]);
  });

  test.each(FIELDS.filter(({ inPast }) => !inPast))(
    'of the past refuses fields that history does not contain: $name',
    async ({ name, example }) => {
      const filter = `status:up and (port:1 or ${example})`;
      const url = `${ROUTES.hosts}?${new URLSearchParams({ filter, as_of: '2026-01-02T00:00:00Z' }).toString()}`;
      expect(await lab.requestAsUser({ url })).toMatchObject({
        status: 400,
        body: { error: 'not_in_history', at: name },
      });
    },
  );

  test('reports what is wrong with one, and where', async () => {
    const url = `${ROUTES.hosts}?${new URLSearchParams({ filter: 'status:up and prot:80' }).toString()}`;
    expect(await lab.requestAsUser({ url })).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_filter',
        message: 'Column 15 of the filter: there is no field "prot".',
        hint: 'Did you mean port?',
        at: 'prot',
        details: { column: 15 },
      },
    });
  });

  test.each([
    ['port:1 and net:piar', 16, 'there is no network called "piar"', 'Did you mean "pair"?'],
    ['site:dflt', 6, 'there is no site called "dflt"', 'The only site is default.'],
    ['port:1 or tag:desk', 15, 'there is no tag called "desk"', 'There is no tag yet.'],
    ['group:printers', 7, 'there is no group called "printers"', 'There is no group yet.'],
    ['owner:pair,"Net team"', 7, 'there is no owner called "pair"', 'There is no owner yet.'],
    ['not net:pair,"pair 2"', 14, 'there is no network called "pair 2"', 'Did you mean "pair"?'],
  ])('reports unknown names, with suggestions: %s', async (filter, column, states, hint) => {
    const message = `Column ${column} of the filter: ${states}.`;
    const fault = { code: 'filter_names_nothing', message, hint, facts: { column } };
    await expect(ips(filter)).rejects.toMatchObject(fault);
    await expect(client.editHosts({ filter, change: { note: 'x' } })).rejects.toMatchObject(fault);
    await expect(client.smartScanSuggestions({ filter })).rejects.toMatchObject(fault);
  });

  test('names a network as it is called, by a part of that, or by its addresses', async () => {
    expect(await ips('net:PAIR')).toEqual([FIRST]);
    expect(await ips('net:nothing*')).toEqual([]);
    expect(await ips('net:127.79.0.2/32')).toEqual([SECOND]);
    expect(await ips('not net:pair,127.79.0.2/32')).toEqual([THIRD]);
    await expect(ips('{"field":"net","values":["pair","pear"]}')).rejects.toMatchObject({
      code: 'filter_names_nothing',
      facts: { path: '$.values[1]' },
    });
  });

  test.each([
    ['port:1 and net:127.79.0.0/240', 16, '127.79.0.0/240'],
    ['net:pair,office/1', 10, 'office/1'],
  ])('refuses what has a slash and is no network: %s', async (filter, column, at) => {
    const message = `Column ${column} of the filter: "${at}" is not a network.`;
    const fault = { code: 'invalid_filter', message, at, facts: { column } };
    await expect(ips(filter)).rejects.toMatchObject(fault);
    await expect(client.createGroup({ name: 'slashed', rule: filter })).rejects.toMatchObject(fault);
  });

  test('reads a stored rule that names what no network can be, and finds no host', async () => {
    const { id } = await client.createGroup({ name: 'Slashed', rule: 'port:1' });
    const rule = JSON.stringify({ field: 'network', operator: ':', values: ['office/1'] });
    await sql`UPDATE host_groups SET rule = ${rule}::jsonb WHERE uid = ${id}`.execute(lab.db.store.read);
    expect((await client.groups()).data).toMatchObject([{ name: 'Slashed', hosts: 0 }]);
    expect(await ips('group:slashed')).toEqual([]);
    await client.removeGroup(id);
  });

  test.each([
    `name:"x' OR '1'='1"`,
    `"'; DROP TABLE hosts; --"`,
    `site:"default') OR true --"`,
    String.raw`name:"\\' OR 1=1 --"`,
    'service:"$1"',
    'name:"%"',
    'name:_',
    'status:"up\' OR true"',
    'last_seen<"now() - interval \'1 day\'"',
    'address:"198.18.0.1\'::inet"',
    'port:"1) OR (1=1"',
  ])('never becomes a part of the statement: %s', async (filter) => {
    const url = `${ROUTES.hosts}?${new URLSearchParams({ filter }).toString()}`;
    const { status, body } = await lab.requestAsUser({ url });
    if (status === 200) expect(body).toMatchObject({ data: [] });
    else
      expect(body).toMatchObject({
        error: expect.stringMatching(/^(?:invalid_filter|filter_names_nothing)$/),
      });
    const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM hosts`.execute(
      lab.db.store.read,
    );
    expect(rows[0]?.count).toBe(3);
  });
});
