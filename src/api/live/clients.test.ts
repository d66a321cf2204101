import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { Credential } from '#api/auth/credential.js';
import { LiveClients, MAX_UNREAD_BYTES } from '#api/live/clients.js';
import { createLog } from '#telemetry/log.js';

const ANYBODY: Credential = { kind: 'local', actor: 'os:tester' };

let server: WebSocketServer;
let clients: LiveClients;
let mayRemain: (credential: Credential) => Promise<boolean>;
beforeEach(async () => {
  mayRemain = () => Promise.resolve(true);
  clients = new LiveClients({ mayRemain: (credential) => mayRemain(credential), log: createLog('silent') });
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
});
afterEach(async () => {
  await clients.close();
  await new Promise((resolve) => server.close(resolve));
});

async function connect(credential: Credential = ANYBODY, autoPong = true): Promise<WebSocket> {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  const socket = new WebSocket(`ws://127.0.0.1:${address.port}`, { autoPong });
  const [[accepted]] = await Promise.all([once(server, 'connection'), once(socket, 'open')]);
  clients.add(accepted, credential);
  return socket;
}

test('a client that reads too slowly is dropped, and does not slow the others', async () => {
  const slow = await connect();
  const quick = await connect();
  let received = 0;
  quick.on('message', () => (received += 1));
  slow.pause();
  const version = 'x'.repeat(MAX_UNREAD_BYTES / 4);
  let reported = 0;
  for (; clients.size > 1 && reported < 1_000; reported += 1) {
    clients.report({ type: 'hello', version });
    await new Promise((resolve) => setImmediate(resolve));
    await expect.poll(() => received).toBe(reported + 1);
  }
  expect(clients.size).toBe(1);
  const closed = once(slow, 'close');
  slow.resume();
  expect((await closed)[0]).toBe(1013);
  expect(received).toBe(reported);
});

test('a client that does not answer a ping is ended at the next one', async () => {
  const dead = await connect(ANYBODY, false);
  const alive = await connect();
  // Its answer has to be here before the next ping, however long a busy machine takes for it.
  const answered = Promise.race([...server.clients].map((accepted) => once(accepted, 'pong')));
  const pinged = Promise.all([once(alive, 'ping'), once(dead, 'ping')]);
  clients.ping();
  await Promise.all([answered, pinged]);
  const ended = once(dead, 'close');
  clients.ping();
  expect((await ended)[0]).toBe(1006);
  expect(alive.readyState).toBe(WebSocket.OPEN);
  await expect.poll(() => clients.size).toBe(1);
});

test('a client whose credential ended is dropped; nobody is while nobody can tell', async () => {
  const gone: Credential = { kind: 'session', tokenHash: Buffer.alloc(32, 1) };
  const leaving = await connect(gone);
  const staying = await connect();
  mayRemain = () => Promise.reject(new Error('the database is away'));
  await clients.recheck();
  expect(clients.size).toBe(2);
  mayRemain = (credential) => Promise.resolve(credential.kind !== 'session');
  const closed = once(leaving, 'close');
  await clients.recheck();
  expect((await closed)[0]).toBe(1008);
  expect(staying.readyState).toBe(WebSocket.OPEN);
});
