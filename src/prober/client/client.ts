import type { AddressSet } from '#domain/addresses/address-set.js';
import { ScanoramaError } from '#domain/errors/error.js';
import type { RateTerms } from '#net/send/scan-pace.js';
import type { ClientRun } from '#prober/client/client-run.js';
import { type ConnectionOptions, ProberConnection } from '#prober/client/connection.js';
import type { ProbeOrder, ProbeRun, Prober, ProberSurvey } from '#scan/engine/prober.js';

/**
 * A prober in a process of its own: started when it is first needed, and again after it died. What was under way
 * in one that died fails with `prober_died`.
 */
export class ProcessProber implements Prober {
  readonly #options: ConnectionOptions;
  #connection: ProberConnection | undefined;
  /** Processes that were replaced and are ending. */
  readonly #leaving = new Set<Promise<void>>();
  /** One that was started to look anew, and is about to take the place of the other. */
  #next: ProberConnection | undefined;
  #looking: Promise<void> | undefined;
  #isRebuildReported = false;
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Of the process that runs now; undefined while there is none. */
  get processId(): number | undefined {
    return this.#connection?.isDead === false ? this.#connection.processId : undefined;
  }

  /**
   * A process tells what it found when it started, and its engines are made of that, so looking again takes another one,
   * if there is one: what was rebuilt meanwhile is none of ours.
   * One that runs something keeps its place, and its paces with it: two would send twice as fast.
   */
  async survey({ anew } = { anew: false }): Promise<ProberSurvey> {
    const known = this.#connection;
    if (anew && known?.isIdle === true) await (this.#looking ??= this.#replace(known));
    return this.#living().survey();
  }

  /** The process that is there keeps its place where another cannot be had, or where it was asked something meanwhile. */
  async #replace(known: ProberConnection): Promise<void> {
    const next = new ProberConnection(this.#options);
    this.#next = next;
    try {
      await next.survey();
      if (this.#connection === known && !this.#isClosed && (known.isIdle || known.isDead)) {
        this.#connection = next;
        this.#leave(known);
      }
    } catch (error) {
      if (!isRebuilt(error)) throw error;
      if (!this.#isRebuildReported)
        this.#options.log.warn('this program was rebuilt; restart it to use the new build');
      this.#isRebuildReported = true;
    } finally {
      if (this.#connection !== next) this.#leave(next);
      this.#next = undefined;
      this.#looking = undefined;
    }
  }

  #leave(connection: ProberConnection): void {
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
    await Promise.all([this.#connection?.close(), this.#next?.close()]);
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

function isRebuilt(error: unknown): boolean {
  return error instanceof ScanoramaError && error.code === 'program_rebuilt';
}
