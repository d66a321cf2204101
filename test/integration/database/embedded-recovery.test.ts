import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { layoutOf } from '#postgres/cluster/layout.js';
import { within } from '#postgres/process/server-process.js';
import {
  BACK_MS,
  CreatedDatabase,
  EmbeddedLab,
  postmasterOf,
  query,
  SEVERAL_STARTS,
  SOON,
  serverPids,
} from '../../support/database/embedded-lab.ts';

const created = new CreatedDatabase();
let lab: EmbeddedLab;

beforeAll(() => created.make());
afterAll(() => created.remove());

beforeEach(() => {
  lab = new EmbeddedLab();
});

afterEach(() => lab.clear());

describe('a server that was killed', SEVERAL_STARTS, () => {
  test('is recovered by the next program, with what was committed', async () => {
    const dataDir = await lab.dataDir(created);
    const program = await lab.program();
    await program.probe({ open: { dataDir } });
    await program.probe({ query: 'create table kept as select 42 as answer' });
    const postmaster = await postmasterOf(dataDir);
    await program.kill();
    process.kill(postmaster, 'SIGKILL');

    const next = await lab.open(dataDir);
    expect(next.joined).toBe(false);
    expect(await query(next, 'select answer from kept')).toEqual([{ answer: 42 }]);
    const reported = lab.logged.filter((message) => message.includes('lock file'));
    expect(reported).toEqual([
      expect.stringMatching(new RegExp(`process ${postmaster}, which no longer runs.*removed`)),
    ]);
  });

  test('is recovered although one of its backends still works', async () => {
    const dataDir = await lab.dataDir(created);
    const program = await lab.program();
    await program.probe({ open: { dataDir } });
    await program.probe({ query: 'create table kept as select 42 as answer' });
    void program.probe({ query: 'do $$ begin loop end loop; end $$' }).catch(() => undefined);
    const working = async () => (await serverPids(dataDir)).length > 0 && (await busyBackends(dataDir)) > 0;
    expect(await within(BACK_MS, working)).toBe(true);
    const postmaster = await postmasterOf(dataDir);
    await program.kill();
    process.kill(postmaster, 'SIGKILL');

    const next = await lab.open(dataDir);
    expect(await query(next, 'select answer from kept')).toEqual([{ answer: 42 }]);
    expect(lab.logged.join('\n')).toMatch(/after \d+ of its processes had been waited for/);
  });

  test('is restarted for the programs that use it', async () => {
    const dataDir = await lab.dataDir(created);
    const program = await lab.program();
    const database = await lab.open(dataDir);
    expect((await program.probe({ open: { dataDir } })).joined).toBe(true);
    await query(database, 'create table kept as select 42 as answer');
    for (const signal of ['SIGKILL', 'SIGQUIT'] as const) {
      const postmaster = await postmasterOf(dataDir);
      process.kill(postmaster, signal);
      // It may be back before the test polls.
      const isAnother = async () => ![0, postmaster].includes(await postmasterOf(dataDir).catch(() => 0));
      const answers = async () => (await query(database, 'select 1').catch(() => [])).length === 1;
      expect(await within(BACK_MS, async () => (await isAnother()) && (await answers()))).toBe(true);
      expect(await query(database, 'select answer from kept')).toEqual([{ answer: 42 }]);
    }
    // The other program may have started it again before this one polled: then there was nothing to report.
    const reported = (texts: string) => lab.logged.filter((message) => message.includes(texts)).length;
    const isReported = async () => reported('went away') > 0 && reported('is back') === reported('went away');
    expect(await within(BACK_MS, isReported)).toBe(true);

    await program.probe({ close: true });
    await database.close();
    await expect.poll(() => serverPids(dataDir), SOON).toEqual([]);
  });

  test('is stopped by the last user although it died shortly before', async () => {
    const dataDir = await lab.dataDir(created);
    const database = await lab.open(dataDir);
    process.kill(await postmasterOf(dataDir), 'SIGKILL');
    await database.close();
    expect(await within(BACK_MS, async () => (await serverPids(dataDir)).length === 0)).toBe(true);
    expect(await query(await lab.open(dataDir), 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});

describe('a stale lock file', SEVERAL_STARTS, () => {
  const DEAD_PID = 4_194_305; // beyond the highest number that Linux gives

  test.each([
    ['a process that is gone', () => DEAD_PID, /process 4194305, which no longer runs/],
    ['a process that is another program', () => process.pid, /which is now another program, node/],
  ])('naming %s is explained and removed', async (_what, pid, sentence) => {
    const dataDir = await lab.dataDir(created);
    const { lockFile, run } = layoutOf(dataDir);
    const lines = [pid(), '/proc/self/cwd', 1_700_000_000, 5432, '../run', '', '  1  1', 'ready   ', ''];
    await writeFile(lockFile, lines.join('\n'));
    await writeFile(join(run, '.s.PGSQL.5432.lock'), lines.slice(0, 5).join('\n'));
    lab.logged.length = 0;

    const database = await lab.open(dataDir);
    expect(database.joined).toBe(false);
    expect(lab.logged[0]).toMatch(sentence);
    expect(await query(database, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('of an interrupted write is removed', async () => {
    const dataDir = await lab.dataDir(created);
    await writeFile(layoutOf(dataDir).lockFile, '');
    const database = await lab.open(dataDir);
    expect(lab.logged.join('\n')).toContain('named no process');
    expect(await query(database, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('of a server that answers is kept, although its process cannot be seen', async () => {
    const dataDir = await lab.dataDir(created);
    await lab.open(dataDir);
    const { lockFile } = layoutOf(dataDir);
    const before = await readFile(lockFile, 'utf8');
    const hidden = before.replace(/^\d+/, String(DEAD_PID));
    await writeFile(lockFile, hidden);
    const second = await lab.open(dataDir);
    expect(second.joined).toBe(true);
    expect(await readFile(lockFile, 'utf8')).toBe(hidden);
    await writeFile(lockFile, before);
  });

  test('of a running server is never touched', async () => {
    const dataDir = await lab.dataDir(created);
    await lab.open(dataDir);
    const before = await readFile(layoutOf(dataDir).lockFile, 'utf8');
    const second = await lab.open(dataDir);
    expect(second.joined).toBe(true);
    expect(await readFile(layoutOf(dataDir).lockFile, 'utf8')).toBe(before);
    expect(lab.logged.join('\n')).not.toContain('lock file');
  });
});

async function busyBackends(dataDir: string): Promise<number> {
  const commands = (await serverPids(dataDir)).map((pid) =>
    readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
  );
  return (await Promise.all(commands)).filter((command) => /\bDO\b/.test(command)).length;
}
