import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { namelessFile } from '#report/text/unnamed-file.js';

const folders: string[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

it('is written and read, is for its owner alone, and is nowhere to be found', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nameless-'));
  folders.push(folder);
  vi.stubEnv('TMPDIR', folder);
  const before = (await stat(folder)).mtimeMs;
  const file = await namelessFile();
  try {
    await file.writeFile('198.18.0.1\n');
    expect((await file.read(Buffer.alloc(20), 0, 20, 0)).bytesRead).toBe(11);
    expect((await file.stat()).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual([]);
    // On Linux the file never had a name, not even briefly: a kill at that time would leave it.
    if (process.platform === 'linux') expect((await stat(folder)).mtimeMs).toBe(before);
  } finally {
    await file.close();
  }
});

it('fails where there is no place for temporary files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nameless-'));
  folders.push(folder);
  await mkdir(join(folder, 'gone'));
  vi.stubEnv('TMPDIR', join(folder, 'gone'));
  await rm(join(folder, 'gone'), { recursive: true });
  await expect(namelessFile()).rejects.toMatchObject({ code: 'ENOENT' });
});
