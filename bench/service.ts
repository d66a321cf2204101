import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { inside } from './namespaces.ts';
import { printed, start } from './program.ts';

const READY_LIMIT_MS = 120_000;

/** A data directory for as long as `use` runs. */
export async function withDataDir<T>(use: (dataDir: string) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'scanorama-bench-'));
  try {
    return await use(dataDir);
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The built program, with the words of a verb. */
export const scanorama = (...words: readonly string[]): readonly string[] => [
  process.execPath,
  'bin/scanorama.js',
  ...words,
];

export interface Service {
  readonly child: ChildProcess;
  /** Where it listens; inside of the namespace, if there is one. */
  readonly url: string;
}

/** `scanorama serve` with its own database, until it prints where it listens. */
export async function startService(
  dataDir: string,
  signal: AbortSignal,
  namespace?: string,
): Promise<Service> {
  const words = scanorama('serve', '--listen', '127.0.0.1:0', '--data-dir', dataDir);
  const child = start(namespace === undefined ? words : inside(namespace, words));
  try {
    const [url] = await printed(child, /http:\/\/[\d.:]+/, { signal, limitMs: READY_LIMIT_MS });
    return { child, url };
  } catch (error) {
    child.kill();
    throw error;
  }
}
