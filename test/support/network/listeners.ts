import { createServer, type Server } from 'node:net';

export interface Listeners {
  readonly ports: readonly number[];
  close(): Promise<void>;
}

/**
 * Listens on `count` different random ports of an address of loopback, over the whole range from 1024.
 * Ports in use are skipped.
 */
export async function openListeners(
  host: string,
  count: number,
  random: () => number = Math.random,
): Promise<Listeners> {
  const servers = new Map<number, Server>();
  while (servers.size < count) {
    const port = 1_024 + Math.floor(random() * (65_536 - 1_024));
    if (servers.has(port)) continue;
    const server = await listen(host, port).catch(() => undefined);
    if (server !== undefined) servers.set(port, server);
  }
  return {
    ports: [...servers.keys()].sort((a, b) => a - b),
    async close() {
      await Promise.all(
        [...servers.values()].map((server) => new Promise((resolve) => server.close(resolve))),
      );
    },
  };
}

function listen(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      // A scanner hangs up with a reset.
      socket.on('error', () => undefined);
      socket.resume();
    });
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
