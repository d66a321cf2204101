import { chmod, link, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { handOver } from '#postgres/cluster/handover.js';
import { layoutOf } from '#postgres/cluster/layout.js';
import {
  CreatedDatabase,
  EmbeddedLab,
  IS_ROOT,
  modeOf,
  ORDINARY_USER,
  ordinaryUserCanRun,
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

const ordinaryUser = await ordinaryUserCanRun();
if (!IS_ROOT)
  console.warn('Not root: what root alone can arrange (closed parents, other users) is not tested.');
else if (!ordinaryUser) console.warn('uid 65534 cannot enter this checkout: ordinary users are not tested.');

describe.skipIf(!IS_ROOT)('started by root', SEVERAL_STARTS, () => {
  test('runs as a user without an account, under parents that only root can enter', async () => {
    const closed = join(await lab.directory(), 'closed');
    await mkdir(join(closed, 'deep'), { recursive: true });
    await chmod(closed, 0o700);
    const dataDir = lab.watch(join(closed, 'deep', 'data'));
    const database = await lab.open(dataDir);
    await query(database, 'create table kept as select 42 as answer; checkpoint');
    const { uid } = await stat(layoutOf(dataDir).cluster);
    expect(await readFile('/etc/passwd', 'utf8')).not.toContain(`:${uid}:`);
    expect((await stat(`/proc/${await postmasterOf(dataDir)}`)).uid).toBe(uid);
    expect(await modeOf(closed)).toBe(0o700);
    await database.close();
    expect(await query(await lab.open(dataDir), 'select answer from kept')).toEqual([{ answer: 42 }]);
    expect((await stat(layoutOf(dataDir).cluster)).uid).toBe(uid);
  });

  test('takes over a database that was restored as root', async () => {
    const dataDir = await lab.dataDir(created);
    const first = await lab.open(dataDir);
    await query(first, 'create table kept as select 42 as answer');
    await first.close();
    handOver(layoutOf(dataDir).root, { uid: 0, gid: 0 });
    expect(await query(await lab.open(dataDir), 'select answer from kept')).toEqual([{ answer: 42 }]);
    expect(lab.logged.join('\n')).toMatch(/belonged to root; it was given to uid \d+/);
  });

  test('refuses to change the owner of a file that has another hard link', async () => {
    const directory = await lab.directory();
    await mkdir(join(directory, 'tree'));
    await writeFile(join(directory, 'precious'), '');
    await link(join(directory, 'precious'), join(directory, 'tree', 'file'));
    expect(() => handOver(join(directory, 'tree'), ORDINARY_USER)).toThrow('one name');
    expect((await stat(join(directory, 'precious'))).uid).toBe(0);
  });

  test.skipIf(!ordinaryUser)('keeps an ordinary user out of its database and serves in theirs', async () => {
    const ours = await lab.dataDir(created);
    await (await lab.open(ours)).close();
    await chmod(join(ours, '..'), 0o755);
    await chmod(ours, 0o755);
    const program = await lab.program(ORDINARY_USER);
    const refused = await program.probe({ open: { dataDir: ours } });
    expect(refused).toMatchObject({ code: 'data_dir_unusable', hint: expect.stringContaining('--data-dir') });

    const theirs = lab.watch(join(await lab.directory(ORDINARY_USER), 'data'));
    expect(await program.probe({ open: { dataDir: theirs } })).toMatchObject({ joined: false });
    expect((await lab.open(theirs)).joined).toBe(true);
    expect((await stat(layoutOf(theirs).cluster)).uid).toBe(ORDINARY_USER.uid);
  });
});

describe.skipIf(!ordinaryUser)('started by an ordinary user', SEVERAL_STARTS, () => {
  test('creates, starts again, joins, recovers and stops', async () => {
    const dataDir = lab.watch(join(await lab.directory(ORDINARY_USER), 'data'));
    const [one, two] = await Promise.all([lab.program(ORDINARY_USER), lab.program(ORDINARY_USER)]);
    const opened = await Promise.all([one, two].map((program) => program.probe({ open: { dataDir } })));
    expect(opened.filter(({ joined }) => joined === false)).toHaveLength(1);
    expect(opened.filter(({ joined }) => joined === true)).toHaveLength(1);
    await one.probe({ query: 'create table kept as select 42 as answer' });
    const postmaster = await postmasterOf(dataDir);
    await Promise.all([one.kill(), two.kill()]);
    process.kill(postmaster, 'SIGKILL');

    const three = await lab.program(ORDINARY_USER);
    expect(await three.probe({ open: { dataDir } })).toMatchObject({ joined: false });
    expect(await three.probe({ query: 'select answer from kept' })).toEqual({ rows: [{ answer: 42 }] });
    await three.probe({ close: true });
    await expect.poll(() => serverPids(dataDir), SOON).toEqual([]);
  });
});
