import { type ChildProcess, spawn } from 'node:child_process';
import type { Place } from './truth.ts';

const MAX_MESSAGE_CHARACTERS = 65_536;

export interface StartedProgram {
  readonly child: ChildProcess;
  /** The last of what it wrote to its standard error. */
  readonly given: () => string;
}

/** The programs that run in the namespaces of one lab. */
export class LabProcesses {
  readonly #namespaceOf: (place: Place) => string;
  readonly #ends: Promise<unknown>[] = [];

  constructor(namespaceOf: (place: Place) => string) {
    this.#namespaceOf = namespaceOf;
  }

  start(place: Place, command: readonly string[]): StartedProgram {
    const child = spawn('ip', ['netns', 'exec', this.#namespaceOf(place), ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let given = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      given = (given + text).slice(-MAX_MESSAGE_CHARACTERS);
    });
    // Nobody may be reading, and a full pipe would hold it up.
    child.stdout.resume();
    this.#ends.push(
      new Promise((resolve) => {
        child.once('close', resolve);
        child.once('error', resolve);
      }),
    );
    return { child, given: () => given };
  }

  /** Once every one of them has ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#ends);
  }
}
