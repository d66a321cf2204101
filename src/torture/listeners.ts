import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import type { Endpoint } from '#torture/known-truth.js';

/** A port that listens, and when it was asked. */
export interface Listener extends Endpoint {
  /** Milliseconds since 1970, ascending. */
  readonly askedAtMs: readonly number[];
}

export interface Listeners {
  readonly all: readonly Listener[];
  close(): Promise<void>;
}

/** Listens on all of these, each on its own address of loopback. */
export async function openListeners(endpoints: readonly Endpoint[]): Promise<Listeners> {
  const servers: Server[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  };
  try {
    const all = await Promise.all(endpoints.map((endpoint) => listen(endpoint, servers)));
    return { all, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listen({ address, port }: Endpoint, servers: Server[]): Promise<Listener> {
  const askedAtMs: number[] = [];
  const server = createServer((socket) => {
    askedAtMs.push(Date.now());
    // A scanner hangs up with a reset.
    socket.on('error', () => undefined);
    socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  servers.push(server);
  return { address, port, askedAtMs };
}

const LISTEN_STATE = '0A';

/**
 * Ports on which other programs of this machine listen on every address, and so on each of loopback's.
 * From /proc/net/tcp: local address and port in hexadecimal, then the peer, then the state.
 */
export async function portsOfOthers(): Promise<ReadonlySet<number>> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => '')),
  );
  const ports = tables
    .join('\n')
    .split('\n')
    .flatMap((line) => {
      const [, local = '', , state] = line.trim().split(/\s+/);
      const [address = '', port = ''] = local.split(':');
      return state === LISTEN_STATE && /^0+$/.test(address) ? [Number.parseInt(port, 16)] : [];
    });
  return new Set(ports);
}
