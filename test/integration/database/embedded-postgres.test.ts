import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { layoutOf } from '#postgres/cluster/layout.js';
import { within } from '#postgres/process/server-process.js';
import {
  BACK_MS,
  CreatedDatabase,
  EmbeddedLab,
  modeOf,
  postmasterOf,
  query,
  SEVERAL_STARTS,
  SOON,
  serverPids,
} from '../../support/database/embedded-lab.ts';

const result = new CreatedDatabase();
let lab: EmbeddedLab;

beforeAll(() => result.make());
afterAll(() => result.remove());

beforeEach(() => {
  lab = new EmbeddedLab();
});

afterEach(() => lab.clear());

describe('one program', SEVERAL_STARTS, () => {
  test('creates the database, and finds its rows again at the second start', async () => {
    const dataDir = await lab.dataDir();
    const first = await lab.open(dataDir);
    expect(first.joined).toBe(false);
    await query(first, 'create table kept as select 42 as answer');
    await first.close();
    await expect.poll(() => serverPids(dataDir), SOON).toEqual([]);
    expect(existsSync(layoutOf(dataDir).lockFile)).toBe(false);

    const second = await lab.open(dataDir);
    expect(second.joined).toBe(false);
    expect(await query(second, 'select answer from kept')).toEqual([{ answer: 42 }]);
    expect(lab.logged.filter((message) => message.startsWith('Created'))).toHaveLength(1);
  });

  test('stays responsive while the server starts, and starts none where one runs', async () => {
    const dataDir = await lab.dataDir(result);
    const onStarting = vi.fn<() => void>();
    await lab.open(dataDir, { onStarting });
    expect(onStarting).toHaveBeenCalled();
    onStarting.mockClear();
    await lab.open(dataDir, { onStarting });
    expect(onStarting).not.toHaveBeenCalled();
  });

  test('is private, durable and configured as documented', async () => {
    const dataDir = await lab.dataDir();
    const database = await lab.open(dataDir);
    const wanted = {
      listen_addresses: '',
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      data_checksums: 'on',
      server_encoding: 'UTF8',
      unix_socket_permissions: '0700',
      password_encryption: 'scram-sha-256',
    };
    const names = Object.keys(wanted).map((name) => `current_setting('${name}') as "${name}"`);
    expect(await query(database, `select ${names.join(', ')}`)).toEqual([wanted]);
    expect(
      await query(
        database,
        'select datlocale, datcollate from pg_database where datname = current_database()',
      ),
    ).toEqual([{ datlocale: 'C.UTF-8', datcollate: 'C.UTF-8' }]);

    const layout = layoutOf(dataDir);
    expect(database.connection).toMatchObject({ user: 'scanorama', database: 'scanorama', host: layout.run });
    expect(database.connection.password).toMatch(/^[0-9a-f]{64}$/);
    expect(await modeOf(layout.password)).toBe(0o600);
    expect(await modeOf(layout.run)).toBe(0o700);
    expect(await modeOf(layout.cluster)).toBe(0o700);
    expect((await stat(layout.cluster)).uid).not.toBe(0);
    expect(await readdir(dataDir)).toEqual(['postgres']);
    expect(await readdir(layout.log)).toHaveLength(1);
  });

  test('is refused with a wrong password and with none', async () => {
    const dataDir = await lab.dataDir(result);
    const database = await lab.open(dataDir);
    const wrong = { connection: { ...database.connection, password: 'wrong' } };
    await expect(query(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    const rules = await readFile(join(layoutOf(dataDir).cluster, 'pg_hba.conf'), 'utf8');
    const methods = rules.split('\n').filter((line) => /^(local|host)/.test(line));
    expect(methods.length).toBeGreaterThan(2);
    for (const line of methods) expect(line).toMatch(/ scram-sha-256$/);
  });

  test('ends with `interrupted` and leaves nothing running when it is aborted while creating', async () => {
    const dataDir = await lab.dataDir();
    const early = lab.open(dataDir, { signal: AbortSignal.abort() });
    await expect(early).rejects.toMatchObject({ code: 'interrupted' });
    const aborter = new AbortController();
    const binariesDir = await lab.endlessCreation();
    const aborted = lab.open(dataDir, { binariesDir, signal: aborter.signal });
    const creating = async () => existsSync(dataDir) && (await readdir(dataDir)).length > 0;
    expect(await within(BACK_MS, creating)).toBe(true);
    aborter.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'interrupted' });
    expect(await readdir(dataDir)).toEqual([]);
    await expect.poll(() => serverPids(dataDir), SOON).toEqual([]);
  });

  test('is not affected by a creation that was killed, and cleans it up', async () => {
    const dataDir = await lab.dataDir();
    const program = await lab.program();
    const binariesDir = await lab.endlessCreation();
    void program.probe({ open: { dataDir, binariesDir } }).catch(() => undefined);
    const creating = async () => existsSync(dataDir) && (await readdir(dataDir)).length > 0;
    expect(await within(BACK_MS, creating)).toBe(true);
    await program.kill();
    expect((await readdir(dataDir))[0]).toMatch(/^postgres\.new-/);
    expect(await query(await lab.open(dataDir), 'select 1 as one')).toEqual([{ one: 1 }]);
    await lab.closeAll();
    // Work that the killed one had begun may continue for a while.
    const cleared = async () => {
      await (await lab.open(dataDir)).close();
      return (await readdir(dataDir)).join() === 'postgres';
    };
    expect(await within(BACK_MS, cleared)).toBe(true);
  });

  test('starts from a copy that lacks the empty directories', async () => {
    const dataDir = await lab.dataDir(result);
    const layout = layoutOf(dataDir);
    await rmdir(layout.run);
    await rm(layout.log, { recursive: true });
    expect(await query(await lab.open(dataDir), 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await modeOf(layout.run)).toBe(0o700);
  });

  test('refuses a directory that holds something else', async () => {
    const dataDir = await lab.dataDir();
    await mkdir(join(dataDir, 'postgres', 'photos'), { recursive: true });
    await expect(lab.open(dataDir)).rejects.toMatchObject({ code: 'data_dir_unusable' });
    expect(await readdir(dataDir)).toEqual(['postgres']);
    await expect(lab.open('relative/data')).rejects.toMatchObject({ code: 'data_dir_unusable' });
  });

  test('refuses a database that another major version made', async () => {
    const dataDir = await lab.dataDir(result);
    await writeFile(join(layoutOf(dataDir).cluster, 'PG_VERSION'), '17\n');
    await expect(lab.open(dataDir)).rejects.toMatchObject({
      code: 'data_dir_unusable',
      message: expect.stringContaining('made by PostgreSQL 17'),
    });
  });

  test('reports the message of PostgreSQL when it cannot start', async () => {
    const dataDir = await lab.dataDir(result);
    const settings = join(layoutOf(dataDir).cluster, 'postgresql.auto.conf');
    await writeFile(settings, 'shared_buffers = nonsense\n');
    await expect(lab.open(dataDir)).rejects.toMatchObject({
      code: 'database_unavailable',
      message: expect.stringContaining('configuration file'),
      hint: expect.stringContaining(layoutOf(dataDir).log),
    });
  });

  test('works under a path too long for a socket', async () => {
    const dataDir = lab.watch(join(await lab.directory(), 'd'.repeat(90), 'data'));
    const first = await lab.open(dataDir);
    expect(first.connection.host.startsWith(dataDir)).toBe(false);
    lab.alsoRemove(first.connection.host);
    expect(await modeOf(first.connection.host)).toBe(0o700);
    expect((await lstat(first.connection.host)).uid).toBe((await stat(layoutOf(dataDir).cluster)).uid);
    const second = await lab.open(dataDir);
    expect(second.joined).toBe(true);
    expect(await query(second, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});

describe('several programs', SEVERAL_STARTS, () => {
  test('open an empty directory at once: one creates and starts, all work, the last one stops it', async () => {
    const dataDir = await lab.dataDir();
    const programs = await Promise.all([1, 2, 3, 4].map(() => lab.program()));
    const opened = await Promise.all(programs.map((program) => program.probe({ open: { dataDir } })));
    expect(opened.map(({ failed }) => failed)).toEqual([undefined, undefined, undefined, undefined]);
    expect(opened.filter(({ joined }) => joined === false)).toHaveLength(1);
    const created = programs
      .flatMap(({ logged }) => logged)
      .filter(({ message }) => message?.startsWith('Created'));
    expect(created).toHaveLength(1);
    expect(await readdir(dataDir)).toEqual(['postgres']);

    const postmaster = await postmasterOf(dataDir);
    for (const program of programs) {
      expect(await serverPids(dataDir)).toContain(postmaster);
      expect(await program.probe({ query: 'select 1 as one' })).toEqual({ rows: [{ one: 1 }] });
      await program.probe({ close: true });
    }
    await expect.poll(() => serverPids(dataDir), SOON).toEqual([]);
  });

  test('end when they are done, also the one that started the server for the others', async () => {
    const dataDir = await lab.dataDir(result);
    const [starter, other] = await Promise.all([lab.program(), lab.program()]);
    expect(await starter.probe({ open: { dataDir } })).toMatchObject({ joined: false });
    expect(await other.probe({ open: { dataDir } })).toMatchObject({ joined: true });
    for (const program of [starter, other]) {
      expect(await program.probe({ query: 'select 1 as one' })).toEqual({ rows: [{ one: 1 }] });
      await program.probe({ close: true });
      program.child.stdin?.end();
      expect(await within(BACK_MS, async () => program.child.exitCode === 0)).toBe(true);
    }
  });

  test('come and go without ever failing each other', async () => {
    const dataDir = await lab.dataDir(result);
    const comeAndGo = async (rounds: number) => {
      for (let round = 0; round < rounds; round += 1) {
        const database = await lab.open(dataDir);
        expect(await query(database, 'select 1 as one')).toEqual([{ one: 1 }]);
        await database.close();
      }
    };
    await Promise.all([comeAndGo(6), comeAndGo(6), comeAndGo(6)]);
    await expect.poll(() => serverPids(dataDir), SOON).toEqual([]);
  });

  test('use the server of a program that was killed, and stop it in the end', async () => {
    const dataDir = await lab.dataDir(result);
    const program = await lab.program();
    await program.probe({ open: { dataDir } });
    await program.probe({ query: 'create table kept as select 42 as answer' });
    const postmaster = await postmasterOf(dataDir);
    await program.kill();
    expect(await serverPids(dataDir)).toContain(postmaster);

    const next = await lab.open(dataDir);
    expect(next.joined).toBe(true);
    expect(await postmasterOf(dataDir)).toBe(postmaster);
    expect(await query(next, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await next.close();
    await expect.poll(() => serverPids(dataDir), SOON).toEqual([]);
  });
});
