import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import type { Endpoint } from '#torture/known-truth.js';

/** A port that listens, and when it was asked. */
export interface Listener extends Endpoint {
  /** At the earliest, since this program may hear of it late. Milliseconds since 1970, ascending. */
  readonly probedAtMs: readonly number[];
}

export interface Listeners {
  readonly all: readonly Listener[];
  close(): Promise<void>;
}

/** How often the clock is looked at, so that it is known since when something may have waited to be heard. */
const TICK_MS = 10;

/** Gives an instant before which whatever is heard now would have been heard already. */
function keepHearing(): { readonly sinceMs: () => number; end(): void } {
  let [before, last] = [Date.now(), Date.now()];
  // The last look may be of the very turn in which something is heard, behind a long one.
  const ticking = setInterval(() => {
    before = last;
    last = Date.now();
  }, TICK_MS);
  ticking.unref();
  return { sinceMs: () => before, end: () => clearInterval(ticking) };
}

/** Listens on all of these, each on its own address of loopback. */
export async function openListeners(endpoints: readonly Endpoint[]): Promise<Listeners> {
  const servers: Server[] = [];
  const hearing = keepHearing();
  const close = async (): Promise<void> => {
    hearing.end();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  };
  try {
    const all = await Promise.all(endpoints.map((endpoint) => listen(endpoint, servers, hearing.sinceMs)));
    return { all, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listen(
  { address, port }: Endpoint,
  servers: Server[],
  sinceMs: () => number,
): Promise<Listener> {
  const probedAtMs: number[] = [];
  const server = createServer((socket) => {
    probedAtMs.push(sinceMs());
    // A scanner hangs up with a reset.
    socket.on('error', () => undefined);
    socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  servers.push(server);
  return { address, port, probedAtMs };
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
