import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { localHeaders } from '#api/auth/local.js';
import { ScanoramaError } from '#domain/error.js';
import { privateSocketPath } from '#postgres/socket-path.js';

const SOCKET_NAME = 'server.sock';
const ADDRESS_FILE = 'server.json';
const CONNECT_TIMEOUT_MS = 2_000;

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
  await rm(socketPath, { force: true });
  const trusted = localHeaders(server, localActor());
  const local = createHttpServer((request, response) => {
    Object.assign(request.headers, trusted);
    server.routing(request, response);
  });
  await listen(local, socketPath);
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
  if (running === undefined) return;
  const { url } = running;
  throw new ScanoramaError(
    'server_running',
    `A Scanorama server already runs on this data directory${url === '' ? '' : `, at ${url}`}.`,
    {
      hint: 'Use that one, or give this one another --data-dir and --listen.',
    },
  );
}
