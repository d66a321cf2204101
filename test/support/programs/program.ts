import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The program's file. */
export const PROGRAM = join(import.meta.dirname, '..', '..', '..', 'bin', 'scanorama.js');

export interface ProgramResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** A network namespace that the test created; the program sees only its loopback. */
  readonly namespace?: string | undefined;
  /** Empty, unless specified. */
  readonly stdin?: 'pipe';
}

/** The built program as a user starts it, with an environment that names no other database. */
export function startProgram(args: readonly string[], options: ProgramOptions = {}): ChildProcess {
  const inside = options.namespace === undefined ? [] : ['ip', 'netns', 'exec', options.namespace];
  const [command = '', ...rest] = [...inside, process.execPath, PROGRAM, ...args];
  const { DATABASE_URL: _, ...inherited } = process.env;
  return spawn(command, rest, {
    env: { ...inherited, ...options.environment },
    stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe'],
  });
}

export async function runProgram(
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  return ended(startProgram(args, options));
}

/** Whether a program can be run as in a terminal; where not, the reason was printed. */
export function hasTerminal(): boolean {
  const found = spawnSync('script', ['--version']).status === 0;
  if (!found) console.warn('NO TERMINAL: colored output is not tested, because `script` is not installed.');
  return found;
}

/** The built program on a terminal that has colors: all that it prints, with the line ends of a terminal. */
export async function runInTerminal(args: readonly string[]): Promise<ProgramResult> {
  const texts = [process.execPath, PROGRAM, ...args].map((raw) => `'${raw.replaceAll("'", `'\\''`)}'`);
  // Node.js shows colors on no terminal of a CI.
  const { DATABASE_URL: _, NO_COLOR: _noColor, CI: _ci, ...inherited } = process.env;
  const child = spawn('script', ['--quiet', '--return', '--command', texts.join(' '), '/dev/null'], {
    env: { ...inherited, TERM: 'xterm-256color' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return ended(child);
}

/** Collects what a program prints until it ends. */
export async function ended(child: ChildProcess): Promise<ProgramResult> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout, stderr };
}

/** Waits for a line of output that matches; fails when the program ends before. */
export function printed(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      const match = pattern.exec(text);
      if (match !== null) resolve(match);
    });
    child.once('close', (code) =>
      reject(new Error(`the program ended with ${code} before printing ${pattern}: ${text}`)),
    );
  });
}

export interface TemporaryDataDir {
  readonly path: string;
  remove(): Promise<void>;
}

export async function temporaryDataDir(): Promise<TemporaryDataDir> {
  const path = await mkdtemp(join(tmpdir(), 'scanorama-data-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export interface TestNamespace {
  /** Undefined where namespaces cannot be created; the reason was printed. */
  readonly name: string | undefined;
  remove(): void;
}

/** A network namespace with only loopback in it, or a warning why there is none. */
export function makeNamespace(): TestNamespace {
  const name = `scanorama-${process.pid}-${Date.now().toString(36)}`;
  const created = spawnSync('ip', ['netns', 'add', name]);
  if (created.status !== 0) {
    console.warn(
      `NO NETWORK NAMESPACE: this test uses the machine's own loopback, because "ip netns add" failed (${created.error?.message ?? created.stderr.toString().trim()}).`,
    );
    return { name: undefined, remove: () => undefined };
  }
  spawnSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  return { name, remove: () => void spawnSync('ip', ['netns', 'delete', name]) };
}
