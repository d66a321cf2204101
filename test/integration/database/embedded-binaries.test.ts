import { randomUUID } from 'node:crypto';
import { chmod, cp, mkdir, readdir, readlink, rm, rmdir, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { readyBinaries } from '#postgres/cluster/binaries.js';
import { createCluster } from '#postgres/cluster/cluster.js';
import { layoutOf } from '#postgres/cluster/layout.js';
import { completeLinks } from '#postgres/cluster/library-links.js';
import { chooseOwner } from '#postgres/cluster/owner.js';
import { packagedDirectory } from '#postgres/cluster/platform.js';
import { copyRuntime } from '#postgres/cluster/runtime-copy.js';
import { openEmbedded } from '#postgres/use/embedded.js';
import {
  EmbeddedLab,
  IS_ROOT,
  ORDINARY_USER,
  ordinaryUserCanRun,
  SEVERAL_STARTS,
  START_TIMEOUT_MS,
} from '../../support/database/embedded-lab.ts';

const LINKS = ['libpq.so.5', 'libicuuc.so.60', 'libicui18n.so.60', 'libicudata.so.60'];

let lab: EmbeddedLab;
const signal = new AbortController().signal;
const log = () => undefined;

beforeEach(() => {
  lab = new EmbeddedLab();
});

afterEach(() => lab.clear());

/** The package as unpacked without install scripts: no library links. */
async function packageWithoutLinks(directory: string): Promise<string> {
  const native = join(directory, 'native');
  await cp(packagedDirectory(), native, {
    recursive: true,
    verbatimSymlinks: true,
    filter: async (source) => !(await readlink(source).catch(() => '')) && !source.endsWith('.a'),
  });
  // A version of its own, because copies of other test runs must not be used or removed.
  await writeFile(join(directory, 'package.json'), JSON.stringify({ version: `18.4.0-${randomUUID()}` }));
  return native;
}

async function linksIn(native: string): Promise<string[]> {
  const names = await readdir(join(native, 'lib'));
  return LINKS.filter((name) => names.includes(name));
}

/** And the directories above it, unless an installed Scanorama uses them. */
async function removeCopy(place: string): Promise<void> {
  await rm(place, { recursive: true, force: true });
  for (const above of [dirname(place), dirname(dirname(place))]) await rmdir(above).catch(() => undefined);
}

describe('the library links', () => {
  test('are created on demand, by several processes at once', async () => {
    const native = await packageWithoutLinks(await lab.directory());
    expect(await linksIn(native)).toEqual([]);
    const created = await Promise.all([1, 2, 3, 4].map(() => completeLinks(native)));
    expect(created).toEqual([true, true, true, true]);
    expect(await linksIn(native)).toEqual(LINKS);
    expect(await readlink(join(native, 'lib', 'libpq.so.5'))).toMatch(/^libpq\.so\.5\.\d+$/);
  });

  test('never lead out of the package', async () => {
    const directory = await lab.directory();
    const native = join(directory, 'native');
    await mkdir(native);
    const listed = [{ source: 'native/lib/a', target: 'native/../../b' }];
    await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify(listed));
    await completeLinks(native);
    expect(await readdir(native)).toEqual(['pg-symlinks.json']);
    expect(await readdir(directory)).toEqual(['native']);
  });
});

describe('a copy of the programs', SEVERAL_STARTS, () => {
  test('is made once by several at once, and again when it was incomplete', async () => {
    const native = await packageWithoutLinks(await lab.directory());
    const directory = await lab.directory();
    await chmod(directory, 0o711);
    const homes = [join(directory, 'runtime')];
    const owner = await chooseOwner(layoutOf(directory));
    const copy = () => copyRuntime({ native, version: '18.4.0', homes, owner, log });
    const [place, ...others] = await Promise.all([copy(), copy(), copy()]);
    expect(others).toEqual([place, place]);
    expect(await readdir(dirname(place))).toHaveLength(1);
    expect(await linksIn(place)).toEqual(LINKS);
    expect((await stat(join(place, 'bin', 'postgres'))).mode & 0o777).toBe(0o755);

    await truncate(join(place, 'bin', 'postgres'), 100);
    expect(await copy()).toBe(place);
    expect((await stat(join(place, 'bin', 'postgres'))).size).toBeGreaterThan(1_000_000);
    expect(await readdir(dirname(place))).toHaveLength(1);
  });

  test('is not trusted where others can write', async () => {
    const native = await packageWithoutLinks(await lab.directory());
    const home = join(await lab.directory(), 'runtime');
    await mkdir(home);
    await chmod(home, 0o777);
    const owner = await chooseOwner(layoutOf(home));
    const copying = copyRuntime({ native, version: '18.4.0', homes: [home], owner, log });
    await expect(copying).rejects.toMatchObject({
      code: 'embedded_unsupported',
      message: expect.stringContaining(home),
    });
    expect(await readdir(home)).toEqual([]);
  });
});

test(
  'two creations at once: the rename decides, and the loser leaves nothing behind',
  SEVERAL_STARTS,
  async () => {
    const dataDir = await lab.directory();
    const layout = layoutOf(dataDir);
    const owner = await chooseOwner(layout);
    const binaries = await readyBinaries({ dataDir, owner, binariesDir: undefined, log });
    const create = () => createCluster({ layout, owner, binaries, signal });
    const outcomes = await Promise.all([create(), create()]);
    expect(outcomes.filter((won) => won)).toHaveLength(1);
    expect(await readdir(dataDir)).toEqual(['postgres']);
    expect((await readdir(layout.root)).length).toBe(4);
  },
);

const ordinaryUser = await ordinaryUserCanRun();
if (!IS_ROOT) console.warn('Not root: a checkout that only root can enter is not tested.');

describe.skipIf(!IS_ROOT)('a checkout that only root can access', SEVERAL_STARTS, () => {
  test('serves root through a copy that root owns', async () => {
    const closed = await lab.directory();
    const native = await packageWithoutLinks(closed);
    const dataDir = lab.watch(join(await lab.directory(), 'data'));
    const messages: string[] = [];
    const database = await openEmbedded({
      dataDir,
      binariesDir: native,
      log: ({ message }) => messages.push(message),
      signal,
      startTimeoutMs: START_TIMEOUT_MS,
    });
    const place = /to (\S+), where its user can reach it/.exec(messages.join('\n'))?.[1] ?? '';
    onTestFinished(() => removeCopy(place));
    expect(place).toMatch(/^\/var\/(lib|cache)\/scanorama\/runtime\/18\.4\.0-[0-9a-f-]+$/);
    expect(await linksIn(place)).toEqual(LINKS);
    expect(await linksIn(native)).toEqual([]);
    for (const path of [place, dirname(place), join(place, 'bin', 'postgres')]) {
      const { uid, mode } = await stat(path);
      expect([uid, mode & 0o022]).toEqual([0, 0]);
    }
    await database.close();
  });

  test.skipIf(!ordinaryUser)('an ordinary user without the links keeps a copy beside the data', async () => {
    const readOnly = await lab.directory();
    await chmod(readOnly, 0o755);
    const native = await packageWithoutLinks(readOnly);
    const dataDir = lab.watch(join(await lab.directory(ORDINARY_USER), 'data'));
    const program = await lab.program(ORDINARY_USER);
    expect(await program.probe({ open: { dataDir, binariesDir: native } })).toMatchObject({ joined: false });
    expect((await readdir(dataDir)).sort()).toEqual(['postgres', 'runtime']);
    expect(await program.probe({ query: 'select 1 as one' })).toEqual({ rows: [{ one: 1 }] });
    expect(await linksIn(native)).toEqual([]);
    await program.probe({ close: true });
  });
});
