import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAILURES_PER_MINUTE, SIGN_INS_PER_MINUTE } from '#api/auth/failure-limit.js';
import { SESSION_COOKIE } from '#api/auth/session-cookie.js';
import { signInLinkSchema } from '#contract/access/api-key.js';
import { ROUTES } from '#contract/api/routes.js';
import { hashSecret, makeApiKey, makeToken } from '#work/access/secrets.js';
import { type ApiLab, fromAnother, openApiLab } from '../../support/api/api-lab.ts';

let lab: ApiLab;
beforeAll(async () => {
  lab = await openApiLab();
});
afterAll(() => lab.close());

async function newLinkToken(): Promise<string> {
  const answer = await lab.requestAsUser({ method: 'POST', url: ROUTES.signInLinks, body: {} });
  expect(answer.status).toBe(201);
  return signInLinkSchema.parse(answer.body).token;
}

async function signIn(body: unknown, headers: Record<string, string> = {}) {
  const answer = await lab.probe(fromAnother({ method: 'POST', url: ROUTES.signIn, body, headers }));
  const cookie = String(answer.headers['set-cookie'] ?? '');
  return { ...answer, cookie, session: cookie.split(';', 1)[0] ?? '' };
}

describe('sessions', () => {
  test('a link signs in once, as the actor who created it', async () => {
    const token = await newLinkToken();
    const first = await signIn({ token });
    expect(first).toMatchObject({ status: 200, body: { actor: 'os:tester', version: '1.2.3' } });
    expect((await lab.probe({ url: ROUTES.session, headers: { cookie: first.session } })).body).toMatchObject(
      {
        actor: 'os:tester',
      },
    );
    const again = await signIn({ token });
    expect(again).toMatchObject({ status: 401, cookie: '', body: { error: 'unauthenticated' } });
  });

  test('of many concurrent uses of a link, one succeeds', async () => {
    const token = await newLinkToken();
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => signIn({ token })));
    expect(answers.map(({ status }) => String(status)).sort()).toEqual([
      '200',
      ...Array.from({ length: 5 }, () => '401'),
    ]);
  });

  test('a link is valid for fifteen minutes', async () => {
    const token = await newLinkToken();
    const hash = hashSecret(token);
    const { rows } = await sql<{ minutes: number }>`
      SELECT extract(epoch FROM expires_at - created_at)::int / 60 AS minutes FROM sign_in_tokens
      WHERE token_hash = ${hash}`.execute(lab.db.store.read);
    expect(rows[0]?.minutes).toBe(15);
    await sql`UPDATE sign_in_tokens SET created_at = now() - interval '16 minutes', expires_at = now() - interval '1 second'
      WHERE token_hash = ${hash}`.execute(lab.db.store.read);
    expect((await signIn({ token })).status).toBe(401);
  });

  test('the cookie is not accessible to scripts and other sites, and Secure behind https only', async () => {
    const plain = await signIn({ token: await newLinkToken() });
    expect(plain.cookie).toMatch(
      /^scanorama_session=[A-Za-z0-9_-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const proxied = await signIn({ token: await newLinkToken() }, { 'x-forwarded-proto': 'https' });
    expect(proxied.cookie).toMatch(/; HttpOnly; Secure; SameSite=Strict$/);
    const { rows } = await sql<{ found: number }>`SELECT count(*) AS found FROM sessions
      WHERE token_hash = ${hashSecret(plain.session.slice(SESSION_COOKIE.length + 1))}`.execute(
      lab.db.store.read,
    );
    expect(rows[0]?.found).toBe(1);
  });

  test('one opened with a key ends with the key', async () => {
    const { id, key } = await lab.newKey('browser');
    const { session, body } = await signIn({ key });
    expect(body).toMatchObject({ actor: 'key:browser' });
    await lab.requestAsUser({ method: 'DELETE', url: `${ROUTES.apiKeys}/${id}` });
    expect((await lab.probe(fromAnother({ url: ROUTES.session, headers: { cookie: session } }))).status).toBe(
      401,
    );
  });

  test('a link created with a key, and its sessions, end with the key', async () => {
    const { id, key } = await lab.newKey('link maker');
    const linkOf = async (headers: Record<string, string>) => {
      const answer = await lab.probe({ method: 'POST', url: ROUTES.signInLinks, headers, body: {} });
      return signInLinkSchema.parse(answer.body).token;
    };
    const unused = await linkOf({ 'x-api-key': key });
    const first = await signIn({ token: await linkOf({ 'x-api-key': key }) });
    // A key created in a session gets no more permissions than the session has.
    const second = await signIn({ token: await linkOf({ cookie: first.session }) });
    const read = ({ session }: { session: string }) =>
      lab.probe(fromAnother({ url: ROUTES.session, headers: { cookie: session } }));
    expect([(await read(first)).status, (await read(second)).status]).toEqual([200, 200]);
    await lab.requestAsUser({ method: 'DELETE', url: `${ROUTES.apiKeys}/${id}` });
    expect([(await read(first)).status, (await read(second)).status]).toEqual([401, 401]);
    expect(await signIn({ token: unused })).toMatchObject({ status: 401, cookie: '' });
  });

  test('signing out ends it and removes the cookie', async () => {
    const { session } = await signIn({ token: await newLinkToken() });
    const out = await lab.probe({ method: 'POST', url: ROUTES.signOut, headers: { cookie: session } });
    expect(out).toMatchObject({ status: 204, text: '' });
    expect(String(out.headers['set-cookie'])).toMatch(
      /^scanorama_session=; .*(Expires=Thu, 01 Jan 1970|Max-Age=0)/,
    );
    expect((await lab.probe(fromAnother({ url: ROUTES.session, headers: { cookie: session } }))).status).toBe(
      401,
    );
  });

  test('wrong keys and tokens do not sign in', async () => {
    const { key } = await lab.newKey('near');
    for (const body of [
      { key: `${key}a` },
      { key: 'x' },
      { key: makeApiKey(lab.context.random).key },
      { token: 'x' },
      { token: makeToken(lab.context.random) },
    ]) {
      expect(await signIn(body)).toMatchObject({
        status: 401,
        cookie: '',
        body: { error: 'unauthenticated' },
      });
    }
  });
});

describe('limits', () => {
  test('one client address may sign in ten times a minute, and others are not affected', async () => {
    const headers = { 'x-forwarded-for': '198.19.0.1' };
    const attempt = () => lab.probe({ method: 'POST', url: ROUTES.signIn, headers, body: { token: 'x' } });
    for (let count = 0; count < SIGN_INS_PER_MINUTE; count += 1) expect((await attempt()).status).toBe(401);
    const refused = await attempt();
    expect(refused).toMatchObject({ status: 429, body: { error: 'rate_limited' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await signIn({ token: await newLinkToken() })).status).toBe(200);
  });

  test('wrong credentials are limited; right ones from the same address are not', async () => {
    const { key } = await lab.newKey('neighbor');
    const headers = { 'x-forwarded-for': '198.19.0.2' };
    const attempt = () =>
      lab.probe({ url: ROUTES.session, headers: { ...headers, 'x-api-key': 'scn_wrong' } });
    for (let count = 0; count < FAILURES_PER_MINUTE; count += 1) expect((await attempt()).status).toBe(401);
    expect(await attempt()).toMatchObject({ status: 429, body: { error: 'rate_limited' } });
    for (let count = 0; count < 3; count += 1) {
      expect(
        (await lab.probe({ url: ROUTES.session, headers: { ...headers, 'x-api-key': key } })).status,
      ).toBe(200);
    }
  });
});

describe('requests that a page of another site makes', () => {
  const HOST = 'scanorama.lab:8080';
  let cookie: string;
  beforeAll(async () => {
    cookie = (await signIn({ token: await newLinkToken() })).session;
  });

  test.each([
    ['another site', 'http://evil.example', 403],
    ['another port of this host', 'http://scanorama.lab:9090', 403],
    ['this host and more', 'http://scanorama.lab:8080.evil.example', 403],
    ['no origin to speak of', 'null', 403],
    ['nonsense', '%%%', 403],
    ['a page of ours', 'http://scanorama.lab:8080', 201],
    ['a page of ours behind a proxy with https', 'https://scanorama.lab:8080', 201],
  ])('%s', async (_name, origin, status) => {
    const headers = { cookie, origin, host: HOST };
    expect((await lab.probe({ method: 'POST', url: ROUTES.signInLinks, headers })).status).toBe(status);
    expect((await lab.probe({ url: ROUTES.session, headers })).status).toBe(200);
  });

  test('the default port may be written or omitted', async () => {
    for (const [host, origin] of [
      ['scanorama.lab', 'http://scanorama.lab:80'],
      ['scanorama.lab:80', 'http://scanorama.lab'],
      ['scanorama.lab:443', 'https://scanorama.lab'],
    ]) {
      const headers = { cookie, host: host ?? '', origin: origin ?? '' };
      expect((await lab.probe({ method: 'POST', url: ROUTES.signInLinks, headers })).status).toBe(201);
    }
  });

  test('programs without an Origin, and keys with any Origin, are accepted', async () => {
    expect((await lab.probe({ method: 'POST', url: ROUTES.signInLinks, headers: { cookie } })).status).toBe(
      201,
    );
    const { key } = await lab.newKey('script');
    const headers = { 'x-api-key': key, origin: 'http://evil.example' };
    expect((await lab.probe({ method: 'POST', url: ROUTES.signInLinks, headers })).status).toBe(201);
  });

  test('a form cannot be posted', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const headers = { cookie, host: HOST, origin: `http://${HOST}`, 'content-type': type };
      const answer = await lab.probe({
        method: 'POST',
        url: ROUTES.apiKeys,
        headers,
        body: '{"name":"forged"}',
      });
      expect(answer).toMatchObject({ status: 415, body: { error: 'unsupported_media_type' } });
    }
    const { rows } = await sql`SELECT FROM api_keys WHERE name = 'forged'`.execute(lab.db.store.read);
    expect(rows).toEqual([]);
  });
});
