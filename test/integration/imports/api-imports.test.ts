import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { httpTransport } from '#app/transport.js';
import { createClient } from '#contract/api/client.js';
import { ROUTES } from '#contract/api/routes.js';
import { importResultSchema } from '#contract/scans/import.js';
import { TWO_HOSTS } from '../../../src/report/fixtures/report-text.ts';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';

let lab: ApiLab;
beforeAll(async () => {
  lab = await openApiLab();
});
afterAll(() => lab.close());

const xml = { 'content-type': 'application/xml' };
const post = (body: string, headers: Readonly<Record<string, string>> = xml, query = '') =>
  lab.requestAsUser({ method: 'POST', url: `${ROUTES.imports}${query}`, headers, body });

it('stores a report over HTTP, with a key, streamed', async () => {
  const { key } = await lab.newKey('importer');
  const client = createClient(httpTransport(`http://${await lab.listen()}`, key));
  const text = TWO_HOSTS.replaceAll('198.18.0.', '198.18.4.');
  const pieces = text.match(/[^]{1,100}/g) ?? [];
  const result = await client.importReport(Readable.from(pieces.map((piece) => Buffer.from(piece))), {
    name: 'night.xml',
  });
  expect(result).toMatchObject({
    outcome: 'stored',
    name: 'night.xml',
    size_bytes: text.length,
    scanner_version: '7.93',
    taken: { hosts: 2, hosts_up: 1, open_ports: 2, services: 2 },
  });
  const { data } = await client.scanResults(result.scan_id ?? '');
  expect(data[0]?.ports[0]).toMatchObject({ service: 'ssh', product: 'OpenSSH', version: '9.2p1' });
  const host = await client.host('198.18.4.1');
  expect(host).toMatchObject({ hostname: 'one.lan', os_name: 'Linux 5.0 - 5.5', vendor: 'Test & Co' });
  expect(host.ports.map(({ tunnel, product }) => [tunnel, product])).toEqual([
    [null, 'OpenSSH'],
    ['ssl', 'nginx'],
  ]);
  expect(host.history.find(({ fact, port }) => fact === 'service' && port === 443)?.new_value).toBe(
    'ssl/http nginx',
  );
  expect(await client.scan(result.scan_id ?? '')).toMatchObject({ scan_type: 'import', status: 'completed' });
});

it('returns 201 for a new report, 200 for a known one', async () => {
  const first = await post(TWO_HOSTS);
  expect(first.status).toBe(201);
  const { scan_id } = importResultSchema.parse(first.body);
  expect(first.headers['location']).toBe(ROUTES.scan(scan_id ?? ''));
  const second = await post(TWO_HOSTS);
  expect(second).toMatchObject({ status: 200, body: { outcome: 'already-stored', scan_id } });
});

it.each([
  ['another type', '{}', { 'content-type': 'application/json' }, '', 415, 'unsupported_media_type'],
  ['no report', '<a/>', xml, '', 400, 'invalid_report'],
  ['nothing', '', xml, '', 400, 'invalid_report'],
  ['an unknown site', TWO_HOSTS, xml, '?site=moon', 404, 'not_found'],
  ['an unknown parameter', TWO_HOSTS, xml, '?force=1', 400, 'invalid_request'],
  ['a name with NUL', TWO_HOSTS, xml, '?name=%00', 400, 'invalid_request'],
])('refuses %s', async (_what, body, headers, query, status, error) => {
  expect(await post(body, headers, query)).toMatchObject({ status, body: { error } });
});

it('requires a key', async () => {
  expect(
    await lab.probe({ method: 'POST', url: ROUTES.imports, headers: xml, body: TWO_HOSTS }),
  ).toMatchObject({
    status: 401,
  });
});
