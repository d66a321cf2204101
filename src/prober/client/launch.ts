import { type ChildProcess, spawn } from 'node:child_process';
import { Duplex, type Readable } from 'node:stream';
import { BUILD } from '#net/native/libc/build.js';
import { programFile, SOURCE_CONDITIONS } from '#net/native/libc/program-file.js';

/** Both ways, apart from the standard streams: what a library prints is no frame. */
export const CHANNEL_FD = 3;

export interface LaunchOptions {
  /** The Node.js to run it with; the one of this program when undefined. */
  readonly nodePath: string | undefined;
  /** All that the process gets to see of the environment. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface LaunchedProber {
  readonly child: ChildProcess;
  readonly channel: Duplex;
  readonly stderr: Readable;
}

const MAIN = programFile('prober/main');

/**
 * Megabytes of the heap, each: what it keeps lies in arrays beside the heap, and a young generation of the usual
 * 16 MB is garbage of chunks that were handed over long ago.
 */
const HEAP_LIMITS = ['--max-old-space-size=256', '--max-semi-space-size=2'];
/**
 * For the C library: an arena of its own for each thread keeps what one of them once needed. During a SYN scan at the
 * greatest rate the prober was 275 MB large with them, and is 178 MB without.
 */
const MALLOC_LIMITS = { MALLOC_ARENA_MAX: '2' };

/**
 * Starts a prober as the leader of a process group of its own: a Ctrl-C in the terminal does not reach it, and
 * killing the group takes along whatever it started. Failing to start is told by the `error` event.
 */
export function launchProber({ nodePath, environment }: LaunchOptions): LaunchedProber {
  const child = spawn(nodePath ?? process.execPath, [...HEAP_LIMITS, ...SOURCE_CONDITIONS, MAIN, BUILD], {
    env: { ...environment, ...MALLOC_LIMITS },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { stderr } = child;
  const channel = child.stdio[CHANNEL_FD];
  if (stderr === null || !(channel instanceof Duplex)) throw new TypeError('the prober has no channel');
  return { child, channel, stderr };
}

/** Ends it and all it started, at once. */
export function killProber({ child }: LaunchedProber): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
