import { setTimeout as sleep } from 'node:timers/promises';
import { layoutOf } from '#postgres/cluster/layout.js';
import { signalServer, within } from '#postgres/process/server-process.js';
import { serverState } from '#postgres/process/server-state.js';
import { type EmbeddedPostgres, openEmbedded } from '#postgres/use/embedded.js';
import type { TorturedDatabase } from '#torture/lab.js';

/** Losses after which it is opened anew: in a row they are waited for longer and longer, and in the end for ever. */
const MAX_LOSSES = 4;
const POLL_MS = 20;
/** A server that was killed is brought back by whoever has it open; beyond this it is opened anew. */
const RETURN_MS = 10_000;
const STOP_MS = 20_000;

export interface TorturedDatabaseOptions {
  readonly dataDir: string;
  /** Whether it takes statements. */
  readonly isAnswering: () => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** An embedded PostgreSQL of our own that is killed again and again. */
export class EmbeddedTorturedDatabase implements TorturedDatabase {
  readonly #options: TorturedDatabaseOptions;
  #use: EmbeddedPostgres;
  #losses = 0;

  private constructor(options: TorturedDatabaseOptions, use: EmbeddedPostgres) {
    this.#options = options;
    this.#use = use;
  }

  /** Where it does not open, nothing runs any more either. */
  static async open(options: TorturedDatabaseOptions): Promise<EmbeddedTorturedDatabase> {
    const { dataDir, signal } = options;
    try {
      return new EmbeddedTorturedDatabase(options, await open(dataDir, signal));
    } catch (error) {
      // One whose start was called off takes its time to stop, and its files are about to be removed.
      await within(STOP_MS, async () => (await mainProcessOf(dataDir)) === undefined);
      throw error;
    }
  }

  get connection(): EmbeddedPostgres['connection'] {
    return this.#use.connection;
  }

  async mainProcess(): Promise<number | undefined> {
    return mainProcessOf(this.#options.dataDir);
  }

  async signal(pid: number, name: 'SIGKILL' | 'SIGINT'): Promise<void> {
    this.lost();
    await signalServer(pid, layoutOf(this.#options.dataDir).cluster, name);
  }

  lost(): void {
    this.#losses += 1;
  }

  async ensure(signal: AbortSignal): Promise<void> {
    if (!(await this.#isBack(signal))) await this.#reopen(signal);
  }

  async refresh(signal: AbortSignal): Promise<void> {
    if (this.#losses < MAX_LOSSES) await this.ensure(signal);
    else await this.#reopen(signal);
  }

  async #reopen(signal: AbortSignal): Promise<void> {
    this.#losses = 0;
    await this.#use.close();
    signal.throwIfAborted();
    this.#use = await open(this.#options.dataDir, signal);
    if (!(await this.#isBack(signal))) throw new Error('the database does not come back');
  }

  async close(): Promise<void> {
    await this.#use.close();
  }

  async #isBack(signal: AbortSignal): Promise<boolean> {
    const deadlineMs = performance.now() + RETURN_MS;
    while (!(await this.#options.isAnswering().catch(() => false))) {
      signal.throwIfAborted();
      if (performance.now() > deadlineMs) return false;
      await sleep(POLL_MS);
    }
    return true;
  }
}

async function mainProcessOf(dataDir: string): Promise<number | undefined> {
  const state = await serverState(layoutOf(dataDir));
  return state.kind === 'ready' || state.kind === 'changing' ? state.pid : undefined;
}

function open(dataDir: string, signal: AbortSignal): Promise<EmbeddedPostgres> {
  return openEmbedded({ dataDir, log: () => undefined, signal });
}
