import { spawn } from 'node:child_process';
import type { Binaries } from '#postgres/cluster/binaries.js';
import type { Layout } from '#postgres/cluster/layout.js';
import { identityFor, type ServerOwner } from '#postgres/cluster/owner.js';
import { unsupported } from '#postgres/cluster/platform.js';
import { SERVER_ENVIRONMENT, serverArguments } from '#postgres/cluster/settings.js';
import { fatalLine, fatalSince, markLog } from '#postgres/process/server-log.js';
import { isServer, signalServer, within } from '#postgres/process/server-process.js';

const MESSAGE_LIMIT_CHARS = 8192;
/** A fast shutdown writes what is in memory to disk, which takes long on a slow disk. */
const FAST_STOP_MS = 60_000;
const IMMEDIATE_STOP_MS = 5_000;

export interface Launch {
  readonly layout: Layout;
  readonly owner: ServerOwner;
  readonly binaries: Binaries;
  readonly socketDirectory: string;
}

/** A server that this process spawned. */
export interface Postmaster {
  readonly pid: number;
  hasExited(): boolean;
  /** Why it ended: PostgreSQL's own message if there is one. */
  reason(): Promise<string>;
  /** Signals it to stop, for a start that is canceled. */
  callOff(): void;
  /** Closes this program's pipe to it. Its log process keeps the other end open for as long as it runs. */
  release(): void;
}

/**
 * Starts the server in a session of its own, so that neither Ctrl-C nor the end of this process stops it. Its
 * output before its own log starts arrives through a pipe.
 */
export async function launch(request: Launch): Promise<Postmaster> {
  const { layout, owner, binaries } = request;
  const mark = await markLog(layout);
  const child = spawn(binaries.postgres, serverArguments(layout, request.socketDirectory), {
    cwd: layout.cluster,
    env: SERVER_ENVIRONMENT,
    ...identityFor(owner),
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let given = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    given = (given + text).slice(-MESSAGE_LIMIT_CHARS);
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) =>
      reject(unsupported(`PostgreSQL could not be started: ${error.message}.`, error)),
    );
  });
  child.unref();
  const pid = child.pid ?? 0;
  return {
    pid,
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
    reason: async () =>
      fatalLine(given) ??
      (await fatalSince(layout, mark)) ??
      `it ended with ${child.signalCode ?? `exit code ${child.exitCode}`}`,
    callOff: () => void child.kill('SIGINT'),
    release: () => void child.stderr.destroy(),
  };
}

/** Stops a running server and waits until it has ended. Returns whether it has. */
export async function stopServer(
  pid: number,
  cluster: string,
  warn: (message: string) => void,
): Promise<boolean> {
  const gone = async () => !(await isServer(pid, cluster));
  await signalServer(pid, cluster, 'SIGINT');
  if (await within(FAST_STOP_MS, gone)) return true;
  warn(
    `The database did not stop within ${FAST_STOP_MS / 1000} s and is made to; it recovers at its next start.`,
  );
  await signalServer(pid, cluster, 'SIGQUIT');
  return within(IMMEDIATE_STOP_MS, gone);
}
