import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Releasers } from '#app/serve/releasers.js';
import { programFile, SOURCE_CONDITIONS } from '#net/native/libc/program-file.js';

const MAIN = programFile('app/torture-guard-main');

/**
 * Starts a process that ends the servers and the database in a directory, and removes it, when this one is gone
 * before `releasers` let go: killed by `kill -9`, or left at once at a second Ctrl-C. It hears of that as a prober does,
 * by the end of its channel. To be called before anything is started in the directory, so that it is let go of last.
 */
export function guardTorture(directory: string, releasers: Releasers): void {
  const guard = spawn(process.execPath, [...SOURCE_CONDITIONS, MAIN, directory], {
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
    // A Ctrl-C is for whoever is guarded.
    detached: true,
  });
  const gone = once(guard, 'close').catch(() => undefined);
  guard.stdin.on('error', () => undefined);
  releasers.add(async () => {
    guard.stdin.end('done');
    await gone;
  });
}
