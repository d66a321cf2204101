import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a Scanorama server is started here, without its place. */
export interface ServerLaunch {
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
}

export interface ServerPlace {
  readonly name: string;
  readonly dataDir: string;
  readonly databaseUrl: string;
}

const START_TIMEOUT_MS = 30_000;
/** A database that is being brought back refuses a program that starts in that very moment. */
const START_ATTEMPTS = 10;
const START_PAUSE_MS = 100;
const POLL_MS = 10;
/** The file that a prober runs, whatever its extension. */
const PROBER_FILE = /\bprober\/main\.[jt]s(?:\0|$)/;

/** A real server in a process of its own, with its prober: what is tortured. */
export class ServerProgram {
  readonly place: ServerPlace;
  readonly logFile: string;
  readonly #launch: ServerLaunch;
  #child: ChildProcess | undefined;
  #isUp = false;
  #starting: Promise<void> | undefined;

  constructor(launch: ServerLaunch, place: ServerPlace) {
    this.#launch = launch;
    this.place = place;
    this.logFile = join(place.dataDir, 'server.log');
  }

  get processId(): number | undefined {
    return this.#child?.pid;
  }

  /** Whether it answers, as far as this side knows. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Starts it unless it runs; settles when it answers. */
  async start(signal: AbortSignal): Promise<void> {
    this.#starting ??= this.#start(signal).finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #start(signal: AbortSignal): Promise<void> {
    for (let attempt = 1; !this.#isUp; attempt += 1) {
      signal.throwIfAborted();
      try {
        await this.#startOnce(signal);
      } catch (error) {
        await this.kill();
        if (attempt >= START_ATTEMPTS || signal.aborted) throw error;
        await sleep(START_PAUSE_MS);
      }
    }
  }

  /** At once, as by `kill -9`; settles when it is gone. Its prober notices and follows by itself. */
  async kill(): Promise<void> {
    this.#isUp = false;
    const child = this.#child;
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode !== null || child.signalCode !== null) return;
    // A process that stands still dies of this too.
    child.kill('SIGKILL');
    await gone;
  }

  /** For good, once the signal of whoever may still be starting it has aborted: nothing of it comes back afterwards. */
  async close(): Promise<void> {
    await this.kill();
    await this.#starting?.catch(() => undefined);
    await this.kill();
  }

  /** For a place that cannot wait. */
  killNow(): void {
    this.#isUp = false;
    this.#child?.kill('SIGKILL');
  }

  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2'): void {
    this.#child?.kill(name);
  }

  /** The prober it started; undefined while there is none. Reads Linux's /proc. */
  async proberProcess(): Promise<number | undefined> {
    const pid = this.processId;
    if (pid === undefined) return undefined;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
    for (const child of children.split(' ').map(Number).filter(Boolean)) {
      const words = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
      if (PROBER_FILE.test(words)) return child;
    }
    return undefined;
  }

  async #startOnce(signal: AbortSignal): Promise<void> {
    const { command, environment } = this.#launch;
    const [program, ...words] = command;
    const { dataDir, databaseUrl } = this.place;
    const place = ['--listen', '127.0.0.1:0', '--data-dir', dataDir, '--database-url', databaseUrl];
    const log = await open(this.logFile, 'a');
    try {
      // Called off while the file was opened: what is spawned now would outlive whoever called it off.
      signal.throwIfAborted();
      const child = spawn(program, [...words, 'serve', '--json', ...place], {
        env: environment,
        stdio: ['ignore', 'pipe', log.fd],
      });
      this.#child = child;
      child.once('exit', () => {
        if (this.#child === child) this.#isUp = false;
      });
      await answering(child, signal);
      this.#isUp = child.exitCode === null && child.signalCode === null;
    } finally {
      await log.close();
    }
  }
}

/** A server prints where it is once it listens, and takes work just after. */
async function answering(child: ChildProcess, signal: AbortSignal): Promise<void> {
  let given = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (given += text));
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
  while (!given.includes('"url"')) {
    deadline.throwIfAborted();
    if (failure !== undefined) throw failure;
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`a server ended with ${child.signalCode ?? child.exitCode} before it answered`);
    await sleep(POLL_MS);
  }
  child.stdout?.removeAllListeners('data').resume();
}
