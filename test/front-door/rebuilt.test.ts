import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase, urlOf } from '../support/database/database.ts';
import { proberOf } from '../support/programs/prober-for.ts';
import { printed, runProgram, type TemporaryDataDir, temporaryDataDir } from '../support/programs/program.ts';

const ROOT = join(import.meta.dirname, '..', '..');

let db: TestDatabase;
let data: TemporaryDataDir;
let copy: string;
beforeAll(async () => {
  db = await openTestDatabase();
  data = await temporaryDataDir();
  copy = mkdtempSync(join(tmpdir(), 'scanorama-build-'));
  for (const name of ['bin', 'dist', 'migrations', 'package.json'])
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(async () => {
  rmSync(copy, { recursive: true, force: true });
  await data.remove();
  await db.close();
});

/** Changes the build id of the build on the disk. */
function rebuild(): void {
  const files = globSync(join(copy, 'dist/**/*.js')).map(
    (file) => [file, readFileSync(file, 'utf8')] as const,
  );
  const [build = ''] = files.flatMap(([, text]) => /(?<=BUILD = ")[0-9a-f]{64}(?=")/.exec(text)?.[0] ?? []);
  if (build === '') throw new Error('the build contains no build id');
  for (const [file, text] of files)
    if (text.includes(build)) writeFileSync(file, text.replaceAll(build, 'another'));
}

it.skipIf(process.platform !== 'linux')(
  'a server that was rebuilt while running accepts no prober of the new build, and reports that',
  { timeout: 120_000 },
  async () => {
    const texts = [
      'serve',
      '--listen',
      '127.0.0.1:0',
      '--data-dir',
      data.path,
      '--database-url',
      urlOf(db.address),
    ];
    const server = spawn(process.execPath, [join(copy, 'bin', 'scanorama.js'), ...texts], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [url = ''] = await printed(server, /http:\/\/127\.0\.0\.1:\d+(?=\s)/);
    const key = readFileSync(join(data.path, 'administrator.key'), 'utf8').trim();
    const scan = () =>
      runProgram(['scan', '127.83.9.1', '-p', '1-10', '--server', url], {
        environment: { SCANORAMA_API_KEY: key },
      });
    expect(await scan()).toMatchObject({ code: 0 });
    rebuild();
    expect(await scan()).toMatchObject({ code: 0 });
    process.kill(proberOf(server.pid), 'SIGKILL');
    const { code, stderr } = await scan();
    expect(code).toBe(1);
    expect(stderr).toContain('This program was rebuilt since it started');
    expect(stderr).toContain('[program_rebuilt]');
    server.kill('SIGTERM');
    await once(server, 'exit');
  },
);
