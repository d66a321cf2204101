import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServedProgram, serveProgram } from '../support/programs/served-program.ts';

let server: ServedProgram;
beforeAll(async () => {
  server = await serveProgram();
}, 60_000);
afterAll(() => server?.close());

const run = (...texts: string[]) => server.run(...texts);
const listed = async (...texts: string[]) =>
  JSON.parse((await run('scans', 'list', '--json', ...texts)).stdout);

describe('scans at the terminal', () => {
  test('are tagged when they start and later, and found by a tag', async () => {
    const started = ['--name', 'one', '--tag', 'Nightly,edge'];
    expect((await run('scan', '127.0.98.1', '-p', '1', ...started)).code).toBe(0);
    expect((await run('scan', '127.0.98.1', '-p', '1', '--name', 'two')).code).toBe(0);
    expect(await run('scans', 'tag', 'add', 'nightly', '--scan', 'last')).toMatchObject({
      code: 0,
      stdout: '1 scan changed.\n',
    });
    expect(await listed('--tag', 'nightly')).toMatchObject([
      { name: 'two', tags: [{ name: 'Nightly' }] },
      { name: 'one', tags: [{ name: 'edge' }, { name: 'Nightly' }] },
    ]);
    expect(await run('scans', 'list', '--tag', 'nightyl')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Did you mean "Nightly"?'),
    });
  }, 60_000);

  test('are found by their site; an unknown site or profile is an error, in every list', async () => {
    expect(await listed('--site', 'DEFAULT')).toHaveLength(2);
    for (const command of [
      ['scans', 'list'],
      ['scans', 'delete'],
      ['schedules', 'list'],
      ['hosts', 'list'],
      ['networks', 'list'],
      ['devices', 'list'],
      ['devices', 'suggestions'],
    ])
      expect(await run(...command, '--site', 'nope')).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('There is no site named "nope". [not_found]'),
      });
    for (const command of [
      ['scans', 'list'],
      ['scans', 'delete'],
    ])
      expect(await run(...command, '--profile', 'nope')).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('There is no profile called "nope". [not_found]'),
      });
    expect(await run('scans', 'undelete', 'last')).toMatchObject({
      code: 0,
      stdout: 'last was not deleted, so nothing changed.\n',
    });
  }, 60_000);

  test('are deleted by a tag once the user confirmed what will be deleted', async () => {
    const unprobed = await run('scans', 'delete', '--tag', 'edge');
    expect(unprobed.code).toBe(2);
    expect(unprobed.stderr).toContain('1 scan with 0 open ports would be deleted');
    expect((await run('scans', 'delete', '--tag', 'edge', '--yes')).stdout).toMatch(/^1 scan deleted;/);
    expect(await listed()).toMatchObject([{ name: 'two' }]);
    const [gone] = await listed('--deleted');
    expect(gone).toMatchObject({ name: 'one', tags: [{ name: 'edge' }, { name: 'Nightly' }] });
  }, 60_000);
});
