/**
 * P11: `scanorama serve` to readiness, second start, embedded database, against what nobody can save: starting
 * the same PostgreSQL bare, starting Node.js, and importing the server's modules.
 *
 *   node --conditions=source bench/serve-start.ts [rounds]     (after a build; as root or as a plain user)
 *
 * Prints JSON.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { ROUTES } from '#contract/routes.js';
import { circumstances, inTurn, median } from './in-turn.ts';

const ROOT = join(import.meta.dirname, '..');
const POLL_MS = 2;
const environment = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: tmpdir() };

const dataDir = await mkdtemp(join(tmpdir(), 'scanorama-bench-'));

async function serve(): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    ['bin/scanorama.js', 'serve', '--listen', '127.0.0.1:0', '--data-dir', dataDir],
    { cwd: ROOT, env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    output += String(chunk);
  });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended before it was ready:\n${output}`);
    const address = /http:\/\/[\d.:]+/.exec(output)?.[0];
    if (address !== undefined) {
      const ready = await fetch(`${address}${ROUTES.readiness}`).catch(() => undefined);
      if (ready?.ok === true) return child;
    }
    await sleep(POLL_MS);
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

/** How the launcher started the server: the same again, without the launcher, is the bare start. */
async function bareServer() {
  const cluster = join(dataDir, 'postgres', 'cluster');
  const pid = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')[0] ?? '';
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
  const { uid, gid } = await stat(cluster);
  return {
    program: await readlink(`/proc/${pid}/exe`),
    cwd: await readlink(`/proc/${pid}/cwd`),
    words,
    uid,
    gid,
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return performance.now() - startedAtMs;
}

const first = await serve();
const bare = await bareServer();
const socketDir = join(dataDir, 'postgres', 'run');
const port = Number(
  (await readdir(socketDir))
    .find((name) => /^\.s\.PGSQL\.\d+$/.test(name))
    ?.split('.')
    .at(-1),
);
const password = (await readFile(join(dataDir, 'postgres', 'password'), 'utf8')).trim();
await end(first, 'SIGTERM');

async function startBare(): Promise<ChildProcess> {
  const { program, cwd, words, uid, gid } = bare;
  const as = process.getuid?.() === 0 ? { uid, gid } : {};
  const child = spawn(program, words.slice(1), { cwd, env: environment, stdio: 'ignore', ...as });
  for (;;) {
    const client = new Client({ host: socketDir, port, user: 'scanorama', database: 'postgres', password });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
      await client.end();
      return child;
    } catch {
      await sleep(POLL_MS);
    }
  }
}

async function node(code: string): Promise<void> {
  await once(spawn(process.execPath, ['-e', code], { cwd: ROOT, env: environment, stdio: 'ignore' }), 'exit');
}

let running: ChildProcess | undefined;
const ending = async (signal: NodeJS.Signals): Promise<void> => {
  if (running !== undefined) await end(running, signal);
  running = undefined;
};
const tookMs = await inTurn(Number(process.argv[2] ?? 7), {
  'serve to ready': async () => {
    const took = await timed(async () => (running = await serve()));
    await ending('SIGTERM');
    return took;
  },
  'bare PostgreSQL': async () => {
    const took = await timed(async () => (running = await startBare()));
    await ending('SIGINT');
    return took;
  },
  'node -e 0': () => timed(() => node('0')),
  'node importing the server': () =>
    timed(() =>
      node(
        "Promise.all(['app/serve', 'api/server', 'jobs/queue'].map((name) => import('./dist/' + name + '.js')))",
      ),
    ),
});
await rm(dataDir, { recursive: true, force: true });

const mediansMs = Object.fromEntries(Object.entries(tookMs).map(([name, values]) => [name, median(values)]));
const of = (name: string): number => mediansMs[name] ?? Number.NaN;
const importingMs = of('node importing the server') - of('node -e 0');
const reachMs = 3 * (of('bare PostgreSQL') + of('node -e 0')) + importingMs;
console.log(
  JSON.stringify(
    {
      ...circumstances(),
      what: 'P11: scanorama serve to ready, second start, embedded database, milliseconds',
      tookMs,
      mediansMs,
      importingMs,
      reachMs,
      ratio: Math.round((of('serve to ready') / reachMs) * 1_000) / 1_000,
      reach: 'ratio ≤ 1.0, where 1.0 is 3 × (bare PostgreSQL + node -e 0) + importing the server',
    },
    null,
    2,
  ),
);
