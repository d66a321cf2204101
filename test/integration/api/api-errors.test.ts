import { connect } from 'node:net';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { RETRY_AFTER_SECONDS } from '#api/http/errors.js';
import { errorBodySchema } from '#contract/api/error.js';
import { ROUTES } from '#contract/api/routes.js';
import { MAX_TARGETS_PER_SCAN } from '#contract/scans/start.js';
import { ERROR_CATALOG, type ErrorCode } from '#domain/errors/error.js';
import { SCAN_TYPES } from '#domain/scans/scan-type.js';
import { openDatabase } from '#store/database/database.js';
import { createStore } from '#store/database/store.js';
import { type Answer, type ApiLab, type ApiRequest, openApiLab } from '../../support/api/api-lab.ts';

const SOME_ID = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47';
const TARGETS = ['127.0.0.1'];

let lab: ApiLab;
beforeAll(async () => {
  lab = await openApiLab();
});
afterAll(() => lab.close());

/** Errors are readable for people and usable for programs, and reveal no internals. */
function expectReported(answer: Answer, code: ErrorCode, at?: string): void {
  const body = errorBodySchema.parse(answer.body);
  expect(body, answer.text).toMatchObject({ error: code, ...(at === undefined ? {} : { at }) });
  expect(answer.status).toBe(ERROR_CATALOG[code].http);
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(answer.headers['x-request-id']).toBe(body.request_id);
  expect(body.message).toMatch(/^["\p{Lu}\d].*[.]$/u);
  expect(body.message).not.toMatch(/undefined|NaN|\[object|FST_|zod|expected /i);
  expect(Date.parse(body.timestamp)).toBeGreaterThan(0);
  expect(answer.text).not.toMatch(/node_modules|\.ts:|\.js:|"stack"/);
}

async function counts(): Promise<unknown> {
  const { rows } =
    await sql`SELECT (SELECT count(*) FROM scan_jobs) AS scans, (SELECT count(*) FROM api_keys) AS keys,
    (SELECT count(*) FROM sessions) AS sessions, (SELECT count(*) FROM events) AS events`.execute(
      lab.db.store.read,
    );
  return rows[0];
}

type Row = readonly [
  name: string,
  request: Omit<ApiRequest, 'url'> & { url?: string },
  code: ErrorCode,
  at?: string,
];

const scan = (body: unknown): Omit<ApiRequest, 'url'> & { url: string } => ({
  method: 'POST',
  url: ROUTES.scans,
  body,
});

const BODIES: readonly Row[] = [
  ['no body', { method: 'POST', url: ROUTES.scans }, 'invalid_request'],
  [
    'an empty body',
    { method: 'POST', url: ROUTES.scans, body: '', headers: { 'content-type': 'application/json' } },
    'invalid_request',
  ],
  ['broken JSON', scan('{"targets":'), 'invalid_request'],
  ['a list', scan([]), 'invalid_request'],
  ['null', scan('null'), 'invalid_request'],
  ['a number', scan('7'), 'invalid_request'],
  ['a poisoned prototype', scan('{"__proto__":{"a":1},"targets":["127.0.0.1"]}'), 'invalid_request'],
  ['no targets', scan({}), 'invalid_request', 'targets'],
  ['an empty list of targets', scan({ targets: [] }), 'invalid_request', 'targets'],
  ['text for targets', scan({ targets: '127.0.0.1' }), 'invalid_request', 'targets'],
  ['a number among targets', scan({ targets: ['127.0.0.1', 7] }), 'invalid_request', 'targets.1'],
  ['an empty target', scan({ targets: [''] }), 'invalid_request', 'targets.0'],
  ['a target too long', scan({ targets: ['x'.repeat(1_001)] }), 'invalid_request', 'targets.0'],
  [
    'too many targets',
    scan({ targets: Array.from({ length: MAX_TARGETS_PER_SCAN + 1 }, () => '::1') }),
    'invalid_request',
    'targets',
  ],
  ['an unknown field', scan({ targets: TARGETS, prots: '22' }), 'invalid_request', 'prots'],
  ['an unknown type of scan', scan({ targets: TARGETS, scan_type: 'xmas' }), 'invalid_request', 'scan_type'],
  ['a rate of nothing', scan({ targets: TARGETS, rate: 0 }), 'invalid_request', 'rate'],
  ['a rate in words', scan({ targets: TARGETS, rate: 'fast' }), 'invalid_request', 'rate'],
  ['half a packet', scan({ targets: TARGETS, rate: 1.5 }), 'invalid_request', 'rate'],
  [
    'a rate beyond all bounds',
    scan({ targets: TARGETS, per_host_rate: 1e12 }),
    'invalid_request',
    'per_host_rate',
  ],
  ['yes in words', scan({ targets: TARGETS, confirm_large: 'yes' }), 'invalid_request', 'confirm_large'],
  ['a name of blanks', scan({ targets: TARGETS, name: '   ' }), 'invalid_request', 'name'],
  ['a name too long', scan({ targets: TARGETS, name: 'x'.repeat(101) }), 'invalid_request', 'name'],
  ['a NUL in a name', scan({ targets: TARGETS, name: 'a\0b' }), 'invalid_request', 'name'],
  ['a NUL in a target', scan({ targets: ['a\0b'] }), 'invalid_request', 'targets.0'],
  ['a target that is none', scan({ targets: ['256.1.1.1'] }), 'invalid_target', '256.1.1.1'],
  ['a multicast target', scan({ targets: ['224.0.0.1'] }), 'target_refused'],
  ['nothing left to scan', scan({ targets: TARGETS, exclude: TARGETS }), 'target_empty'],
  [
    'a name among exclusions',
    scan({ targets: TARGETS, exclude: ['localhost'] }),
    'invalid_target',
    'localhost',
  ],
  ['ports that are none', scan({ targets: TARGETS, ports: '0-99999' }), 'invalid_ports'],
  ['UDP ports', scan({ targets: TARGETS, ports: 'U:53' }), 'invalid_ports', 'U:'],
  ['an unknown site', scan({ targets: TARGETS, ports: '22', site: 'moon' }), 'not_found', 'moon'],
  ['a size that wants a yes', scan({ targets: ['127.0.0.0/16'], ports: '1-100' }), 'confirmation_required'],
  ['a size that nothing can hold', scan({ targets: ['fd00::/8'], confirm_large: true }), 'scan_too_large'],
  [
    'a plan for an unknown site',
    { method: 'POST', url: ROUTES.scanPlan, body: { targets: TARGETS, site: 'moon' } },
    'not_found',
    'moon',
  ],
  ['a key without a name', { method: 'POST', url: ROUTES.apiKeys, body: {} }, 'invalid_request', 'name'],
  [
    'a key with an expiry in words',
    { method: 'POST', url: ROUTES.apiKeys, body: { name: 'x', expires_at: 'soon' } },
    'invalid_request',
    'expires_at',
  ],
  [
    'a key that expires on February 30',
    { method: 'POST', url: ROUTES.apiKeys, body: { name: 'x', expires_at: '2030-02-30T00:00:00Z' } },
    'invalid_request',
    'expires_at',
  ],
  ['a sign-in with nothing', { method: 'POST', url: ROUTES.signIn, body: {} }, 'invalid_request'],
  [
    'a sign-in with both',
    { method: 'POST', url: ROUTES.signIn, body: { key: 'a', token: 'b' } },
    'invalid_request',
  ],
  [
    'a sign-in with a number',
    { method: 'POST', url: ROUTES.signIn, body: { key: 1 } },
    'invalid_request',
    'key',
  ],
];

const QUERIES: readonly Row[] = [
  ['page zero', { url: `${ROUTES.hosts}?page=0` }, 'invalid_request', 'page'],
  ['a page in words', { url: `${ROUTES.hosts}?page=two` }, 'invalid_request', 'page'],
  ['half a page', { url: `${ROUTES.hosts}?page=1.5` }, 'invalid_request', 'page'],
  ['two pages', { url: `${ROUTES.hosts}?page=1&page=2` }, 'invalid_request', 'page'],
  ['a page too far', { url: `${ROUTES.scans}?page=100001` }, 'invalid_request', 'page'],
  ['a page too large', { url: `${ROUTES.scans}?page_size=1001` }, 'invalid_request', 'page_size'],
  ['an unknown status', { url: `${ROUTES.scans}?status=done` }, 'invalid_request', 'status'],
  ['an unknown order', { url: `${ROUTES.hosts}?sort_by=name` }, 'invalid_request', 'sort_by'],
  ['an empty search', { url: `${ROUTES.hosts}?search=` }, 'invalid_request', 'search'],
  ['a NUL in a search', { url: `${ROUTES.hosts}?search=%00` }, 'invalid_request', 'search'],
  ['an unknown parameter', { url: `${ROUTES.hosts}?stauts=up` }, 'invalid_request', 'stauts'],
  [
    'a flag that is neither',
    { url: `${ROUTES.scanResults(SOME_ID)}?all_states=maybe` },
    'invalid_request',
    'all_states',
  ],
];

const PATHS: readonly Row[] = [
  ['a scan that is not there', { url: ROUTES.scan(SOME_ID) }, 'not_found', SOME_ID],
  ['results of a scan that is not there', { url: ROUTES.scanResults(SOME_ID) }, 'not_found', SOME_ID],
  ['the diff of a scan that is not there', { url: ROUTES.scanDiff(SOME_ID) }, 'not_found', SOME_ID],
  ['the scans of a host that is not there', { url: ROUTES.hostScans(SOME_ID) }, 'not_found', SOME_ID],
  ['a scan without an id', { url: ROUTES.scan('7') }, 'invalid_request', 'id'],
  ['an id with SQL in it', { url: ROUTES.scan("' OR 1=1") }, 'invalid_request', 'id'],
  ['stopping what is not there', { method: 'POST', url: ROUTES.stopScan(SOME_ID) }, 'not_found', SOME_ID],
  ['resuming what is not there', { method: 'POST', url: ROUTES.resumeScan(SOME_ID) }, 'not_found', SOME_ID],
  ['revoking without an id', { method: 'DELETE', url: `${ROUTES.apiKeys}/x` }, 'invalid_request', 'id'],
  ['a host that is not there', { url: ROUTES.host(SOME_ID) }, 'not_found', SOME_ID],
  ['an address that is not there', { url: ROUTES.host('fd00::1') }, 'not_found', 'fd00::1'],
  ['a host by its name', { url: ROUTES.host('printer') }, 'invalid_request', 'printer'],
  ['a NUL for a host', { url: `${ROUTES.hosts}/%00` }, 'invalid_request', 'id'],
  ['a path with broken encoding', { url: `${ROUTES.hosts}/%zz` }, 'invalid_request'],
  ['a part of a path beyond all bounds', { url: `${ROUTES.hosts}/${'x'.repeat(500)}` }, 'not_found'],
  ['an unknown path', { url: '/api/v1/nothing' }, 'not_found'],
  ['an unknown path, with a broken body', { method: 'POST', url: '/api/v1/nothing', body: '{' }, 'not_found'],
  ['an unknown page', { url: '/nothing' }, 'not_found'],
  ['posting a page', { method: 'POST', url: '/nothing', body: {} }, 'not_found'],
  ['the live path without an upgrade', { url: ROUTES.live }, 'invalid_request'],
];

const TYPES: readonly Row[] = [
  [
    'a form',
    { ...scan('targets=127.0.0.1'), headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    'unsupported_media_type',
  ],
  ['text', { ...scan('{}'), headers: { 'content-type': 'text/plain' } }, 'unsupported_media_type'],
  ['a type that is none', { ...scan('{}'), headers: { 'content-type': 'json' } }, 'unsupported_media_type'],
  [
    'a body beyond 1 MiB',
    { method: 'POST', url: ROUTES.apiKeys, body: { name: 'x'.repeat(1_048_576) } },
    'payload_too_large',
  ],
  [
    'a scan beyond 4 MiB',
    scan({ targets: TARGETS, description: 'x'.repeat(4_194_304) }),
    'payload_too_large',
  ],
];

const PARTS = { body: BODIES, query: QUERIES, path: PATHS, 'content type': TYPES };
describe.each(Object.entries(PARTS))('a wrong %s', (_part, rows) => {
  for (const [name, { url = '/', ...request }, code, at] of rows) {
    test(name, async () => {
      const before = await counts();
      expectReported(await lab.requestAsUser({ ...request, url }), code, at);
      expect(await counts()).toEqual(before);
      expect(lab.enqueued).toEqual([]);
    });
  }
});

describe('a wrong method', () => {
  test.each([
    ['PUT', ROUTES.scans, 'GET, HEAD, POST'],
    ['PATCH', ROUTES.scan(SOME_ID), 'DELETE, GET, HEAD'],
    ['GET', ROUTES.stopScan(SOME_ID), 'POST'],
    ['GET', ROUTES.signIn, 'POST'],
    ['GET', ROUTES.scanPlan, undefined],
    ['POST', ROUTES.live, 'GET'],
    ['PATCH', `${ROUTES.apiKeys}/${SOME_ID}`, 'DELETE'],
    ['OPTIONS', ROUTES.hosts, 'GET, HEAD'],
    ['POST', '/openapi.json', 'GET, HEAD'],
  ] as const)('%s %s', async (method, url, allow) => {
    const answer = await lab.requestAsUser({ method, url });
    // To the router GET /scans/plan is a scan named "plan".
    if (allow === undefined) return expectReported(answer, 'invalid_request', 'id');
    expectReported(answer, 'method_not_allowed');
    expect(answer.headers['allow']).toBe(allow);
  });
});

describe('conflicts', () => {
  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
    '%s',
    async (type) => {
      const answer = await lab.requestAsUser({
        ...scan({ targets: TARGETS, ports: '1' }),
        url: ROUTES.scanPlan,
        headers: { 'content-type': type },
      });
      expect(answer.status).toBe(200);
    },
  );

  test('a POST without a body, and with an empty JSON one, where none is needed', async () => {
    for (const headers of [{}, { 'content-type': 'application/json' }]) {
      expect((await lab.requestAsUser({ method: 'POST', url: ROUTES.signInLinks, headers })).status).toBe(
        201,
      );
    }
  });
});

test('the longest list of targets fits into a body', async () => {
  const targets = Array.from(
    { length: MAX_TARGETS_PER_SCAN },
    (_, at) => `fd00:1111:2222:3333:4444:5555:6666:${at.toString(16)}`,
  );
  const answer = await lab.requestAsUser({
    method: 'POST',
    url: ROUTES.scanPlan,
    body: { targets, ports: '1' },
  });
  expect(answer.body).toMatchObject({ addresses: String(MAX_TARGETS_PER_SCAN) });
});

describe('messages', () => {
  test.each([
    [{ targets: ['127.0.0.1', 7] }, '"targets.1" must be text, not 7.'],
    [{ targets: [] }, '"targets" must not be empty.'],
    [{}, '"targets" is missing.'],
    [{ targets: TARGETS, rate: 'fast' }, '"rate" must be a number or be "max", not "fast".'],
    [{ targets: TARGETS, rate: 0 }, '"rate" must be at least 1.'],
    [
      { targets: TARGETS, scan_type: 'xmas' },
      `"scan_type" must be one of ${SCAN_TYPES.join(', ')}, not "xmas".`,
    ],
    [{ targets: TARGETS, name: 'x'.repeat(101) }, '"name" must have at most 100 characters.'],
    [{ targets: TARGETS, 'a\u001b[31m': 1 }, 'There is no field "a�[31m".'],
    [[], 'The body must be a JSON object, not a list.'],
  ])('%j', async (body, message) => {
    expect((await lab.requestAsUser(scan(body))).body).toMatchObject({ message });
  });

  test('of a sign-in and of a query', async () => {
    const signIn = await lab.probe({ method: 'POST', url: ROUTES.signIn, body: {} });
    expect(signIn.body).toMatchObject({ message: 'The body must have either "key" or "token".' });
    const query = await lab.requestAsUser({
      url: `${ROUTES.scanResults(SOME_ID)}?include_unresponsive=maybe`,
    });
    expect(query.body).toMatchObject({
      message: '"include_unresponsive" must be true or false, not "maybe".',
    });
    const id = await lab.requestAsUser({ url: ROUTES.scan('7') });
    expect(id.body).toMatchObject({
      message: '"id" must be an id such as 01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47, not "7".',
    });
  });
});

describe('server errors', () => {
  test('without a database: 503 with Retry-After, and readiness reports it', async () => {
    const nowhere = openDatabase({ host: '127.0.0.1', port: 1, user: 'x', database: 'x' }, () => undefined);
    // It would be searched for as long as the process runs, in which other tests follow.
    onTestFinished(() => nowhere.close());
    const away = await openApiLab({ work: { store: createStore(nowhere) } });
    try {
      const answer = await away.requestAsUser({ url: ROUTES.scans });
      expectReported(answer, 'database_unavailable');
      expect(answer.headers['retry-after']).toBe(String(RETRY_AFTER_SECONDS));
      expectReported(
        await away.requestAsUser(scan({ targets: TARGETS, ports: '1' })),
        'database_unavailable',
      );
      const ready = await away.probe({ url: ROUTES.readiness });
      expect(ready).toMatchObject({ status: 503, body: { status: 'unavailable' } });
      expect((await away.probe({ url: ROUTES.liveness })).status).toBe(200);
      const health = await away.requestAsUser({ url: ROUTES.health });
      expect(health).toMatchObject({
        status: 200,
        body: { status: 'unhealthy', database: { status: 'down' } },
      });
    } finally {
      await away.close();
    }
  });

  test('an unexpected error: 500, logged under the id that the client receives', async () => {
    const logged: unknown[] = [];
    const broken = await openApiLab({
      work: {
        resolve: () => Promise.reject(new Error('secret inside')),
        log: Object.assign(Object.create(lab.context.log), {
          error: (facts: unknown) => void logged.push(facts),
        }),
      },
    });
    try {
      const answer = await broken.requestAsUser(scan({ targets: ['printer.test'], ports: '1' }));
      expectReported(answer, 'internal');
      expect(answer.text).not.toContain('secret inside');
      expect(logged).toEqual([
        expect.objectContaining({ request: answer.headers['x-request-id'], err: expect.any(Error) }),
      ]);
    } finally {
      await broken.close();
    }
  });
});

describe('malformed HTTP', () => {
  test('gets a response all the same', async () => {
    const address = await lab.listen();
    const [host = '', port = ''] = address.split(':');
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), host, () => socket.write('NONSENSE\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(errorBodySchema.parse(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).error).toBe(
      'invalid_request',
    );
  });
});
