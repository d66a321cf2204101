import process from 'node:process';
import { end, printed, start } from '../service/program.ts';
import { inside } from './namespaces.ts';

const LIMIT_MS = 30_000;

/** A process in the namespace that listens on the ports and closes every connection, for as long as `use` runs. */
export async function withListener<T>(
  namespace: string,
  ports: readonly number[],
  use: (pid: number) => Promise<T>,
): Promise<T> {
  const code = `const { createServer } = require('node:net');
    let left = ${ports.length};
    for (const port of ${JSON.stringify(ports)})
      createServer((socket) => { socket.on('error', () => undefined); socket.destroy(); })
        .listen({ port, host: '0.0.0.0', backlog: 4096 }, () => --left || console.log('ready'));`;
  const child = start(inside(namespace, [process.execPath, '-e', code]));
  try {
    await printed(child, /ready/, { signal: AbortSignal.timeout(LIMIT_MS), limitMs: LIMIT_MS });
    return await use(child.pid ?? 0);
  } finally {
    await end(child);
  }
}
