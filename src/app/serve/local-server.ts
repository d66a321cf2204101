import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { localHeaders } from '#api/auth/local.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { privateSocketPath } from '#postgres/cluster/socket-path.js';

// Not imported: see `importedHttp` in test/tidy/code-rules.ts.
const { createServer: createHttpServer } = process.getBuiltinModule('node:http');

const SOCKET_NAME = 'server.sock';
const ADDRESS_FILE = 'server.json';
const CONNECT_TIMEOUT_MS = 2_000;
/** How often the socket may be taken by others that start at the same time and end at once. */
const OCCUPY_ATTEMPTS = 10;

/** How the audit trail names a change made on this machine. */
export function localActor(): string {
  try {
    return `os:${userInfo().username}`;
  } catch {
    // A uid without an account, as in many containers.
    return `os:uid-${process.getuid?.() ?? 'unknown'}`;
  }
}

export interface LocalServer {
  readonly socketPath: string;
  /** Where a browser finds it. */
  readonly url: string;
}

/** The server that runs on this data directory, if one does. A socket file that nobody listens on is not a server. */
export async function findLocalServer(dataDir: string): Promise<LocalServer | undefined> {
  const socketPath = await privateSocketPath(dataDir, SOCKET_NAME).catch(() => undefined);
  if (socketPath === undefined || !(await isAnswering(socketPath))) return undefined;
  return { socketPath, url: await readAddress(join(dataDir, ADDRESS_FILE)) };
}

/** Empty when nobody can tell: the server has only just begun, or was killed while writing. */
async function readAddress(file: string): Promise<string> {
  try {
    const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
    const url = typeof parsed === 'object' && parsed !== null && 'url' in parsed ? parsed.url : undefined;
    return typeof url === 'string' ? url : '';
  } catch {
    return '';
  }
}

function isAnswering(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}

/**
 * Serves the same API on a private socket in the data directory. Whoever may open the socket may read
 * the data directory as well, so requests through it are the operating system's user and need no key.
 * The socket is also what makes a second server on the same data directory impossible: `server_running`.
 */
export async function listenLocally(dataDir: string, server: FastifyInstance): Promise<() => Promise<void>> {
  await refuseSecondServer(dataDir);
  const socketPath = await privateSocketPath(dataDir, SOCKET_NAME);
  const trusted = localHeaders(server, localActor());
  const local = createHttpServer((request, response) => {
    Object.assign(request.headers, trusted);
    server.routing(request, response);
  });
  await occupy(dataDir, local, socketPath);
  return async () => {
    local.closeAllConnections();
    await new Promise((resolve) => local.close(resolve));
    await rm(join(dataDir, ADDRESS_FILE), { force: true });
  };
}

/** Tells later commands where this server's pages are. */
export async function announceAddress(dataDir: string, url: string): Promise<void> {
  await writeFile(join(dataDir, ADDRESS_FILE), `${JSON.stringify({ url, pid: process.pid })}\n`, {
    mode: 0o600,
  });
}

/** Of several that come at once, one gets the socket: only who finds it free or dead may take it. */
async function occupy(dataDir: string, local: Server, socketPath: string): Promise<void> {
  for (let attempt = 0; attempt < OCCUPY_ATTEMPTS; attempt += 1) {
    try {
      await listen(local, socketPath);
      return;
    } catch (error) {
      if (!hasCode(error, 'EADDRINUSE')) throw error;
    }
    if (await putAwayDead(socketPath)) continue;
    throw serverRunning((await findLocalServer(dataDir))?.url ?? '');
  }
  throw serverRunning('');
}

/**
 * False when somebody answers. A dead socket is moved aside and asked once more, since another program may
 * have put its own there meanwhile: that one is put back.
 */
async function putAwayDead(socketPath: string): Promise<boolean> {
  if (await isAnswering(socketPath)) return false;
  // No longer than the socket's own name: an address has little room.
  const aside = join(dirname(socketPath), `s.${randomBytes(4).toString('hex')}`);
  try {
    await rename(socketPath, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return true;
    throw error;
  }
  const isAlive = await isAnswering(aside);
  if (isAlive) await link(aside, socketPath).catch(() => undefined);
  await rm(aside, { force: true });
  return !isAlive;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function listen(local: Server, socketPath: string): Promise<void> {
  const previousMask = process.umask(0o077);
  return new Promise<void>((resolve, reject) => {
    local.once('error', reject);
    local.listen(socketPath, resolve);
  }).finally(() => process.umask(previousMask));
}

/** Throws `server_running` where one runs on this data directory already. */
export async function refuseSecondServer(dataDir: string): Promise<void> {
  const running = await findLocalServer(dataDir);
  if (running !== undefined) throw serverRunning(running.url);
}

function serverRunning(url: string): ScanoramaError {
  return new ScanoramaError(
    'server_running',
    `A Scanorama server already runs on this data directory${url === '' ? '' : `, at ${url}`}.`,
    {
      hint: 'Use that one, or give this one another --data-dir and --listen.',
    },
  );
}
