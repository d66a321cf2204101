import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import { ROUTES } from '#contract/api/routes.js';
import { certificateValue } from '#domain/enrichment/certificate.js';
import { sshHostKeysValue } from '#domain/enrichment/ssh-host-key.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { type ScanStory, storeScan } from '../../support/scans/stored-scan.ts';

const [FIRST, SECOND, THIRD] = ['127.78.0.1', '127.78.0.2', '127.78.0.3'];
const hour = (at: number) => new Date(Date.UTC(2026, 0, 1, at));
const text = (at: number) => hour(at).toISOString();

const CERTIFICATE = {
  subject: 'CN=www.example',
  issuer: 'CN=test',
  subjectCn: 'www.example',
  issuerCn: 'test',
  names: [],
  namesLeftOut: 0,
  notBefore: null,
  notAfter: null,
  serial: '01',
  keyType: null,
  keyBits: null,
};

let lab: ApiLab;
let client: Client;
const scans: string[] = [];

/** Stores a scan of `observed`, as if that had been done at `recorded`. */
async function store(
  recorded: number,
  observed: number,
  story: Pick<ScanStory, 'answers' | 'services' | 'shown'>,
): Promise<void> {
  scans.push(
    await storeScan(lab.context, { targets: `${FIRST}-3`, ports: '1-3', at: hour(observed), ...story }),
  );
  await sql`UPDATE host_history SET recorded_at = ${hour(recorded)} WHERE recorded_at > now() - interval '1 hour'`.execute(
    lab.db.store.read,
  );
}

beforeAll(async () => {
  lab = await openApiLab();
  client = lab.client;
  const service = (name: string) => [{ address: FIRST, port: 1, value: JSON.stringify({ name }) }];
  await store(2, 1, { answers: { [FIRST]: { 1: 'open', 2: 'closed' } }, services: service('http') });
  await store(4, 3, {
    answers: { [FIRST]: { 1: 'closed', 2: 'open' }, [SECOND]: { 1: 'open' } },
    services: service('ftp'),
  });
  // A report that arrives late, with earlier observations.
  await store(6, 2, { answers: { [FIRST]: { 3: 'open' }, [THIRD]: { 3: 'open' } } });
});
afterAll(() => lab.close());

const openOf = (host: { open_ports: readonly { port: number; service: string | null }[] } | undefined) =>
  host?.open_ports.map(({ port }) => port);

describe('the list of hosts', () => {
  test.each<[number, Readonly<Record<string, readonly number[]>>]>([
    [1, {}],
    [2, { [FIRST]: [1] }],
    [3, { [FIRST]: [1] }],
    [4, { [FIRST]: [2], [SECOND]: [1] }],
    [6, { [FIRST]: [2, 3], [SECOND]: [1], [THIRD]: [3] }],
  ])('as of %i is what was stored until then', async (at, expected) => {
    const { data, pagination } = await client.hosts({ as_of: text(at) });
    expect(Object.fromEntries(data.map((host) => [host.ip, openOf(host)]))).toEqual(expected);
    expect(pagination.total_items).toBe(Object.keys(expected).length);
  });

  test.each<[number, Readonly<Record<string, readonly number[]>>]>([
    [0, {}],
    [1, { [FIRST]: [1] }],
    [2, { [FIRST]: [1, 3], [THIRD]: [3] }],
    [3, { [FIRST]: [2, 3], [SECOND]: [1], [THIRD]: [3] }],
  ])('observed as of %i is what was so then, by all that is known now', async (at, expected) => {
    const { data } = await client.hosts({ observed_as_of: text(at) });
    expect(Object.fromEntries(data.map((host) => [host.ip, openOf(host)]))).toEqual(expected);
  });

  test('as of both is the state of then by what was known then', async () => {
    const { data } = await client.hosts({ as_of: text(4), observed_as_of: text(2) });
    expect(data.map((host) => [host.ip, openOf(host)])).toEqual([[FIRST, [1]]]);
  });

  test('is the current one when no time is given, and as of this minute', async () => {
    const now = await client.hosts();
    const past = await client.hosts({ as_of: new Date(Date.now() - 1).toISOString() });
    const seen = ({ ip, status, hostname, first_seen, open_ports }: (typeof now.data)[number]) => ({
      ip,
      status,
      hostname,
      first_seen,
      open: open_ports.map(({ port, service, state }) => ({ port, service, state })),
    });
    expect(past.data.map(seen)).toEqual(now.data.map(seen));
  });

  test('is filtered, sorted and paged as of the time', async () => {
    const as_of = text(6);
    const ips = async (query: Readonly<Record<string, string | number>>) =>
      (await client.hosts({ as_of, ...query })).data.map(({ ip }) => ip);
    expect(await ips({ sort_by: 'ip', sort_order: 'desc' })).toEqual([THIRD, SECOND, FIRST]);
    expect(await ips({ sort_by: 'first_seen' })).toEqual([FIRST, THIRD, SECOND]);
    expect(await ips({ sort_by: 'last_seen', sort_order: 'desc' })).toEqual([SECOND, THIRD, FIRST]);
    expect(await ips({ search: '0.2' })).toEqual([SECOND]);
    expect(await ips({ status: 'down' })).toEqual([]);
    expect(await ips({ open_port: 1 })).toEqual([SECOND]);
    expect((await client.hosts({ as_of: text(3), open_port: 1 })).pagination.total_items).toBe(1);
    const pages = [await ips({ page_size: 2 }), await ips({ page_size: 2, page: 2 })];
    expect(pages).toEqual([[FIRST, SECOND], [THIRD]]);
    expect((await client.hosts({ as_of: text(4), page_size: 1 })).pagination.total_items).toBe(2);
  });

  test.each(['as_of', 'observed_as_of'])(
    'of an instant that is still to come is an error: %s',
    async (name) => {
      const url = `${ROUTES.hosts}?${name}=${encodeURIComponent(new Date(Date.now() + 3_600_000).toISOString())}`;
      const answer = await lab.requestAsUser({ url });
      expect(answer).toMatchObject({ status: 400, body: { error: 'future_time' } });
    },
  );

  test.each(['yesterday', '2026-01-01', '2026-01-01T00:00:00', '2026-02-30T00:00:00Z'])(
    'of what is no instant is an error: %s',
    async (value) => {
      const answer = await lab.requestAsUser({ url: `${ROUTES.hosts}?as_of=${value}` });
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request', at: 'as_of' } });
    },
  );

  test('of a time before all history is empty, however long ago', async () => {
    for (const year of ['0000', '0001', '1969'])
      expect((await client.hosts({ as_of: `${year}-01-01T00:00:00Z` })).data).toEqual([]);
  });
});

test('a host that was deleted is not listed as of then, and is again when that was undone', async () => {
  for (const [recorded, value] of [
    [8, 'true'],
    [10, 'false'],
  ] as const)
    await sql`INSERT INTO host_history (host_id, fact, old_value, new_value, actor, observed_at, recorded_at)
      SELECT id, 'deleted', ${value === 'true' ? null : 'true'}, ${value}, 'os:tester', ${hour(recorded)}, ${hour(recorded)}
      FROM hosts WHERE ip_address = ${SECOND}`.execute(lab.db.store.read);
  const listed = async (at: number) => {
    const { data, pagination } = await client.hosts({ as_of: text(at) });
    expect(pagination.total_items).toBe(data.length);
    return data.map(({ ip }) => ip);
  };
  expect(await listed(7)).toEqual([FIRST, SECOND, THIRD]);
  expect(await listed(8)).toEqual([FIRST, THIRD]);
  expect((await client.hosts({ as_of: text(9), deleted: 'true' })).data).toMatchObject([
    { ip: SECOND, deleted_at: text(8) },
  ]);
  expect((await client.host(SECOND, { as_of: text(9) })).deleted_at).toBe(text(8));
  expect((await client.host(SECOND, { as_of: text(7) })).deleted_at).toBeNull();
  expect(await listed(10)).toEqual([FIRST, SECOND, THIRD]);
  // A deletion is no observation.
  for (const at of [7, 9, 10])
    expect((await client.host(SECOND, { as_of: text(at) })).last_seen).toBe(text(3));
});

describe('one host', () => {
  test('has the ports, services and history of the time', async () => {
    const then = await client.host(FIRST, { as_of: text(2) });
    expect(then.ports).toMatchObject([{ port: 1, state: 'open', service: 'http' }]);
    expect(then.history.map(({ fact, new_value }) => `${fact} ${new_value}`).toSorted()).toEqual([
      'port open',
      'service http',
      'status up',
    ]);
    const now = await client.host(FIRST, { as_of: text(4) });
    expect(now.ports).toMatchObject([
      { port: 1, state: 'closed', service: 'ftp' },
      { port: 2, state: 'open' },
    ]);
    expect(await client.host(then.id, { as_of: text(2) })).toEqual(then);
  });

  test('returns its last change of any kind, and when its ports were last opened', async () => {
    const { data } = await client.hosts({ as_of: text(4) });
    expect(data[0]).toMatchObject({
      ip: FIRST,
      changed_at: text(3),
      open_ports: [{ port: 2, last_seen: null, last_opened: text(3) }],
    });
    expect(await client.host(FIRST, { as_of: text(2) })).toMatchObject({
      changed_at: text(1),
      ports: [{ port: 1, last_seen: null, last_opened: text(1) }],
    });
    expect(await client.host(FIRST)).toMatchObject({ changed_at: null });
    expect((await client.host(FIRST)).ports[0]).toMatchObject({
      port: 1,
      last_seen: text(1),
      last_opened: null,
    });
    await sql`INSERT INTO host_history (host_id, fact, old_value, new_value, reason, observed_at, recorded_at)
      SELECT id, 'status', 'up', 'down', 'no-response', ${hour(10.5)}, ${hour(10.5)} FROM hosts WHERE ip_address = ${THIRD}`.execute(
      lab.db.store.read,
    );
    const unresponsive = await client.host(THIRD, { as_of: text(10.75) });
    expect(unresponsive).toMatchObject({
      status: 'down',
      changed_at: unresponsive.status_since,
      last_seen: text(2),
    });
  });

  test('is not there before it was known, and its id is', async () => {
    const { id } = await client.host(SECOND);
    for (const name of [SECOND, id])
      await expect(client.host(name, { as_of: text(3) })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('has its whole history, page by page, each change with its scan', async () => {
    const complete = await client.hostHistory(FIRST);
    const { history } = await client.host(FIRST);
    expect(complete.data).toEqual(history);
    const pages = [
      await client.hostHistory(FIRST, { page_size: 4 }),
      await client.hostHistory(FIRST, { page_size: 4, page: 2 }),
    ];
    expect(pages.flatMap(({ data }) => data)).toEqual(history);
    expect(pages[0]?.pagination.total_items).toBe(history.length);
    expect(complete.data).toContainEqual(
      expect.objectContaining({
        fact: 'port',
        port: 1,
        old_value: 'open',
        new_value: 'closed',
        scan_id: scans[1],
      }),
    );
    expect((await client.hostHistory(FIRST, { as_of: text(2) })).pagination.total_items).toBe(3);
  });
});

const fingerprint = (letter: string) => `SHA256:${letter.repeat(43)}`;
const keysOf = (letter: string) =>
  sshHostKeysValue([{ algorithm: 'ssh-ed25519', fingerprint: fingerprint(letter), bits: 256 }]);
const certificateOf = (digit: string) => certificateValue({ ...CERTIFICATE, fingerprint: digit.repeat(64) });
test('findings of ports are listed as of the past time, on request', async () => {
  for (const [at, letter] of [
    [11, 'a'],
    [13, 'b'],
  ] as const)
    await store(at, at, {
      answers: { [FIRST]: { 1: 'open' } },
      shown: [
        { address: FIRST, port: 1, fact: 'ssh_host_key', value: keysOf(letter) },
        { address: FIRST, port: 2, fact: 'tls_certificate', value: certificateOf(letter) },
      ],
    });
  const shownAt = async (asOf: Readonly<Record<string, string>>) => {
    const { data } = await client.hosts({ ...asOf, evidence: 'true' });
    const [first, second] = data;
    expect(second).toMatchObject({ ssh_servers: [], certificates: [] });
    return [
      first?.ssh_servers?.map(({ port, keys: shown }) => [port, shown[0]?.fingerprint]),
      first?.certificates?.map(({ port, fingerprint: shown }) => [port, shown.slice(0, 1)]),
    ];
  };
  expect(await shownAt({ as_of: text(10) })).toEqual([[], []]);
  expect(await shownAt({ as_of: text(12) })).toEqual([[[1, fingerprint('a')]], [[2, 'a']]]);
  expect(await shownAt({})).toEqual([[[1, fingerprint('b')]], [[2, 'b']]]);
  const [unprobed] = (await client.hosts()).data;
  expect(unprobed).not.toHaveProperty('ssh_servers');
});
