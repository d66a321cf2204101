import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { errnoOf } from '#postgres/cluster/data-dir.js';

/** Held by one program at a time while it creates or starts the server. */
export interface Turn {
  release(): void;
}

/**
 * The right to start the server of this data directory. Undefined while another program has it. It is a name in
 * the kernel (an abstract socket) and not a file, so it ends with the process that holds it. It prevents duplicate
 * work and orders the recovery after a crash. Correctness does not depend on it, since other users could take the
 * name: creation is one rename, and PostgreSQL protects its own data directory.
 */
export async function takeLock(dataDir: string): Promise<Turn | undefined> {
  const { dev, ino } = await stat(dataDir, { bigint: true });
  const server = createServer((visitor) => visitor.destroy());
  server.unref();
  return new Promise((resolve) => {
    const turn = { release: () => void server.close() };
    server.once('error', (error) => resolve(errnoOf(error) === 'EADDRINUSE' ? undefined : turn));
    server.listen(`\0scanorama-start-${dev}-${ino}`, () => resolve(turn));
  });
}
