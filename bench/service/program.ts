import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

export const ROOT = join(import.meta.dirname, '..', '..');
/** Without the caller's settings: the user's database must not be used. */
export const ENVIRONMENT = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: tmpdir() };

const END_LIMIT_MS = 30_000;
const MAX_OUTPUT_CHARACTERS = 67_108_864;

export interface RunOptions {
  readonly signal: AbortSignal;
  /** Then it is killed. */
  readonly limitMs: number;
}

export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
  readonly isCutOff: boolean;
}

export function start(texts: readonly string[]): ChildProcess {
  const [program = '', ...rest] = texts;
  return spawn(program, rest, { cwd: ROOT, env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Collects what a child prints until it ends, by itself or by the limit. */
export async function ended(child: ChildProcess, { signal, limitMs }: RunOptions): Promise<Ended> {
  let output = '';
  let errors = '';
  let isCutOff = false;
  const kill = () => {
    isCutOff = true;
    child.kill('SIGKILL');
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    if (output.length < MAX_OUTPUT_CHARACTERS) output += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (errors.length < MAX_OUTPUT_CHARACTERS) errors += text;
  });
  const limit = setTimeout(kill, limitMs);
  signal.addEventListener('abort', kill, { once: true });
  try {
    if (signal.aborted) kill();
    await once(child, 'close');
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', kill);
  }
  signal.throwIfAborted();
  return { code: child.exitCode, output, errors, isCutOff };
}

/** Runs a program that has to exit with 0. */
export async function runWell(texts: readonly string[], options: RunOptions): Promise<string> {
  const { code, output, errors, isCutOff } = await ended(start(texts), options);
  if (code === 0) return output;
  throw new Error(
    `${texts.join(' ')}: ${isCutOff ? `took longer than ${options.limitMs} ms` : `exit ${code}`}\n${errors}`,
  );
}

/** Requests its end and waits; after a while it is killed. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  const limit = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS);
  child.kill(signal);
  await exited;
  clearTimeout(limit);
}

/** Waits for output that matches; fails when the program ends before, or prints no match in time. */
export async function printed(
  child: ChildProcess,
  pattern: RegExp,
  { signal, limitMs }: RunOptions,
): Promise<RegExpExecArray> {
  let text = '';
  const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
  const receive = (more: string) => {
    text += more;
    const match = pattern.exec(text);
    if (match !== null) resolve(match);
  };
  child.stdout?.setEncoding('utf8').on('data', receive);
  child.stderr?.setEncoding('utf8').on('data', receive);
  const fail = () => reject(new Error(`${pattern} was not printed within ${limitMs} ms:\n${text}`));
  const limit = setTimeout(fail, limitMs);
  child.once('error', reject);
  child.once('exit', fail);
  signal.addEventListener('abort', fail, { once: true });
  try {
    return await promise;
  } finally {
    clearTimeout(limit);
    child.off('exit', fail);
    signal.removeEventListener('abort', fail);
  }
}
