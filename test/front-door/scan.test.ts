import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
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

let data: TemporaryDataDir;
let namespace: TestNamespace;
let listener: ChildProcess;
let truth: readonly number[];

beforeAll(async () => {
  data = await temporaryDataDir();
  namespace = makeNamespace();
  const inside = namespace.name === undefined ? [] : ['ip', 'netns', 'exec', namespace.name];
  const [command, ...args] = [
    ...inside,
    process.execPath,
    '--conditions=source',
    join(import.meta.dirname, 'fixtures', 'listen.ts'),
    '127.0.0.1',
    '40',
  ];
  listener = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  truth = z.array(z.number()).parse(JSON.parse((await printed(listener, /\[.*\]/))[0]));
});
afterAll(async () => {
  listener.kill('SIGKILL');
  namespace.remove();
  await data.remove();
});

const run = (...args: string[]) =>
  runProgram([...args, '--data-dir', data.path], { namespace: namespace.name });

/** The minimum that `scan --json` guarantees. */
const scanJson = z.object({
  id: z.uuid(),
  status: z.string(),
  engine: z.string(),
  probes: z.object({ sent: z.number(), answered: z.number() }),
  hosts: z.array(
    z.object({
      ip: z.string(),
      status: z.string(),
      reason: z.string().nullable(),
      ports: z.array(
        z.object({
          port: z.number(),
          protocol: z.string(),
          state: z.string(),
          reason: z.string(),
          service: z.string().nullable(),
        }),
      ),
    }),
  ),
});
type ScanJson = z.infer<typeof scanJson>;
const hostsJson = z.array(
  z.object({ ip: z.string(), status: z.string(), open_ports: z.array(z.object({ port: z.number() })) }),
);
const portsOf = (scan: ScanJson) => scan.hosts.flatMap(({ ports }) => ports.map(({ port }) => port));

/** Stored positions of running scans, as another command sees them on the same database. */
async function storedOfRunning(): Promise<number> {
  const { stdout } = await run('scans', 'list', '--json');
  const scans = z.array(z.object({ status: z.string(), progress: z.object({ completed: z.number() }) }));
  return scans
    .parse(JSON.parse(stdout))
    .filter(({ status }) => status === 'running')
    .reduce((sum, { progress }) => sum + progress.completed, 0);
}

/** Each starts the program, and most of them a database, several times. */
describe('scanorama scan', { timeout: 120_000 }, () => {
  it('lists exactly the listeners over the whole port range, and hosts list then shows them', async () => {
    const { code, stdout, stderr } = await run('scan', '127.0.0.1', '-p', '1-65535', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const scan = scanJson.parse(JSON.parse(stdout));
    expect(scan).toMatchObject({
      status: 'completed',
      engine: 'connect',
      hosts: [{ ip: '127.0.0.1', status: 'up' }],
    });
    // In a namespace nothing else listens; on the machine's own loopback other programs may.
    if (namespace.name === undefined) expect(portsOf(scan)).toEqual(expect.arrayContaining([...truth]));
    else expect(portsOf(scan)).toEqual(truth);

    const hosts = hostsJson.parse(JSON.parse((await run('hosts', 'list', '--json')).stdout));
    expect(hosts.map(({ ip, status }) => [ip, status])).toEqual([['127.0.0.1', 'up']]);
    expect(hosts[0]?.open_ports.map(({ port }) => port)).toEqual(portsOf(scan));

    const shown = scanJson.parse(JSON.parse((await run('scans', 'show', scan.id, '--json')).stdout));
    expect(portsOf(shown)).toEqual(portsOf(scan));
    expect((await run('scans', 'list')).stdout).toContain(scan.id);
    expect((await run('hosts', 'show', '127.0.0.1')).stdout).toContain(`${truth[0]}/tcp`);
    const verified = await run('verify');
    expect(verified.code).toBe(0);
    expect(verified.stdout).toContain('No fault');
  });

  it('keeps what was seen when it is interrupted, and continues from there when resumed', async () => {
    const args = [
      'scan',
      '127.0.0.1',
      '-p',
      `1-16000,${truth.join(',')}`,
      '--rate',
      '1000',
      '--per-host-rate',
      '1000',
      '--json',
      '--data-dir',
      data.path,
    ];
    const scanning = startProgram(args, { namespace: namespace.name });
    const output = ended(scanning);
    await expect.poll(storedOfRunning, { timeout: 60_000 }).toBeGreaterThan(0);
    scanning.kill('SIGINT');
    const { code, stdout } = await output;
    expect(code).toBe(130);
    const stopped = scanJson.parse(JSON.parse(stdout));
    expect(stopped.status).toBe('cancelled');
    expect(stopped.probes.sent).toBeGreaterThan(0);
    expect(stopped.probes.sent).toBeLessThan(16_000);
    const resumed = scanJson.parse(JSON.parse((await run('scan', '--resume', stopped.id, '--json')).stdout));
    expect(resumed).toMatchObject({ id: stopped.id, status: 'completed' });
    if (namespace.name !== undefined) expect(portsOf(resumed)).toEqual(truth);
    expect((await run('verify')).code).toBe(0);
  });

  it('sends and stores nothing on a dry run', async () => {
    const before = (await run('scans', 'list', '--json')).stdout;
    const { code, stdout } = await run('scan', '127.0.0.0/24', '-p', '1-100', '--dry-run', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ addresses: '256', probes: 25_600 });
    expect((await run('scans', 'list', '--json')).stdout).toBe(before);
  });

  it('asks for confirmation before a large scan, and does not start it without', async () => {
    const { code, stderr, stdout } = await run('scan', '127.0.0.0/16', '-p', '1-1000');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('confirmation_required');
    expect(stderr).toContain('--yes');
  });
});
