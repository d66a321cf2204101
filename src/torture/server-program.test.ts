import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ServerProgram } from '#torture/server-program.js';

/** Longer than it takes to start anew. */
const A_WHILE_MS = 400;

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'scanorama-server-program-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

/** A server that ends before it answers, and so is started again and again. */
function failingServer(): ServerProgram {
  const command = ['/bin/sh', '-c', 'echo spawned >&2; exit 1'] as const;
  return new ServerProgram({ command, environment: {} }, { name: 'one', dataDir, databaseUrl: '' });
}

const spawned = (server: ServerProgram) => readFile(server.logFile, 'utf8').catch(() => '');

test.each([
  ['between two attempts', async (server: ServerProgram) => expect.poll(() => spawned(server)).not.toBe('')],
  ['in the moment in which it is started', () => Promise.resolve()],
])('a start that is called off %s spawns nothing more', async (_when, asOf) => {
  const abort = new AbortController();
  const server = failingServer();
  const starting = server.start(abort.signal).catch((error: unknown) => error);
  await asOf(server);
  abort.abort();
  await server.close();
  const before = await spawned(server);
  await sleep(A_WHILE_MS);
  expect(await spawned(server)).toBe(before);
  expect(await starting).toBeInstanceOf(Error);
});

test('nothing is spawned at all for what was called off before', async () => {
  const abort = new AbortController();
  const server = failingServer();
  const starting = server.start(abort.signal).catch(() => undefined);
  abort.abort();
  await starting;
  expect(await spawned(server)).toBe('');
});
