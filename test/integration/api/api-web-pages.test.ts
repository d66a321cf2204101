import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '#contract/api/routes.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { makeWebRoot, START_PAGE, type WebRoot } from '../../support/api/web-root.ts';

const NAVIGATION = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe('with the web app built', () => {
  let lab: ApiLab;
  let webRoot: WebRoot;
  beforeAll(async () => {
    webRoot = await makeWebRoot();
    lab = await openApiLab({ api: { webRoot: webRoot.path } });
  });
  afterAll(async () => {
    await lab.close();
    await webRoot.remove();
  });

  test.each([
    '/',
    '/index.html',
    '/scans',
    '/hosts/01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47',
    '/sign-in?token=x',
    '/a.b/c',
    '/%61pi-notes',
  ])('navigating to %s shows the start page, never from a cache', async (url) => {
    const answer = await lab.probe({ url, headers: NAVIGATION });
    expect(answer).toMatchObject({ status: 200, text: START_PAGE });
    expect(answer.headers['content-type']).toMatch(/^text\/html/);
    expect(answer.headers['cache-control']).toBe('no-cache');
  });

  test('assets may be cached forever, other files not', async () => {
    const asset = await lab.probe({ url: '/assets/app-3f1d5a8c.js' });
    expect(asset.text).toContain('42');
    expect(asset.headers['content-type']).toMatch(/javascript/);
    expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    const icon = await lab.probe({ url: '/favicon.svg' });
    expect(icon.headers['cache-control']).toBe('no-cache');
    const again = await lab.probe({
      url: '/favicon.svg',
      headers: { 'if-none-match': String(icon.headers['etag']) },
    });
    expect(again).toMatchObject({ status: 304, text: '' });
    expect(await lab.probe({ method: 'HEAD', url: '/' })).toMatchObject({ status: 200, text: '' });
  });

  test.each([
    ['a missing asset, even for a page', '/assets/gone.js', NAVIGATION],
    ['a missing file for a program', '/nothing', { accept: '*/*' }],
    ['a missing file', '/nothing', {}],
    ['a hidden file', '/.hidden', {}],
    ['a file outside', '/../secret.txt', {}],
    ['a file outside, encoded', '/%2e%2e/secret.txt', {}],
    ['a file outside, encoded whole', '/..%2fsecret.txt', {}],
    ['a file outside, through assets', '/assets/../../secret.txt', {}],
    ['a file outside, with backslashes', '/..%5csecret.txt', {}],
    ['an absolute path', '//etc/passwd', {}],
    ['a NUL', '/index.html%00', {}],
    ['a directory', '/assets', {}],
    ['a directory', '/assets/', {}],
  ])('%s is not there: %s', async (_name, url, headers) => {
    const answer = await lab.probe({ url, headers });
    expect(answer.body, answer.text).toMatchObject({ error: 'not_found' });
    expect(answer.status).toBe(404);
  });

  test.each(['/api', '/api/v1/nothing'])('%s is never a page', async (url) => {
    expect(await lab.probe({ url, headers: NAVIGATION })).toMatchObject({
      status: 401,
      body: { error: 'unauthenticated' },
    });
    expect(await lab.requestAsUser({ url, headers: NAVIGATION })).toMatchObject({
      status: 404,
      body: { error: 'not_found' },
    });
  });

  test('pages run only their own scripts, and no header promises https', async () => {
    const { headers } = await lab.probe({ url: '/', headers: NAVIGATION });
    const policy = String(headers['content-security-policy']).split(';');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(headers['content-security-policy']).not.toMatch(/unsafe|upgrade-insecure/);
    expect(headers).not.toHaveProperty('strict-transport-security');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    expect(headers).not.toHaveProperty('x-powered-by');
    const api = await lab.probe({ url: ROUTES.liveness });
    expect(api.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });
});

describe('without the web app', () => {
  test('a plain sentence explains that', async () => {
    const lab = await openApiLab();
    try {
      const start = await lab.probe({ url: '/' });
      expect(start.status).toBe(200);
      expect(start.headers['content-type']).toMatch(/^text\/plain/);
      expect(start.text).toMatch(/^Scanorama is running\..*\n$/);
      expect(await lab.probe({ url: '/scans', headers: NAVIGATION })).toMatchObject({
        status: 404,
        text: start.text,
      });
      expect(await lab.probe({ url: '/scans' })).toMatchObject({ status: 404, body: { error: 'not_found' } });
    } finally {
      await lab.close();
    }
  });
});
