import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SOCKET_NAME } from '#postgres/cluster/settings.js';
import { Presence } from '#postgres/use/presence.js';

let host: string;
let server: Server;
const visitors: Socket[] = [];

beforeEach(async () => {
  host = await mkdtemp(join(tmpdir(), 'presence-'));
  server = createServer((visitor) => void visitors.push(visitor));
});

afterEach(async () => {
  for (const visitor of visitors.splice(0)) visitor.destroy();
  server.close();
  await rm(host, { recursive: true, force: true });
});

function joinIt(signal = new AbortController().signal): Promise<unknown> {
  return Presence.join({ host, port: 5432, user: 'u', password: 'p', database: 'd' }, signal);
}

async function listen(): Promise<void> {
  server.listen(join(host, SOCKET_NAME));
  await once(server, 'listening');
}

test('a server that does not listen is absent', async () => {
  expect(await joinIt()).toBe('absent');
});

test('a server whose connection breaks before a response is busy', async () => {
  server.on('connection', (visitor: Socket) => visitor.end());
  await listen();
  expect(await joinIt()).toBe('busy');
});

test('an abort ends the wait for a server that does not respond', async () => {
  await listen();
  const aborter = new AbortController();
  const joining = joinIt(aborter.signal);
  await once(server, 'connection');
  aborter.abort(new Error('given up'));
  await expect(joining).rejects.toThrow('given up');
});
