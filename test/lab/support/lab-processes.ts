import { type ChildProcess, spawn } from 'node:child_process';
import type { Place } from './truth.ts';

const MAX_MESSAGE_CHARACTERS = 65_536;

export interface StartedProgram {
  readonly child: ChildProcess;
  /** The last part of its standard error. */
  readonly output: () => string;
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
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-MAX_MESSAGE_CHARACTERS);
    });
    // There may be no reader, and a full pipe would block it.
    child.stdout.resume();
    this.#ends.push(
      new Promise((resolve) => {
        child.once('close', resolve);
        child.once('error', resolve);
      }),
    );
    return { child, output: () => output };
  }

  /** Resolves once all of them have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#ends);
  }
}
