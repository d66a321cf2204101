import { chmod, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { privateSocketPath, SOCKET_PATH_LIMIT_BYTES } from '#postgres/cluster/socket-path.js';

let base: string;
const outside = new Set<string>();

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'socket-path-'));
});

afterEach(async () => {
  for (const path of [base, ...outside]) await rm(path, { recursive: true, force: true });
  outside.clear();
});

async function longDataDir(): Promise<{ dataDir: string; path: string; directory: string }> {
  const dataDir = join(base, 'ü'.repeat(60));
  await mkdir(dataDir);
  const path = await privateSocketPath(dataDir, 'api.sock');
  outside.add(dirname(path));
  return { dataDir, path, directory: dirname(path) };
}

test('a short path stays in the data directory, up to the last byte', async () => {
  const name = 'a'.repeat(SOCKET_PATH_LIMIT_BYTES - Buffer.byteLength(base) - 1);
  expect(await privateSocketPath(base, name)).toBe(join(base, name));
  const path = await privateSocketPath(base, 's'.repeat(20));
  expect(path.startsWith(base)).toBe(true);
});

test('a long path gives a private place where a socket can be made, the same each time', async () => {
  const { dataDir, path, directory } = await longDataDir();
  expect(Buffer.byteLength(path)).toBeLessThanOrEqual(SOCKET_PATH_LIMIT_BYTES);
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  expect(await privateSocketPath(dataDir, 'api.sock')).toBe(path);
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  await new Promise((resolve) => server.close(resolve));
});

test('a place that others can enter, or that is a link, is refused', async () => {
  const { dataDir, directory } = await longDataDir();
  await chmod(directory, 0o755);
  const refused = { code: 'data_dir_unusable', message: expect.stringContaining(directory) };
  await expect(privateSocketPath(dataDir, 'api.sock')).rejects.toMatchObject(refused);
  await rm(directory, { recursive: true });
  await mkdir(join(base, 'elsewhere'), { mode: 0o700 });
  await symlink(join(base, 'elsewhere'), directory);
  await expect(privateSocketPath(dataDir, 'api.sock')).rejects.toMatchObject(refused);
});

test('a name that fits nowhere is refused', async () => {
  await expect(privateSocketPath(base, 'n'.repeat(120))).rejects.toMatchObject({ code: 'data_dir_unusable' });
});
