import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { LOCAL_HEADER, localHeaders } from '#api/auth/local.js';
import { SESSION_COOKIE } from '#api/auth/session-cookie.js';
import { MAX_LIVE_CLIENTS, PING_INTERVAL_MS, RECHECK_INTERVAL_MS } from '#api/live/clients.js';
import { ROUTES } from '#contract/api/routes.js';
import { createSignInLink, signInWithToken } from '#work/access/api-keys.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { LiveListener } from '../../support/scans/live-listener.ts';

let lab: ApiLab;
let address: string;
beforeAll(async () => {
  lab = await openApiLab();
  address = await lab.listen();
});
afterAll(() => lab.close());

const listeners: LiveListener[] = [];
afterEach(() => {
  for (const { socket } of listeners.splice(0)) socket.terminate();
});

async function listen(headers: Record<string, string>): Promise<LiveListener> {
  const listener = new LiveListener(address, headers);
  listeners.push(listener);
  await listener.until((messages) => messages.length > 0);
  return listener;
}

/** The status with which an upgrade is refused. */
async function refusalOf(headers: Record<string, string>, path: string = ROUTES.live): Promise<number> {
  const socket = new WebSocket(`ws://${address}${path}`, { headers });
  socket.on('error', () => undefined);
  const [, response] = await once(socket, 'unexpected-response');
  socket.terminate();
  return response.statusCode;
}

async function sessionCookie(): Promise<string> {
  const { token } = await createSignInLink(lab.context, { actor: 'os:tester', apiKeyId: null });
  return `${SESSION_COOKIE}=${(await signInWithToken(lab.context, token)).session}`;
}

describe('connecting', () => {
  test('without a credential, or with a wrong one, no client gets in', async () => {
    expect(await refusalOf({})).toBe(401);
    expect(await refusalOf({ 'x-api-key': 'scn_no' })).toBe(401);
    expect(await refusalOf({ cookie: `${SESSION_COOKIE}=no`, origin: `http://${address}` })).toBe(401);
    expect(await refusalOf({ [LOCAL_HEADER]: 'b3M6cm9vdA.no' })).toBe(401);
  });

  test('a page of the product connects with its cookie; another site, and no site at all, does not', async () => {
    const cookie = await sessionCookie();
    expect(await refusalOf({ cookie, origin: 'http://evil.example' })).toBe(403);
    expect(await refusalOf({ cookie })).toBe(403);
    const listener = await listen({ cookie, origin: `http://${address}` });
    expect(listener.messages).toEqual([{ type: 'hello', version: '1.2.3' }]);
  });

  test('a program connects with its key', async () => {
    const { key } = await lab.newKey('screen');
    const listener = await listen({ authorization: `Bearer ${key}` });
    expect(listener.messages).toHaveLength(1);
  });

  test('no other path speaks WebSocket', async () => {
    const headers = localHeaders(lab.server, 'os:tester');
    expect(await refusalOf(headers, ROUTES.session)).toBeLessThan(500);
    // As Node.js behaves where it cannot refuse upgrades.
    await expect(lab.server.injectWS(ROUTES.session, { headers })).rejects.toThrow('400');
    await expect(lab.server.injectWS('/')).rejects.toThrow('400');
  });

  test('a request for another protocol is answered as a plain one', async () => {
    const [host, port] = address.split(':');
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' };
    const sending = request({ host, port, path: ROUTES.liveness, headers });
    sending.end();
    const [response] = await once(sending, 'response');
    response.resume();
    expect(response.statusCode).toBe(200);
  });
});

test('a client whose key was revoked is disconnected at the next check, and no other', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const checking = await openApiLab();
  try {
    const at = await checking.listen();
    const revoked = await checking.newKey('revoked');
    const { key } = await checking.newKey('kept');
    const leaving = new LiveListener(at, { 'x-api-key': revoked.key });
    const staying = new LiveListener(at, { 'x-api-key': key });
    for (const one of [leaving, staying]) await one.until((messages) => messages.length > 0);
    await checking.requestAsUser({ method: 'DELETE', url: `${ROUTES.apiKeys}/${revoked.id}` });
    // A ping is sent before; its response has to be here by the next one, which is sent with the check.
    const answered = [...checking.server.websocketServer.clients].map((client) => once(client, 'pong'));
    await vi.advanceTimersByTimeAsync(PING_INTERVAL_MS);
    await Promise.all(answered);
    await vi.advanceTimersByTimeAsync(RECHECK_INTERVAL_MS - PING_INTERVAL_MS);
    expect(await leaving.closed).toBe(1008);
    expect(staying.socket.readyState).toBe(WebSocket.OPEN);
  } finally {
    vi.useRealTimers();
    await checking.close();
  }
});

test('a thousand clients can connect, and no more', async () => {
  const crowded = await openApiLab();
  const headers = localHeaders(crowded.server, 'os:tester');
  const enter = () => crowded.server.injectWS(ROUTES.live, { headers });
  try {
    const inside = await Promise.all(Array.from({ length: MAX_LIVE_CLIENTS }, enter));
    await expect(enter()).rejects.toThrow('429');
    inside.pop()?.terminate();
    await expect.poll(() => enter().then(() => 'in')).toBe('in');
    for (const socket of inside) socket.terminate();
  } finally {
    await crowded.close();
  }
});

test('closing the server sends a close frame and does not wait for unresponsive clients', async () => {
  const closing = await openApiLab();
  const at = await closing.listen();
  const polite = new LiveListener(at, localHeaders(closing.server, 'os:tester'));
  const unresponsive = new LiveListener(at, localHeaders(closing.server, 'os:tester'));
  await Promise.all([polite, unresponsive].map((one) => one.until((messages) => messages.length > 0)));
  unresponsive.socket.pause();
  try {
    const begunMs = performance.now();
    await closing.server.close();
    // The library alone would wait thirty seconds for the unresponsive one.
    expect(performance.now() - begunMs).toBeLessThan(20_000);
    expect(await polite.closed).toBe(1001);
  } finally {
    unresponsive.socket.resume();
    unresponsive.socket.terminate();
    await closing.close();
  }
});
