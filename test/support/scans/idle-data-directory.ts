import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ProcessProber } from '#prober/client/client.js';
import type { Prober } from '#scan/engine/prober.js';
import { createLog } from '#telemetry/log.js';
import type { Listeners } from '../network/listeners.ts';
import { makeNamespace, printed } from '../programs/program.ts';

/** Where only the test's own listeners respond on loopback, whatever else runs on this machine. */
export interface IdleDataDirectory {
  /** False where no namespace could be created: then other programs of this machine may respond as well. */
  readonly isAlone: boolean;
  /** A Node.js whose programs run there, such as the prober of a server that runs elsewhere. */
  readonly node: string;
  /** Runs a scan from there, in a process of its own, as a namespace belongs to a process. */
  readonly prober: Prober;
  /** Listens there on `count` random ports of an address of loopback. */
  listen(host: string, count: number): Promise<Listeners>;
  close(): Promise<void>;
}

const LISTEN = [
  '--conditions=source',
  join(import.meta.dirname, '..', '..', 'front-door', 'fixtures', 'listen.ts'),
];

export function openIdleDataDirectory(): IdleDataDirectory {
  const namespace = makeNamespace();
  const inside = namespace.name === undefined ? [] : ['ip', 'netns', 'exec', namespace.name];
  const folder = mkdtempSync(join(tmpdir(), 'scanorama-quiet-'));
  const node = join(folder, 'node');
  writeFileSync(node, `#!/bin/sh\nexec ${[...inside, process.execPath].join(' ')} "$@"\n`, { mode: 0o755 });
  const environment = { PATH: process.env['PATH'] ?? '' };
  const prober = new ProcessProber({ nodePath: node, environment, log: createLog('silent') });
  return {
    isAlone: namespace.name !== undefined,
    node,
    prober,
    async listen(host, count) {
      const [command, ...args] = [...inside, process.execPath, ...LISTEN, host, String(count), 'held'];
      // A process that outlived this one would block the test run, which waits for the end of its output.
      const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
      const ports = z.array(z.number()).parse(JSON.parse((await printed(child, /\[.*\]/))[0]));
      const close = async () => {
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      };
      return { ports, close };
    },
    async close() {
      await prober.close();
      namespace.remove();
      rmSync(folder, { recursive: true });
    },
  };
}
