import { once } from 'node:events';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findLocalServer, listenLocally } from '#app/serve/local-server.js';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'scanorama-local-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

/** As a server leaves it that was killed. */
async function leaveDeadSocket(): Promise<void> {
  const server = createServer().listen(join(dataDir, 'born'));
  await once(server, 'listening');
  await rename(join(dataDir, 'born'), join(dataDir, 'server.sock'));
  server.close();
  await once(server, 'close');
}

it.each<[number, string, () => Promise<void>]>([
  [8, 'an empty directory', () => Promise.resolve()],
  [2, 'a socket that a killed server left', leaveDeadSocket],
])('of %i that start at once on %s, one serves', async (count, _what, prepare) => {
  await prepare();
  const servers = Array.from({ length: count }, () => {
    const server = fastify();
    server.decorate('trustLocal', () => 'voucher');
    return server;
  });
  const outcomes = await Promise.allSettled(servers.map((server) => listenLocally(dataDir, server)));
  const stops = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const refusals = outcomes.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
  expect(stops).toHaveLength(1);
  for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'server_running' });
  expect((await findLocalServer(dataDir))?.socketPath).toBe(join(dataDir, 'server.sock'));
  await stops[0]?.();
  expect(await readdir(dataDir)).toEqual([]);
});
