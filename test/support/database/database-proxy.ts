import { connect, createServer, type Socket } from 'node:net';
import type { DatabaseAddress } from '#store/database/database.js';

/** A proxy to a database that can be closed: connections are cut, and new ones hang up at once. Or all of it is frozen. */
export interface DatabaseProxy {
  readonly address: DatabaseAddress;
  takeAway(): void;
  freeze(): void;
  /** Ends either. */
  giveBack(): void;
  close(): Promise<void>;
}

export async function openDatabaseProxy(target: DatabaseAddress): Promise<DatabaseProxy> {
  /** Both ends of each connection, each with the other one. */
  const others = new Map<Socket, Socket>();
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
      socket.on('error', () => undefined);
      socket.on('close', () => {
        others.delete(socket);
        other.destroy();
      });
      if (!isFrozen) socket.pipe(other);
      others.set(socket, other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the proxy has no port');
  const cut = (): void => {
    for (const socket of others.keys()) socket.destroy();
  };
  return {
    address: { ...target, host: '127.0.0.1', port: bound.port },
    takeAway() {
      isAway = true;
      cut();
    },
    freeze() {
      isFrozen = true;
      // A pipe resumes by itself once the other side has read its data.
      for (const socket of others.keys()) socket.unpipe();
    },
    giveBack() {
      isAway = false;
      if (isFrozen) for (const [socket, other] of others) socket.pipe(other);
      isFrozen = false;
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
