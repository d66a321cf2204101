/**
 * P11: `scanorama serve` to readiness, second start, embedded database, against the parts that cannot be avoided: starting
 * the same PostgreSQL bare, starting Node.js, and importing the server's modules.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { ROUTES } from '#contract/api/routes.js';
import { type Bench, serialized } from '../support/bench.ts';
import { goalOf, present, type Run, type Work } from '../support/work.ts';
import { ENVIRONMENT, end, ROOT, runWell } from './program.ts';
import { endService, startService, withDataDir } from './service.ts';

const POLL_MS = 2;
const LIMIT_MS = 60_000;
const IMPORTING =
  "Promise.all(['app/serve/serve', 'api/server', 'jobs/queue'].map((name) => import('./dist/' + name + '.js')))";

/** Polls until the condition is met. */
async function until(isSo: () => Promise<boolean>, what: string, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  while (!(await isSo())) {
    if (limit.aborted) throw new Error(`${what}: not within ${LIMIT_MS} ms`);
    await sleep(POLL_MS);
  }
}

async function serve(dataDir: string, signal: AbortSignal): Promise<ChildProcess> {
  const { child, url } = await startService(dataDir, signal);
  const isReady = async () => {
    const answer = await fetch(`${url}${ROUTES.readiness}`).catch(() => undefined);
    return answer?.ok === true;
  };
  try {
    await until(isReady, 'serve to ready', signal);
    return child;
  } catch (error) {
    await endService(child, dataDir);
    throw error;
  }
}

/** The command line of PostgreSQL: run without the launcher, it is the bare start. */
async function postgresOf(dataDir: string) {
  const root = join(dataDir, 'postgres');
  const cluster = join(root, 'cluster');
  const pid = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')[0] ?? '';
  const texts = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
  const socket = (await readdir(join(root, 'run'))).find((name) => /^\.s\.PGSQL\.\d+$/.test(name));
  const { uid, gid } = await stat(cluster);
  return {
    program: await readlink(`/proc/${pid}/exe`),
    cwd: await readlink(`/proc/${pid}/cwd`),
    words: texts.slice(1),
    owner: process.getuid?.() === 0 ? { uid, gid } : {},
    connection: {
      host: join(root, 'run'),
      port: Number(socket?.split('.').at(-1)),
      user: 'scanorama',
      database: 'postgres',
      password: (await readFile(join(root, 'password'), 'utf8')).trim(),
    },
  };
}

type Postgres = Awaited<ReturnType<typeof postgresOf>>;

async function startBare(postgres: Postgres, signal: AbortSignal): Promise<ChildProcess> {
  const { program, cwd, words: texts, owner, connection } = postgres;
  const child = spawn(program, texts, { cwd, env: ENVIRONMENT, stdio: 'ignore', ...owner });
  const answers = async () => {
    const client = new Client(connection);
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
      await client.end();
      return true;
    } catch {
      return false;
    }
  };
  try {
    await until(answers, 'bare PostgreSQL', signal);
    return child;
  } catch (error) {
    await end(child, 'SIGINT');
    throw error;
  }
}

async function timed(work: () => Promise<unknown>): Promise<Run> {
  const startedAtMs = performance.now();
  await work();
  return { value: Math.round(performance.now() - startedAtMs) };
}

/** Measures a start, and ends what was started before the next. */
async function timedStart(begin: () => Promise<ChildProcess>, how: NodeJS.Signals = 'SIGTERM'): Promise<Run> {
  const startedAtMs = performance.now();
  const child = await begin();
  const value = Math.round(performance.now() - startedAtMs);
  await end(child, how);
  return { value };
}

/** The time of each round over 3 × (bare PostgreSQL + Node.js) + importing. */
function shares(runs: Readonly<Record<string, readonly Run[]>>): readonly number[] {
  return (runs['serve to ready'] ?? []).map(({ value }, round) => {
    const of = (name: string) => runs[name]?.[round]?.value ?? Number.NaN;
    const importing = of('node importing the server') - of('node -e 0');
    return value / (3 * (of('bare PostgreSQL') + of('node -e 0')) + importing);
  });
}

export async function measureServeStart(bench: Bench): Promise<readonly Work[]> {
  const { signal } = bench;
  const runs = await withDataDir(async (dataDir) => {
    const first = await serve(dataDir, signal);
    const postgres = await postgresOf(dataDir);
    await endService(first, dataDir);
    const node = (code: string) =>
      timed(() => runWell([process.execPath, '-e', code], { signal, limitMs: LIMIT_MS }));
    return await serialized(bench, {
      'serve to ready': () => timedStart(() => serve(dataDir, signal)),
      'bare PostgreSQL': () => timedStart(() => startBare(postgres, signal), 'SIGINT'),
      'node -e 0': () => node('0'),
      'node importing the server': () => node(IMPORTING),
    });
  });
  return [
    {
      id: 'P11',
      title: 'scanorama serve to ready, second start',
      unit: 'ms',
      rounds: bench.rounds,
      runs,
      goals: present([
        goalOf('time / (3 × (bare PostgreSQL + node -e 0) + importing the server)', shares(runs), {
          most: 1,
        }),
        goalOf(
          'seconds (3 is a guide)',
          (runs['serve to ready'] ?? []).map(({ value }) => value / 1_000),
        ),
      ]),
      how: [
        `From starting the program to a successful response of ${ROUTES.readiness}, with the embedded database of an earlier start. Bare PostgreSQL: the same program, arguments and cluster, until it answers a query. Importing: a Node.js that imports the server’s modules, minus one that does nothing.`,
      ],
      unspecified: [
        'The first start, which creates the database, and a start after a kill, which has to recover.',
        `The repository’s ${join(ROOT, 'scanorama').slice(ROOT.length + 1)} script, which checks whether the build is current, is not included.`,
      ],
      absent: {},
    },
  ];
}
