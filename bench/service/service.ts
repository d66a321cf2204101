import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { inside } from '../support/namespaces.ts';
import { end, printed, ROOT, start } from './program.ts';

const READY_LIMIT_MS = 120_000;
const DATABASE_LIMIT_MS = 20_000;
const POLL_MS = 100;

/** A data directory for as long as `use` runs. */
export async function withDataDir<T>(use: (dataDir: string) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'scanorama-bench-'));
  try {
    return await use(dataDir);
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The built program, with the arguments of a command; its first line names its runtime. */
export const scanorama = (...texts: readonly string[]): readonly string[] => [
  join(ROOT, 'bin', 'scanorama.js'),
  ...texts,
];

export interface Service {
  readonly child: ChildProcess;
  /** The address it listens on; inside of the namespace, if there is one. */
  readonly url: string;
}

async function postmasterOf(dataDir: string): Promise<number | undefined> {
  const file = join(dataDir, 'postgres', 'cluster', 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => '');
  return text === '' ? undefined : Number(text.split('\n')[0]);
}

/** Ends the service; its database too, where the service had to be killed while working. */
export async function endService(child: ChildProcess, dataDir: string): Promise<void> {
  const postmaster = await postmasterOf(dataDir);
  await end(child);
  if (postmaster === undefined || !existsSync(`/proc/${postmaster}`)) return;
  try {
    process.kill(postmaster, 'SIGQUIT');
  } catch {
    // It ended just now.
  }
  for (
    let waitedMs = 0;
    existsSync(`/proc/${postmaster}`) && waitedMs < DATABASE_LIMIT_MS;
    waitedMs += POLL_MS
  )
    await sleep(POLL_MS);
}

/** `scanorama serve` with its own database, until it prints where it listens. */
export async function startService(
  dataDir: string,
  signal: AbortSignal,
  namespace?: string,
): Promise<Service> {
  const texts = scanorama('serve', '--listen', '127.0.0.1:0', '--data-dir', dataDir);
  const child = start(namespace === undefined ? texts : inside(namespace, texts));
  try {
    const [url] = await printed(child, /http:\/\/[\d.:]+/, { signal, limitMs: READY_LIMIT_MS });
    return { child, url };
  } catch (error) {
    await endService(child, dataDir);
    throw error;
  }
}
