import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePrivateDirectories, whyNotCreated } from '#postgres/cluster/data-dir.js';

let base: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'scanorama-data-dir-'));
});

afterEach(() => rm(base, { recursive: true, force: true }));

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

async function whyOf(path: string): Promise<string> {
  return makePrivateDirectories(path).then(
    () => 'created',
    (error: unknown) => whyNotCreated(error),
  );
}

test('every missing directory is made, for its owner alone', async () => {
  await makePrivateDirectories(join(base, 'a', 'b', 'c'));
  for (const path of ['a', 'a/b', 'a/b/c']) expect(await modeOf(join(base, path))).toBe(0o700);
});

test('a directory that is there keeps its rights, also behind a link', async () => {
  await mkdir(join(base, 'there'), { mode: 0o755 });
  await symlink(join(base, 'there'), join(base, 'link'));
  await makePrivateDirectories(join(base, 'there'));
  await makePrivateDirectories(join(base, 'link'));
  expect(await modeOf(join(base, 'there'))).toBe(0o755);
});

test('two programs at once both find it made', async () => {
  const path = join(base, 'x', 'y', 'z');
  await Promise.all(Array.from({ length: 20 }, () => makePrivateDirectories(path)));
  expect(await modeOf(path)).toBe(0o700);
});

test('a file in the way is named as such', async () => {
  await writeFile(join(base, 'file'), '');
  expect(await whyOf(join(base, 'file'))).toBe('there is a file in its way');
  expect(await whyOf(join(base, 'file', 'below'))).toBe('there is a file in its way');
});

test.skipIf(process.platform !== 'linux')(
  'what denies every directory ends with an error, not never',
  async () => {
    expect(await whyOf('/proc/scanorama/data')).toBe('no directory can be made in /proc');
  },
);

test('an unknown reason is reported as the system words it', () => {
  expect(whyNotCreated(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }))).toBe('EIO: i/o error');
  expect(whyNotCreated(Object.assign(new Error('x'), { code: 'EACCES' }))).toBe(
    'this user is not permitted to make or enter it',
  );
});
