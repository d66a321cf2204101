import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Layout, layoutOf } from '#postgres/cluster/layout.js';
import { fatalSince, markLog } from '#postgres/process/server-log.js';

let layout: Layout;

beforeEach(async () => {
  layout = layoutOf(await mkdtemp(join(tmpdir(), 'server-log-')));
  await mkdir(layout.log, { recursive: true });
});

afterEach(() => rm(layout.dataDir, { recursive: true, force: true }));

test('finds the last fatal line, and only among what was logged since the mark', async () => {
  const file = join(layout.log, 'postgresql-Mon.log');
  await writeFile(file, '2026-11-23 UTC [1]  FATAL:  an old one\n');
  const mark = await markLog(layout);
  expect(await fatalSince(layout, mark)).toBeUndefined();
  await writeFile(file, '2026-11-23 UTC [2]  LOG:  starting\n', { flag: 'a' });
  await writeFile(file, '2026-11-23 UTC [2]  PANIC:  no space left on device\n', { flag: 'a' });
  await writeFile(file, '2026-11-23 UTC [3]  FATAL:  the database system is starting up\n', { flag: 'a' });
  expect(await fatalSince(layout, mark)).toBe('no space left on device');
});

test('drops a file that has outgrown its bound and keeps the others', async () => {
  for (const name of ['postgresql-Mon.log', 'postgresql-Tue.log', 'notes.txt']) {
    await writeFile(join(layout.log, name), 'x');
  }
  await truncate(join(layout.log, 'postgresql-Mon.log'), 9 * 1024 * 1024);
  await truncate(join(layout.log, 'notes.txt'), 9 * 1024 * 1024);
  await markLog(layout);
  expect((await readdir(layout.log)).sort()).toEqual(['notes.txt', 'postgresql-Tue.log']);
});
