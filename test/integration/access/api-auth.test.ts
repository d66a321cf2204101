import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCAL_HEADER, localHeaders } from '#api/auth/local.js';
import { SESSION_COOKIE } from '#api/auth/session-cookie.js';
import { apiKeyListSchema, newApiKeySchema } from '#contract/access/api-key.js';
import { ROUTES } from '#contract/api/routes.js';
import { ensureAdministratorKey } from '#work/access/api-keys.js';
import { hashSecret, makeApiKey, makeToken } from '#work/access/secrets.js';
import { type ApiLab, fromAnother, METHODS, type Method, openApiLab } from '../../support/api/api-lab.ts';
import { makeWebRoot, type WebRoot } from '../../support/api/web-root.ts';

/** The public routes. A new one is public only when it is added here too. */
const PUBLIC_ROUTES: ReadonlySet<string> = new Set([
  ...['/api/v1/liveness', '/api/v1/readiness', '/openapi.json', '/*'].flatMap((url) => [
    `GET ${url}`,
    `HEAD ${url}`,
  ]),
  'POST /api/v1/sign-in',
]);
/** There are 1,500 of them, which took 26 s on a busy machine. */
const MANY_REQUESTS_MS = 180_000;
const SOME_ID = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47';

let lab: ApiLab;
let webRoot: WebRoot;
const routes: { readonly method: Method; readonly url: string }[] = [];
/** Routes for methods that no API client uses and that cannot be injected. */
const oddRoutes = new Set<string>();

function isInitialization(message: unknown): message is { readonly fastify: FastifyInstance } {
  return typeof message === 'object' && message !== null && 'fastify' in message;
}

function watchRoutes(message: unknown): void {
  if (!isInitialization(message)) throw new Error('the framework announces its servers in another way');
  message.fastify.addHook('onRoute', ({ method, url }) => {
    for (const raw of [method].flat()) {
      const known = METHODS.find((one) => one === raw);
      if (known === undefined) oddRoutes.add(url);
      else routes.push({ method: known, url });
    }
  });
}

beforeAll(async () => {
  subscribe('fastify.initialization', watchRoutes);
  webRoot = await makeWebRoot();
  lab = await openApiLab({ api: { webRoot: webRoot.path } });
  unsubscribe('fastify.initialization', watchRoutes);
});
afterAll(async () => {
  await lab.close();
  await webRoot.remove();
});

/** One of 65,536 keys has the chosen ending. */
const anotherEnding = (ending: string) => (ending === 'aaaa' ? 'bbbb' : 'aaaa');

function pathOf(url: string): string {
  return url.replace(':id', SOME_ID).replace('*', 'nothing');
}

describe('every registered route', () => {
  test('is either in the list of public ones or requires a credential', async () => {
    expect(routes.length).toBeGreaterThan(40);
    expect([...oddRoutes]).toEqual(['/api', '/api/*']);
    const open: string[] = [];
    for (const { method, url } of routes) {
      const { statusCode } = await lab.server.inject({ method, url: pathOf(url) });
      if (statusCode !== 401) open.push(`${method} ${url}`);
    }
    expect(open.sort()).toEqual([...PUBLIC_ROUTES].sort());
  });

  test('refuses a wrong credential of each kind, and accepts a right one', {
    timeout: MANY_REQUESTS_MS,
  }, async () => {
    const expired = await lab.newKey('expired', new Date(Date.now() + 60_000));
    await sql`UPDATE api_keys SET created_at = now() - interval '2 days', expires_at = now() - interval '1 second'
      WHERE uid = ${expired.id}`.execute(lab.db.store.read);
    const revoked = await lab.newKey('revoked');
    await lab.requestAsUser({ method: 'DELETE', url: `${ROUTES.apiKeys}/${revoked.id}` });
    const good = await lab.newKey('good');
    const wrong: Record<string, Record<string, string>> = {
      'unknown key': { 'x-api-key': makeApiKey(lab.context.random).key },
      'no key': { 'x-api-key': '' },
      'expired key': { 'x-api-key': expired.key },
      'revoked key': { authorization: `Bearer ${revoked.key}` },
      'right prefix, wrong secret': { 'x-api-key': good.key.replace(/.{4}$/, anotherEnding) },
      'other scheme': { authorization: `Basic ${good.key}` },
      'unknown session': { cookie: `${SESSION_COOKIE}=${makeToken(lab.context.random)}` },
      'malformed session': { cookie: `${SESSION_COOKIE}=1 OR 1=1` },
      'forged voucher': {
        [LOCAL_HEADER]: `${Buffer.from('os:root').toString('base64url')}.${makeToken(lab.context.random)}`,
      },
      'wrong key beside a right one': { 'x-api-key': 'scn_no', authorization: `Bearer ${good.key}` },
    };
    const guarded = routes.filter(
      ({ method, url }) => !PUBLIC_ROUTES.has(`${method} ${url}`) && !url.includes('*'),
    );
    for (const { method, url } of guarded.filter(({ method }) => method !== 'OPTIONS')) {
      for (const [name, headers] of Object.entries(wrong)) {
        const request = fromAnother({ url: pathOf(url), headers });
        const { statusCode } = await lab.server.inject({
          method,
          url: pathOf(url),
          headers: { ...request.headers },
        });
        expect(statusCode, `${name}: ${method} ${url}`).toBe(401);
      }
      const right = await lab.server.inject({
        method,
        url: pathOf(url),
        headers: { 'x-api-key': good.key },
      });
      expect(right.statusCode, `${method} ${url}`).not.toBe(401);
    }
  });

  test('unknown API paths require a credential too, whatever the method', async () => {
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS'] as const) {
      for (const url of ['/api', '/api/', '/api/v1/nothing', '/api/v2/scans', '/api?x=1']) {
        const unauthenticated = await lab.probe({ method, url });
        expect(unauthenticated.headers['www-authenticate']).toBe('Bearer realm="Scanorama"');
        expect(unauthenticated.body, `${method} ${url}`).toMatchObject({
          error: 'unauthenticated',
        });
        expect((await lab.requestAsUser({ method, url })).body, `${method} ${url}`).toMatchObject({
          error: 'not_found',
        });
      }
    }
  });
});

describe('API keys', () => {
  test('a key names its actor, in either header', async () => {
    const { key } = await lab.newKey('backup');
    for (const headers of [
      { 'x-api-key': key },
      { authorization: `Bearer ${key}` },
      { authorization: `bearer  ${key}` },
    ]) {
      expect((await lab.probe({ url: ROUTES.session, headers })).body).toEqual({
        actor: 'key:backup',
        version: '1.2.3',
      });
    }
  });

  test('is shown once and stored as a hash', async () => {
    const created = await lab.requestAsUser({ method: 'POST', url: ROUTES.apiKeys, body: { name: ' ci ' } });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ name: 'ci', expires_at: null, revoked_at: null });
    const { key, prefix } = newApiKeySchema.parse(created.body);
    expect(key).toMatch(/^scn_[a-z2-7]{8}_[a-z2-7]{52}$/);
    expect(key.startsWith(`${prefix}_`)).toBe(true);
    const list = await lab.requestAsUser({ url: ROUTES.apiKeys });
    expect(apiKeyListSchema.parse(list.body).data.some((row) => row.prefix === prefix)).toBe(true);
    expect(list.text).not.toContain(key);
    const { rows } = await sql<{ hash: Buffer }>`
      SELECT secret_hash AS hash FROM api_keys WHERE prefix = ${prefix}`.execute(lab.db.store.read);
    expect(rows[0]?.hash.equals(hashSecret(key))).toBe(true);
  });

  test('one that would have expired already is refused', async () => {
    const body = { name: 'old', expires_at: '2001-01-01T00:00:00Z' };
    const answer = await lab.requestAsUser({ method: 'POST', url: ROUTES.apiKeys, body });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request', at: 'expires_at' } });
  });

  test('revoking twice is no error, revoking an unknown key is', async () => {
    const { id, key } = await lab.newKey('gone');
    for (const _ of [1, 2]) {
      expect(await lab.requestAsUser({ method: 'DELETE', url: `${ROUTES.apiKeys}/${id}` })).toMatchObject({
        status: 204,
        text: '',
      });
    }
    expect(
      (await lab.probe(fromAnother({ url: ROUTES.session, headers: { 'x-api-key': key } }))).status,
    ).toBe(401);
    const unknown = await lab.requestAsUser({ method: 'DELETE', url: `${ROUTES.apiKeys}/${SOME_ID}` });
    expect(unknown).toMatchObject({ status: 404, body: { error: 'not_found', at: SOME_ID } });
  });

  test('the administrator key is created once, by the first caller', async () => {
    const fresh = await openApiLab();
    try {
      const kept: string[] = [];
      const ensure = () =>
        ensureAdministratorKey(fresh.context, 'os:tester', async (key) => void kept.push(key));
      await expect(ensureAdministratorKey(fresh.context, 'os:tester', cannotKeep)).rejects.toThrow(
        'no space left',
      );
      const created = await Promise.all([1, 2, 3, 4].map(ensure));
      expect(created.filter(Boolean)).toHaveLength(1);
      const [key, ...more] = kept;
      expect(more).toEqual([]);
      const answer = await fresh.probe({ url: ROUTES.session, headers: { 'x-api-key': key ?? '' } });
      expect(answer.body).toMatchObject({ actor: 'key:administrator' });
      expect(await ensure()).toBe(false);
    } finally {
      await fresh.close();
    }
  });
});

describe('requests from this process', () => {
  test('have the actor of their voucher', async () => {
    expect((await lab.requestAsUser({ url: ROUTES.session })).body).toMatchObject({ actor: 'os:tester' });
  });

  test('a voucher of another server, or changed to another actor, is refused', async () => {
    const other = await openApiLab();
    try {
      const foreign = await lab.probe(
        fromAnother({ url: ROUTES.session, headers: localHeaders(other.server, 'os:tester') }),
      );
      expect(foreign.status).toBe(401);
    } finally {
      await other.close();
    }
    const mac = localHeaders(lab.server, 'os:tester')[LOCAL_HEADER]?.split('.')[1];
    const changed = { [LOCAL_HEADER]: `${Buffer.from('os:root').toString('base64url')}.${mac}` };
    expect((await lab.probe(fromAnother({ url: ROUTES.session, headers: changed }))).status).toBe(401);
  });
});

function cannotKeep(): Promise<void> {
  return Promise.reject(new Error('no space left'));
}
