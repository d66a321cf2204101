import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { makeNamespace, type TestNamespace } from '../support/programs/program.ts';
import { type ServedProgram, serveProgram } from '../support/programs/served-program.ts';

let namespace: TestNamespace;
let served: ServedProgram;
let folder: string;
beforeAll(async () => {
  namespace = makeNamespace();
  folder = await mkdtemp(join(tmpdir(), 'profiles-nmap-'));
  const host =
    '<host starttime="1700000000"><status state="up" reason="user-set"/><address addr="127.87.0.9" addrtype="ipv4"/><ports><port protocol="tcp" portid="1"><state state="closed" reason="reset"/></port></ports></host>';
  // In place of nmap: prints its arguments, and reports that the port of the host is closed.
  await writeFile(
    join(folder, 'nmap'),
    `#!/bin/sh\n[ "$1" = --version ] && { echo 'Nmap version 7.95'; exit; }\necho "$*" > '${folder}/arguments'\necho '<nmaprun start="1700000000">${host}</nmaprun>'\n`,
  );
  await chmod(join(folder, 'nmap'), 0o755);
  const environment = { PATH: `${folder}:${process.env['PATH'] ?? ''}` };
  served = await serveProgram({ namespace: namespace.name, environment });
}, 60_000);
afterAll(async () => {
  await served?.close();
  namespace?.remove();
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => served.run(...args);
const scanJson = z.looseObject({
  id: z.uuid(),
  status: z.string(),
  ports: z.string(),
  profile: z.looseObject({ name: z.string(), overrides: z.array(z.string()) }).nullable(),
});
const scanOf = ({ stdout }: { readonly stdout: string }) => scanJson.parse(JSON.parse(stdout));
const callOfNmap = () => readFile(join(folder, 'arguments'), 'utf8');

describe('profiles at the terminal', () => {
  it('a polite profile makes nmap polite, with all its other settings', async () => {
    const texts =
      'profiles create night -t version -p 1 --timing polite --version-intensity 2 --scripts default --retries 0';
    expect(await run(...texts.split(' '))).toMatchObject({ code: 0 });
    const scanned = scanOf(await run('scan', '127.87.0.9', '--profile', 'NIGHT', '--json'));
    expect(scanned).toMatchObject({ status: 'completed', profile: { name: 'night', overrides: [] } });
    const call = await callOfNmap();
    expect(call).toContain(' -T2 ');
    expect(call).toContain('--scan-delay 400ms');
    expect(call).toContain('--version-intensity 2');
    expect(call).toContain('--max-retries 0');
    expect(call).toMatch(/--script default and not \(/);
    expect(call).not.toContain(' -O ');
  }, 60_000);

  it('an option overrides it, and the response says which; a past scan keeps its settings when it is removed', async () => {
    const scan = scanOf(
      await run(
        'scan',
        '127.87.0.9',
        '--profile',
        'night',
        '--timing',
        'normal',
        '--scripts',
        'unset',
        '--json',
      ),
    );
    expect(scan.profile).toMatchObject({ overrides: ['timing', 'scripts'] });
    const call = await callOfNmap();
    expect(call).toContain(' -T3 ');
    expect(call).not.toContain('--script ');
    expect((await run('profiles', 'stats', 'night')).stdout).toMatch(/Scans +2, 2 completed, 0 failed/);
    expect((await run('profiles', 'edit', 'night', '--ports', '2')).code).toBe(0);
    expect((await run('profiles', 'remove', 'night')).code).toBe(0);
    const shown = await run('scans', 'show', scan.id);
    expect(shown.stdout).toMatch(/As the profile night \(removed since\) has it, but for timing, scripts/);
    expect(shown.stdout).toMatch(/Ports +1 port: 1\n/);
    expect((await run('profiles', 'create', 'night', '--from-scan', scan.id)).code).toBe(0);
    expect((await run('profiles', 'show', 'night')).stdout).toMatch(/Timing +normal/);
  }, 60_000);

  it('a built-in one uses default rates in the plan, cannot be changed, and can be cloned', async () => {
    const plan = await run('scan', '127.87.0.9', '--profile', 'fragile', '--rate', '10', '--dry-run');
    expect(plan.stdout).toMatch(/Profile +As the profile fragile has it, but for rate\n/);
    expect(plan.stdout).toMatch(/Rate +10 packets per second\nPer host +5 packets per second\nRetries +0\n/);
    expect(await run('profiles', 'edit', 'fragile', '--rate', '1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('profiles clone fragile NAME'),
    });
    expect((await run('profiles', 'clone', 'fragile', 'printers')).code).toBe(0);
    expect(await run('profiles', 'clone', 'quick', 'Printers')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[conflict]'),
    });
    const idle = await run('scan', '127.87.0.9', '--profile', 'printers', '-t', 'auto');
    expect(idle).toMatchObject({ code: 2, stderr: expect.stringContaining('[idle_setting]') });
    expect((await run('profiles', 'list')).stdout).toMatch(/printers +own +connect/);
    expect((await run('verify')).code).toBe(0);
  }, 60_000);
});
