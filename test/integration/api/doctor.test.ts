import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createApp } from '#app/app.js';

const directory = mkdtempSync(join(tmpdir(), 'doctor-'));
afterAll(() => rmSync(directory, { recursive: true }));

test('doctor checks this machine without a server, and creates no database for it', async () => {
  const dataDir = join(directory, 'data');
  const io = { signal: new AbortController().signal, notice: () => undefined, routine: () => undefined };
  const report = await createApp().doctor({ dataDir }, io);
  const names = ['node', 'platform', 'prober', 'raw packets', 'open files', 'nmap', 'database'];
  expect(report.checks.map(({ name }) => name)).toEqual(names);
  for (const { ok, remedies } of report.checks) if (ok) expect(remedies).toEqual([]);
  expect(report.engines).toContainEqual(expect.objectContaining({ name: 'connect', available: true }));
  expect(existsSync(dataDir)).toBe(false);
});

test('a database that does not answer is one of its findings', async () => {
  const io = { signal: new AbortController().signal, notice: () => undefined, routine: () => undefined };
  const databaseUrl = 'postgresql://nouser:secret@127.0.0.1:1/none';
  const report = await createApp().doctor({ dataDir: directory, databaseUrl }, io);
  const check = report.checks.find(({ name }) => name === 'database');
  expect(check).toMatchObject({ ok: false });
  expect(JSON.stringify(report)).not.toContain('secret');
});
