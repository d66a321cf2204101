import { connect, createServer, type Socket } from 'node:net';
import type { DatabaseAddress } from '#store/database/database.js';
import { Course, type KillPoint } from './kill-points.ts';
import { type Message, MessageCutter } from './messages.ts';

export interface Trap {
  readonly point: KillPoint;
  /** How often the point is passed before the trap is triggered. */
  passes: number;
  /** Called at exactly this point. When it returns true, the connection is cut and nothing more is passed on. */
  spring(): boolean;
}

/** Between one server and its database: forwards everything, until a trap is set for a point of the protocol. */
export interface TrapProxy {
  readonly url: string;
  set(trap: Trap | undefined): void;
  close(): Promise<void>;
}

interface Line {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly course: Course;
}

export async function openTrapProxy(direct: DatabaseAddress): Promise<TrapProxy> {
  const sockets = new Set<Socket>();
  let trap: Trap | undefined;

  function isSprung(point: KillPoint | undefined): boolean {
    if (trap === undefined || point !== trap.point) return false;
    if (trap.passes > 0) {
      trap.passes -= 1;
      return false;
    }
    const sprung = trap;
    trap = undefined;
    return sprung.spring();
  }

  function relay({ client, upstream, course }: Line): void {
    const fromClient = new MessageCutter('client');
    const fromServer = new MessageCutter('server');
    const cut = (): void => {
      client.destroy();
      upstream.destroy();
    };
    client.on('data', (bytes: Buffer) => {
      for (const message of fromClient.cut(bytes)) {
        const point = course.ofClient(message);
        if (!isSprung(point)) upstream.write(message.complete);
        else {
          // The connection was cut with half a message pending.
          if (point === 'inside rows') upstream.end(half(message));
          else upstream.destroy();
          client.destroy();
          return;
        }
      }
    });
    upstream.on('data', (bytes: Buffer) => {
      for (const message of fromServer.cut(bytes)) {
        if (isSprung(course.ofServer(message))) return cut();
        client.write(message.complete);
      }
    });
  }

  const server = createServer((client) => {
    const upstream = connect(`${direct.host}/.s.PGSQL.${direct.port ?? 5432}`);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        // What was sent before is still passed on.
        other.destroySoon();
      });
    }
    relay({ client, upstream, course: new Course() });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the proxy has no port');
  const account = `${encodeURIComponent(direct.user ?? '')}:${encodeURIComponent(direct.password ?? '')}`;
  return {
    url: `postgresql://${account}@127.0.0.1:${bound.port}/${direct.database}`,
    set(next) {
      trap = next;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function half({ complete }: Message): Buffer {
  return complete.subarray(0, Math.floor(complete.length / 2));
}
