import type { AddressSet } from '#domain/address-set.js';
import type { ClientRun } from '#prober/client-run.js';
import { type ConnectionOptions, ProberConnection } from '#prober/connection.js';
import type { ProbeOrder, ProbeRun, Prober, ProberSurvey } from '#scan/prober.js';
import type { RateTerms } from '#send/scan-pace.js';

/**
 * A prober in a process of its own: started when it is first needed, and again after it died. What was under way
 * in one that died fails with `prober_died`.
 */
export class ProcessProber implements Prober {
  readonly #options: ConnectionOptions;
  #connection: ProberConnection | undefined;
  /** Processes that were replaced and are ending. */
  readonly #leaving = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Of the process that runs now; undefined while there is none. */
  get processId(): number | undefined {
    return this.#connection?.isDead === false ? this.#connection.processId : undefined;
  }

  /**
   * A process tells what it found when it started, and its engines are made of that, so looking again takes another one.
   * One that runs something keeps its place, and its paces with it: two would send twice as fast.
   */
  async survey({ anew } = { anew: false }): Promise<ProberSurvey> {
    if (anew && this.#connection?.isIdle === true) this.#leave(this.#connection);
    return this.#living().survey();
  }

  #leave(connection: ProberConnection): void {
    this.#connection = undefined;
    const leaving = connection.close().finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  run(order: ProbeOrder, signal: AbortSignal): ProbeRun {
    let { exclusions, exclusionsGoodUntilMs, terms } = order;
    let started: ClientRun | undefined;
    return {
      exclude: (more: AddressSet) => {
        exclusions = exclusions.union(more);
        started?.exclude(more);
      },
      renew: (goodUntilMs: number, renewed?: RateTerms) => {
        exclusionsGoodUntilMs = goodUntilMs;
        terms = renewed ?? terms;
        started?.renew(goodUntilMs, renewed);
      },
      [Symbol.asyncIterator]: () => {
        started = this.#living().run({ ...order, exclusions, exclusionsGoodUntilMs, terms }, signal);
        return started;
      },
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#connection?.close();
    await Promise.all(this.#leaving);
  }

  #living(): ProberConnection {
    if (this.#isClosed) throw new TypeError('the prober is closed');
    if (this.#connection === undefined || this.#connection.isDead) {
      this.#connection = new ProberConnection(this.#options);
    }
    return this.#connection;
  }
}
