import { once } from 'node:events';
import { request } from 'node:http';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { LOCAL_HEADER, localHeaders } from '#api/auth/local.js';
import { SESSION_COOKIE } from '#api/auth/session-cookie.js';
import { MAX_LIVE_CLIENTS, RECHECK_INTERVAL_MS } from '#api/live/clients.js';
import { type LiveMessage, liveMessageSchema } from '#contract/live.js';
import { ROUTES } from '#contract/routes.js';
import { hearAnnouncements } from '#store/announcements.js';
import { findHostsByAddress } from '#store/host-views.js';
import { createSignInLink, signInWithToken } from '#work/api-keys.js';
import { deleteHost, purgeHost } from '#work/delete-host.js';
import { deleteScan, purgeScan } from '#work/delete-scan.js';
import { changeHost } from '#work/edit-host.js';
import { stopScan } from '#work/stop-scan.js';
import { tellScan } from '../one-port-scan.ts';
import { begin, order } from '../worker.ts';
import { type ApiLab, openApiLab } from './fixtures/api-lab.ts';
import { tellRun } from './fixtures/life-runs.ts';

let lab: ApiLab;
let address: string;
let unhear: () => Promise<void>;
beforeAll(async () => {
  lab = await openApiLab();
  address = await lab.listen();
  const announcements = await hearAnnouncements(lab.db.address, () => undefined);
  announcements.subscribe(({ kind, scan }) => lab.announce(kind, scan));
  unhear = () => announcements.close();
});
afterAll(async () => {
  await unhear();
  await lab.close();
});

class Listener {
  readonly messages: LiveMessage[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  #wake: () => void = () => undefined;

  constructor(headers: Record<string, string>, at = address) {
    this.socket = new WebSocket(`ws://${at}${ROUTES.live}`, { headers });
    this.closed = once(this.socket, 'close').then(([code]) => Number(code));
    this.socket.on('message', (data) => {
      this.messages.push(liveMessageSchema.parse(JSON.parse(Buffer.isBuffer(data) ? data.toString() : '')));
      this.#wake();
    });
  }

  /** Waits until the messages so far satisfy. */
  async until(satisfied: (messages: readonly LiveMessage[]) => boolean): Promise<readonly LiveMessage[]> {
    while (!satisfied(this.messages)) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.messages;
  }
}

const listeners: Listener[] = [];
afterEach(() => {
  for (const { socket } of listeners.splice(0)) socket.terminate();
});

async function listen(headers: Record<string, string>): Promise<Listener> {
  const listener = new Listener(headers);
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

test('hosts that are edited are told of, once for all', async () => {
  const { uid } = await tellHost();
  const { key } = await lab.newKey('hosts');
  const listener = await listen({ 'x-api-key': key });
  for (const customName of ['one', 'two', 'three'])
    await changeHost(lab.context, uid, { wish: { customName }, actor: 'test' });
  const messages = await listener.until((all) => all.some(({ type }) => type === 'hosts'));
  expect(messages.filter(({ type }) => type === 'hosts')).toEqual([{ type: 'hosts' }]);
});

async function tellHost(): Promise<{ readonly uid: string }> {
  const address = '198.18.77.1';
  await tellRun(lab.context, { targets: address, at: new Date(), answered: [address] });
  const [host] = await findHostsByAddress(lab.db.store.read, address);
  if (host === undefined) throw new Error('there is no host');
  return host;
}

describe('coming in', () => {
  test('without a credential, or with a wrong one, nobody gets in', async () => {
    expect(await refusalOf({})).toBe(401);
    expect(await refusalOf({ 'x-api-key': 'scn_no' })).toBe(401);
    expect(await refusalOf({ cookie: `${SESSION_COOKIE}=no`, origin: `http://${address}` })).toBe(401);
    expect(await refusalOf({ [LOCAL_HEADER]: 'b3M6cm9vdA.no' })).toBe(401);
  });

  test('a page of ours gets in with its cookie; another site, and no site at all, does not', async () => {
    const cookie = await sessionCookie();
    expect(await refusalOf({ cookie, origin: 'http://evil.example' })).toBe(403);
    expect(await refusalOf({ cookie })).toBe(403);
    const listener = await listen({ cookie, origin: `http://${address}` });
    expect(listener.messages).toEqual([{ type: 'hello', version: '1.2.3' }]);
  });

  test('a program gets in with its key', async () => {
    const { key } = await lab.newKey('screen');
    const listener = await listen({ authorization: `Bearer ${key}` });
    expect(listener.messages).toHaveLength(1);
  });

  test('no other path speaks WebSocket', async () => {
    const headers = localHeaders(lab.server, 'os:tester');
    expect(await refusalOf(headers, ROUTES.session)).toBeLessThan(500);
    // As Node hears it where it cannot be told to refuse upgrades.
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

describe('news', () => {
  test('tells every client of a scan as it is committed, to its end', async () => {
    const headers = localHeaders(lab.server, 'os:tester');
    const [one, other] = await Promise.all([listen(headers), listen(headers)]);
    const uid = await begin(lab.context, order(['127.0.0.1'], '1'));
    await stopScan(lab.context, uid);
    for (const listener of [one, other]) {
      const messages = await listener.until((all) =>
        all.some((message) => message.type === 'scan' && message.scan.status === 'cancelled'),
      );
      const scans = messages.flatMap((message) => (message.type === 'scan' ? [message.scan] : []));
      expect(scans.every(({ id }) => id === uid)).toBe(true);
      expect(scans.at(-1)).toEqual((await lab.askAsUser({ url: ROUTES.scan(uid) })).body);
    }
  });

  test('tells of what somebody deletes and purges, scans and hosts alike', async () => {
    const uid = await tellScan(lab.context, { address: '127.78.9.1', state: 'open', at: new Date() });
    const { rows } = await sql<{ uid: string }>`SELECT uid FROM hosts`.execute(lab.db.store.read);
    const host = rows[0]?.uid ?? '';
    const listener = await listen(localHeaders(lab.server, 'os:tester'));
    const heard = (satisfied: (message: LiveMessage) => boolean) =>
      listener.until((all) => all.some((message) => satisfied(message)));
    await deleteScan(lab.context, uid, 'key:ann');
    await heard((message) => message.type === 'scan' && message.scan.deleted_by === 'key:ann');
    await purgeScan(lab.context, uid, 'key:ann');
    await heard((message) => message.type === 'scan_purged' && message.id === uid);
    const hostNews = () => listener.messages.filter(({ type }) => type === 'hosts').length;
    expect(hostNews()).toBe(0);
    await deleteHost(lab.context, host, 'key:ann');
    await listener.until(() => hostNews() === 1);
    expect((await lab.askAsUser({ url: `${ROUTES.hosts}/${host}` })).body).toMatchObject({
      deleted_by: 'key:ann',
    });
    await purgeHost(lab.context, host, 'key:ann');
    await listener.until(() => hostNews() === 2);
  });

  test('what was rolled back is not told', async () => {
    const listener = await listen(localHeaders(lab.server, 'os:tester'));
    const refused = begin(
      { ...lab.context, enqueueShards: () => Promise.reject(new Error('the queue is full')) },
      order(['127.0.0.1'], '1'),
    );
    await expect(refused).rejects.toThrow();
    const uid = await begin(lab.context, order(['127.0.0.1'], '1'));
    const messages = await listener.until((all) => all.length > 1);
    expect(messages.map((message) => (message.type === 'scan' ? message.scan.id : message.type))).toEqual([
      'hello',
      uid,
    ]);
  });

  test('what a client says is ignored, and too much of it ends the connection', async () => {
    const listener = await listen(localHeaders(lab.server, 'os:tester'));
    listener.socket.send('{"type":"stop"}');
    const uid = await begin(lab.context, order(['127.0.0.1'], '1'));
    await listener.until((all) => all.length > 1);
    expect(await lab.askAsUser({ url: ROUTES.scan(uid) })).toMatchObject({ body: { status: 'pending' } });
    listener.socket.send('x'.repeat(2_000));
    expect(await listener.closed).toBe(1009);
  });
});

test('a client whose key was revoked is let go at the next check, and nobody else', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const checking = await openApiLab();
  try {
    const at = await checking.listen();
    const revoked = await checking.newKey('revoked');
    const { key } = await checking.newKey('kept');
    const leaving = new Listener({ 'x-api-key': revoked.key }, at);
    const staying = new Listener({ 'x-api-key': key }, at);
    for (const one of [leaving, staying]) await one.until((messages) => messages.length > 0);
    await checking.askAsUser({ method: 'DELETE', url: `${ROUTES.apiKeys}/${revoked.id}` });
    await vi.advanceTimersByTimeAsync(RECHECK_INTERVAL_MS);
    expect(await leaving.closed).toBe(1008);
    expect(staying.socket.readyState).toBe(WebSocket.OPEN);
  } finally {
    vi.useRealTimers();
    await checking.close();
  }
});

test('there is room for a thousand clients and no more', async () => {
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

test('closing the server says goodbye and does not wait for those who say nothing', {
  timeout: 10_000,
}, async () => {
  const closing = await openApiLab();
  const at = await closing.listen();
  const polite = new Listener(localHeaders(closing.server, 'os:tester'), at);
  const silent = new Listener(localHeaders(closing.server, 'os:tester'), at);
  await Promise.all([polite, silent].map((one) => one.until((messages) => messages.length > 0)));
  silent.socket.pause();
  // The library alone would wait thirty seconds for the silent one.
  await closing.close();
  expect(await polite.closed).toBe(1001);
  silent.socket.resume();
  silent.socket.terminate();
});
