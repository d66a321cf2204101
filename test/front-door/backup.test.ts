import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Database } from '#store/database/database.js';
import { createEmptyDatabase, openTestDatabase, urlOf } from '../support/database/database.ts';
import {
  ended,
  makeNamespace,
  printed,
  runProgram,
  startProgram,
  type TemporaryDataDir,
  type TestNamespace,
  temporaryDataDir,
} from '../support/programs/program.ts';

/** Each starts half a dozen programs. */
const LONG_TIMEOUT = { timeout: 180_000 };

let data: TemporaryDataDir;
let place: TemporaryDataDir;
let namespace: TestNamespace;
let server: ChildProcess;
let file: string;

const run = (...args: string[]) => runProgram(args, { namespace: namespace.name });
const here = (...args: string[]) => run(...args, '--data-dir', data.path);

beforeAll(async () => {
  data = await temporaryDataDir();
  place = await temporaryDataDir();
  namespace = makeNamespace();
  file = join(place.path, 'x.backup');
  server = startProgram(['serve', '--listen', '127.0.0.1:0', '--data-dir', data.path], {
    namespace: namespace.name,
  });
  await printed(server, /Press Ctrl-C/);
  expect((await here('scan', '127.0.0.1', '-p', '1-20')).code).toBe(0);
}, LONG_TIMEOUT.timeout);
afterAll(async () => {
  if (server.exitCode === null) {
    server.kill('SIGTERM');
    await once(server, 'close');
  }
  namespace.remove();
  await data.remove();
  await place.remove();
});

const reportJson = z.object({ rows: z.number(), size_bytes: z.number(), schema_version: z.number() });
const hostsOf = async (dataDir: string) =>
  (await run('hosts', 'list', '--json', '--data-dir', dataDir)).stdout;

async function locksAwaitedIn({ executor }: Database): Promise<number> {
  const { rows } = await sql`SELECT FROM pg_locks WHERE NOT granted AND database =
    (SELECT oid FROM pg_database WHERE datname = current_database())`.execute(executor);
  return rows.length;
}

describe('scanorama backup and restore', LONG_TIMEOUT, () => {
  it('work beside a running server, which continues', async () => {
    const { code, stdout, stderr } = await here('backup', file, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const report = reportJson.parse(JSON.parse(stdout));
    expect(await stat(file)).toMatchObject({ size: report.size_bytes });
    expect((await stat(file)).mode & 0o777).toBe(0o600);

    const again = await here('backup', file);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('[conflict]');
    expect((await here('backup', file, '--force')).stdout).toMatch(/rows of \d+ tables, schema \d+, /);

    const drill = await here('restore', '--drill', file);
    expect(drill.stderr).toBe('');
    expect(drill.stdout).toMatch(/No fault in \d+ checks/);
    expect(drill.stdout).toContain('This backup can be restored.');
    expect(drill.code).toBe(0);

    const over = await here('restore', file);
    expect(over.code).toBe(1);
    expect(over.stderr).toContain('[database_not_empty]');
    expect(server.exitCode).toBeNull();
    expect(await hostsOf(data.path)).toContain('127.0.0.1');
  });

  it('restore everything in a new data directory', async () => {
    const fresh = join(place.path, 'restored');
    const { code, stdout, stderr } = await run('restore', file, '--data-dir', fresh);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/No fault in \d+ checks/);
    expect(stdout).toContain(
      '\nRestored. 1 key of the backup can be used, also if revoked since it was made:',
    );
    expect(await hostsOf(fresh)).toBe(await hostsOf(data.path));
    const scanned = await run('scan', '127.0.0.1', '-p', '1-10', '--data-dir', fresh);
    expect(scanned.code).toBe(0);
  });

  it('create no database for an invalid file, and none where nothing is stored', async () => {
    const wrong = join(place.path, 'wrong.backup');
    await writeFile(wrong, (await readFile(file)).subarray(100));
    const nowhere = join(place.path, 'nowhere');
    const restored = await run('restore', wrong, '--data-dir', nowhere);
    expect(restored.code).toBe(1);
    expect(restored.stderr).toMatch(/^error: This is not a backup of Scanorama\. \[invalid_backup\]\nhint: /);
    const backed = await run('backup', join(place.path, 'y.backup'), '--data-dir', nowhere);
    expect(backed.stderr).toContain('[not_found]');
    expect((await readdir(place.path)).sort()).toEqual(['restored', 'wrong.backup', 'x.backup']);
  });

  it('refuse a remote server with one sentence, in an option or in the environment', async () => {
    const flag = await run('backup', file, '--server', 'http://127.0.0.1:1');
    expect(flag).toMatchObject({ code: 2, stderr: expect.stringContaining('works on this machine') });
    const environment = {
      SCANORAMA_SERVER: 'http://127.0.0.1:1',
      SCANORAMA_DATA_DIR: join(place.path, 'not-made'),
    };
    for (const args of [
      ['backup', join(place.path, 'z.backup')],
      ['restore', file],
    ]) {
      const { code, stderr } = await runProgram(args, { environment, namespace: namespace.name });
      expect(code).toBe(2);
      expect(stderr).toContain('works on the machine that has the data');
    }
  });

  it('leave no partial file when they are interrupted', async () => {
    const test = await openTestDatabase();
    const { address, database } = test;
    try {
      await database.executor.transaction().execute(async (holder) => {
        // The program may be slow to start, and this process does nothing meanwhile.
        await sql`SET LOCAL idle_in_transaction_session_timeout = 0`.execute(holder);
        await sql`LOCK TABLE sites IN ACCESS EXCLUSIVE MODE`.execute(holder);
        const half = join(place.path, 'half.backup');
        const writing = startProgram(['backup', half, '--database-url', urlOf(address)]);
        const result = ended(writing);
        await expect.poll(() => locksAwaitedIn(database), { timeout: 60_000 }).toBe(1);
        const files = async () => (await readdir(place.path)).filter((name) => name.startsWith('half'));
        expect(await files()).toEqual(['half.backup.part']);
        writing.kill('SIGINT');
        expect(await result).toMatchObject({ code: 130, stdout: '' });
        expect(await files()).toEqual([]);
      });
    } finally {
      await test.close();
    }
  });

  it('contain scans that had not ended, and revoke all keys on request', async () => {
    const started = await here('scan', '127.0.0.1', '-p', '1-60000', '--rate', '10', '--detach');
    const scan = started.stdout.trim();
    const busy = join(place.path, 'busy.backup');
    expect((await here('backup', busy)).code).toBe(0);
    expect((await here('scans', 'stop', scan)).code).toBe(0);
    const fresh = ['--data-dir', join(place.path, 'held')];
    const { code, stdout, stderr } = await run('restore', busy, '--revoke-keys', ...fresh);
    expect({ code, stderr: stderr.includes('error') }).toEqual({ code: 0, stderr: false });
    expect(stdout).toContain(`1 scan that had not ended is held as cancelled: ${scan}. `);
    expect(stdout).toContain('1 key of the backup is revoked now.');
    const shown = await run('scans', 'show', scan, '--json', ...fresh);
    expect(JSON.parse(shown.stdout)).toMatchObject({ status: 'cancelled', error: { code: 'interrupted' } });
  });

  it('work through a pipe', async () => {
    const backup = startProgram(['backup', '-', '--data-dir', data.path]);
    const chunks: Buffer[] = [];
    backup.stdout?.on('data', (chunk: Buffer) => void chunks.push(chunk));
    const [code] = await once(backup, 'close');
    expect(code).toBe(0);
    const target = ['--database-url', urlOf(await createEmptyDatabase())];
    const restoring = startProgram(['restore', '-', '--json', ...target], { stdin: 'pipe' });
    const result = ended(restoring);
    restoring.stdin?.end(Buffer.concat(chunks));
    expect(await result).toMatchObject({ code: 0, stderr: '' });
    expect((await run('hosts', 'list', '--json', ...target)).stdout).toBe(await hostsOf(data.path));
  });
});
