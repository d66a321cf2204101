import { expect, test } from 'vitest';
import type { ApiKey } from '#contract/access/api-key.js';
import { HOST_ID, NOW_MS, runIn } from '../../../test/support/programs/cli-context.ts';

const KEYS = 'GET /api/v1/api-keys';
const CREATE = 'POST /api/v1/api-keys';
const REVOKE = `DELETE /api/v1/api-keys/${HOST_ID}`;
const LINK = 'POST /api/v1/sign-in-links';

const key: ApiKey = {
  id: HOST_ID,
  name: 'ci',
  prefix: 'sk_abc',
  created_at: '2026-11-01T00:00:00.000Z',
  expires_at: null,
  revoked_at: null,
};
const created = { ...key, key: 'sk_abcdefgh' };

test('a new key is alone on stdout, and said to be shown once', async () => {
  const { exit, stdout, stderr, requests } = await runIn({ answers: { [CREATE]: () => created } }, [
    'api-keys',
    'create',
    'ci',
  ]);
  expect({ exit, stdout }).toEqual({ exit: 0, stdout: 'sk_abcdefgh\n' });
  expect(stderr).toBe('This is the key "ci"; it is shown this once and never again.\n');
  expect(requests[0]?.body).toEqual({ name: 'ci' });
});

test('a span becomes an instant', async () => {
  const { stdout, stderr, requests } = await runIn({ answers: { [CREATE]: () => created } }, [
    'api-keys',
    'create',
    'ci',
    '--expires-in',
    '12h',
    '--json',
  ]);
  expect(requests[0]?.body).toEqual({ name: 'ci', expires_at: new Date(NOW_MS + 43_200_000).toISOString() });
  expect(JSON.parse(stdout)).toEqual(created);
  expect(stderr).toBe('');
});

test('the list tells valid from expired and revoked', async () => {
  const data: ApiKey[] = [
    key,
    { ...key, name: 'old', expires_at: new Date(NOW_MS).toISOString() },
    { ...key, name: 'later', expires_at: new Date(NOW_MS + 1).toISOString() },
    { ...key, name: 'gone', revoked_at: '2026-11-02T00:00:00.000Z' },
  ];
  const fixture = { answers: { [KEYS]: () => ({ data }) } };
  const lines = (await runIn(fixture, ['api-keys', 'list'])).stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.split(/ {2,}/).slice(1, 4))).toEqual([
    ['NAME', 'BEGINS', 'STATE'],
    ['ci', 'sk_abc', 'valid'],
    ['old', 'sk_abc', 'expired'],
    ['later', 'sk_abc', 'valid'],
    ['gone', 'sk_abc', 'revoked'],
  ]);
  expect(JSON.parse((await runIn(fixture, ['api-keys', 'list', '--json'])).stdout)).toEqual(data);
  const stream = (await runIn(fixture, ['api-keys', 'list', '--json=stream'])).stdout;
  expect(
    stream
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(data);
});

test('no keys are said in words', async () => {
  expect((await runIn({ answers: { [KEYS]: () => ({ data: [] }) } }, ['api-keys', 'list'])).stdout).toBe(
    'No API keys.\n',
  );
});

test('a key is revoked by its id', async () => {
  const fixture = { answers: { [REVOKE]: () => undefined } };
  const { exit, stdout, calls } = await runIn(fixture, ['api-keys', 'revoke', HOST_ID]);
  expect({ exit, stdout, calls }).toEqual({
    exit: 0,
    stdout: `The key ${HOST_ID} is revoked.\n`,
    calls: [REVOKE],
  });
  expect(JSON.parse((await runIn(fixture, ['api-keys', 'revoke', HOST_ID, '--json'])).stdout)).toEqual({
    id: HOST_ID,
    revoked: true,
  });
});

const link = { token: 'a/b c', expires_at: '2026-11-23T12:10:00.000Z' };

test.each(['http://127.0.0.1:8080', 'http://127.0.0.1:8080/'])(
  'a link is of the server at %s',
  async (serverUrl) => {
    const fixture = { answers: { [LINK]: () => link }, serverUrl, where: 'local-server' as const };
    const { exit, stdout } = await runIn(fixture, ['api-keys', 'link']);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: 'http://127.0.0.1:8080/sign-in?token=a%2Fb%20c\n' });
    expect(JSON.parse((await runIn(fixture, ['api-keys', 'link', '--json'])).stdout)).toEqual({
      link: 'http://127.0.0.1:8080/sign-in?token=a%2Fb%20c',
      expires_at: link.expires_at,
    });
  },
);

test('without a server no link is made', async () => {
  const { exit, stderr, calls } = await runIn({ answers: { [LINK]: () => link }, serverUrl: null }, [
    'api-keys',
    'link',
  ]);
  expect({ exit, calls }).toEqual({ exit: 1, calls: [] });
  expect(stderr).toContain('[server_unreachable]\nhint: Start one with `scanorama serve`.\n');
});
