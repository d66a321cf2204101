import { connect, createServer, type Socket } from 'node:net';
import type { DatabaseAddress } from '#store/database.js';

/** A way to a database that can be closed: connections are cut, and new ones hang up at once. Or all of it stands still. */
export interface DatabaseProxy {
  readonly address: DatabaseAddress;
  takeAway(): void;
  freeze(): void;
  /** After either. */
  giveBack(): void;
  close(): Promise<void>;
}

export async function openDatabaseProxy(target: DatabaseAddress): Promise<DatabaseProxy> {
  const sockets = new Set<Socket>();
  let isAway = false;
  let isFrozen = false;
  const server = createServer((client) => {
    if (isAway) {
      client.destroy();
      return;
    }
    const upstream =
      target.host?.startsWith('/') === true
        ? connect(`${target.host}/.s.PGSQL.${target.port ?? 5432}`)
        : connect(target.port ?? 5432, target.host ?? '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
      if (isFrozen) socket.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the proxy has no port');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: { ...target, host: '127.0.0.1', port: bound.port },
    takeAway() {
      isAway = true;
      cut();
    },
    freeze() {
      isFrozen = true;
      for (const socket of sockets) socket.pause();
    },
    giveBack() {
      isAway = false;
      isFrozen = false;
      for (const socket of sockets) socket.resume();
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
