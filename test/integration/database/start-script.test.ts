import { existsSync, readdirSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StartSandbox } from '../../support/programs/start-sandbox.ts';

const IS_ROOT = process.getuid?.() === 0;
const NO_OWNER = 65_534;
/** An unused process id: beyond what Linux assigns. */
const DEAD_PROCESS = '4194305.1';

let sandbox: StartSandbox;

beforeEach(() => {
  sandbox = new StartSandbox('22.18.0');
});
afterEach(() => sandbox[Symbol.dispose]());

const lockPath = () => join(sandbox.checkout, '.bootstrap.lock');
const leftovers = () => readdirSync(sandbox.checkout).filter((name) => /lock$|heal$|^dist\./.test(name));

/** A sandbox in which everything is installed, with an empty log of calls. */
async function completed(): Promise<void> {
  await sandbox.run();
  sandbox.calls();
}

describe('the start script', () => {
  test('installs and builds on the first run, prints that, and passes on arguments and exit code', async () => {
    const { code, stdout, stderr } = await sandbox.run();
    expect(stdout).toBe('ran scan a b\n');
    expect(code).toBe(7);
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(/^scanorama: installing dependencies \(first run/),
      expect.stringMatching(/^scanorama: building \(first run/),
      '',
    ]);
    expect(sandbox.calls()).toEqual(['npm in my scan', 'build']);
    expect(leftovers()).toEqual([]);
  });

  test('does nothing and prints nothing on the second run', async () => {
    await completed();
    expect(await sandbox.run()).toEqual({ code: 7, stdout: 'ran scan a b\n', stderr: '' });
    expect(sandbox.calls()).toEqual([]);
  });

  test('is found through a chain of symbolic links', async () => {
    await completed();
    symlinkSync('scanorama', join(sandbox.checkout, 'near'));
    symlinkSync(join(sandbox.checkout, 'near'), join(sandbox.checkout, 'far'));
    expect((await sandbox.run({ path: join(sandbox.checkout, 'far') })).stdout).toBe('ran scan a b\n');
  });

  test('passes on the name it was started by, through PATH the bare name', async () => {
    await completed();
    const path = join(sandbox.checkout, 'scanorama');
    const environment = { PRINT_NAME: '1' };
    expect((await sandbox.run({ environment })).stdout).toBe(`ran scan a b as ${path}\n`);
    expect((await sandbox.run({ environment, inPath: true })).stdout).toBe('ran scan a b as scanorama\n');
  });

  test('builds again when a source was changed, added or deleted', async () => {
    await completed();
    for (const change of [
      () => sandbox.write('src/cli/main.ts', 'changed'),
      () => sandbox.write('src/cli/added.ts', ''),
      () => rmSync(join(sandbox.checkout, 'src/cli/added.ts')),
      () => rmSync(join(sandbox.checkout, 'dist/web'), { recursive: true }),
    ]) {
      change();
      await sandbox.run();
      expect(sandbox.calls()).toEqual(['build']);
    }
  });

  test('does not build again for a test, nor for a new date on an old file', async () => {
    await completed();
    sandbox.write('src/cli/main.test.ts', 'changed');
    utimesSync(join(sandbox.checkout, 'src/cli/main.ts'), 1, 1);
    await sandbox.run();
    expect(sandbox.calls()).toEqual([]);
  });

  test('installs again when the lock file was changed, but not when packages were installed by hand', async () => {
    await completed();
    sandbox.write('package-lock.json', '{ "lockfileVersion": 3 }');
    await sandbox.run();
    expect(sandbox.calls()).toEqual(['npm in my scan', 'build']);

    sandbox.write('package-lock.json', '{ "lockfileVersion": 4 }');
    sandbox.write('node_modules/.package-lock.json', '{ "lockfileVersion": 4 }');
    await sandbox.run();
    expect(sandbox.calls()).toEqual(['build']);
  });
});

describe('a step that fails', () => {
  test('leaves an installation that the next run repeats', async () => {
    const failed = await sandbox.run({ environment: { NPM_FAILS: 'yes' } });
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toMatch(
      /npm is unhappy\nscanorama: the dependencies could not be installed\n +hint: .+\n$/,
    );
    expect(leftovers()).toEqual([]);
    expect((await sandbox.run()).code).toBe(7);
  });

  test('keeps the previous build, which is never taken for the new one', async () => {
    await completed();
    sandbox.write('src/cli/main.ts', 'changed');
    for (let run = 0; run < 2; run += 1) {
      const failed = await sandbox.run({ environment: { BUILD_FAILS: 'yes' } });
      expect(failed).toMatchObject({ code: 1, stdout: '' });
      expect(failed.stderr).toMatch(/wrong\nscanorama: the build failed\n/);
      expect(existsSync(join(sandbox.checkout, 'dist/main.js'))).toBe(true);
      expect(leftovers()).toEqual([]);
    }
    expect((await sandbox.run()).code).toBe(7);
  });

  test('by an interrupt ends at once and leaves a state from which the next run continues', async () => {
    const { ended, interrupt } = sandbox.start({ environment: { NPM_AWAITS: '/nothing comes' } });
    await expect.poll(() => sandbox.callsSoFar()).toEqual(['npm in my scan']);
    interrupt();
    expect(await ended).toMatchObject({ code: 130, stdout: '' });
    expect(leftovers()).toEqual([]);
    expect((await sandbox.run()).code).toBe(7);
  });
});

describe('several starts at once', () => {
  test('install and build once; the others wait and print that', async () => {
    const gate = join(sandbox.checkout, 'gate');
    const all = [1, 2, 3].map(() => sandbox.start({ environment: { NPM_AWAITS: gate } }));
    const waiting = () => all.filter((one) => one.complained().includes('scanorama: waiting for process'));
    await expect.poll(() => waiting().length).toBe(2);
    sandbox.write('gate', '');
    const ended = await Promise.all(all.map((one) => one.ended));
    expect(ended.map(({ code }) => code)).toEqual([7, 7, 7]);
    expect(waiting()).toHaveLength(2);
    expect(sandbox.calls()).toEqual(['npm in my scan', 'build']);
    expect(leftovers()).toEqual([]);
  });

  test.each([
    ['that no longer runs', DEAD_PROCESS],
    ['whose number another one has now', `${process.pid}.1`],
  ])('heal the lock of a process %s, once', async (_which, owner) => {
    symlinkSync(owner, lockPath());
    const ended = await Promise.all([1, 2, 3].map(() => sandbox.run()));
    expect(ended.map(({ code }) => code)).toEqual([7, 7, 7]);
    const healed = ended.filter(({ stderr }) => stderr.includes('left off in the middle'));
    expect(healed).toHaveLength(1);
    expect(sandbox.calls()).toEqual(['npm in my scan', 'build']);
    expect(leftovers()).toEqual([]);
  });
});

describe('a machine whose Node.js is too old', () => {
  beforeEach(() => {
    sandbox[Symbol.dispose]();
    sandbox = new StartSandbox('22.17.9');
  });

  test('gets a new one, once', async () => {
    const first = await sandbox.run();
    expect(first.stderr).toMatch(
      /^scanorama: this machine has Node\.js 22\.17\.9 where 22\.18 or newer is needed: fetching/,
    );
    expect(sandbox.calls()).toEqual(['npm in runtime', 'npm in my scan', 'build']);
    expect(await sandbox.run()).toEqual({ code: 7, stdout: 'ran scan a b\n', stderr: '' });
    expect(sandbox.calls()).toEqual([]);
  });

  test('gets instructions where npm is missing too', async () => {
    sandbox.removeNpm();
    const { code, stderr } = await sandbox.run();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^scanorama: this machine has Node\.js 22\.17\.9 where .+ is missing too\n +hint: install .+\n$/,
    );
    expect(leftovers()).toEqual([]);
  });
});

describe.skipIf(!IS_ROOT)('a checkout that the user cannot write to', () => {
  test('runs when everything is installed, also without a stamp', async () => {
    await completed();
    expect(await sandbox.run({ uid: NO_OWNER })).toEqual({ code: 7, stdout: 'ran scan a b\n', stderr: '' });
    rmSync(join(sandbox.checkout, 'node_modules/.installed-lock.json'));
    expect((await sandbox.run({ uid: NO_OWNER })).code).toBe(7);
  });

  test('reports that it has to be built first', async () => {
    const { code, stderr } = await sandbox.run({ uid: NO_OWNER });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^scanorama: something must be installed or built first, and .+ cannot write to .+\n +hint: .+\n$/,
    );
  });
});

if (!IS_ROOT)
  console.warn('not root: the start script is not tried by a user who cannot write to the checkout');
