import { type Address, formatAddress } from '#domain/addresses/address.js';
import type { Clock } from '#domain/time/clock.js';
import type { Pace } from '#net/send/pace.js';

interface Job {
  readonly to: Address;
  start(): void;
  cancel(): void;
}

interface HeldHost {
  dueMs: number;
  readonly jobs: Job[];
}

export interface ProbeQueueOptions {
  readonly pace: Pace;
  readonly clock: Clock;
  /** Maximum of probes in flight at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

/**
 * Starts probes one after the other as the pace allows, each once. The caller bounds how many wait.
 *
 *     probe ─> ready ─┬─ pace ─> in flight
 *                     │    │ the host is over its rate
 *                     └─ held, by host
 */
export class ProbeQueue {
  readonly #options: ProbeQueueOptions;
  #ready: Job[] = [];
  #readIndex = 0;
  /** In the order they were held, which is nearly the order of `dueMs`. */
  readonly #held = new Map<string, HeldHost>();
  #inFlight = 0;
  #restUntilMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ProbeQueueOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => this.#cancelAll(), { once: true });
  }

  /**
   * Calls `start` in the same event loop turn in which the pace allows a packet to this address; resolves to
   * `undefined` when aborted before.
   */
  probe<T>(to: Address, start: () => Promise<T>): Promise<T | undefined> {
    if (this.#options.signal.aborted) return Promise.resolve(undefined);
    const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
    const end = (): void => {
      this.#inFlight -= 1;
      this.#pump();
    };
    this.#ready.push({
      to,
      start: () => {
        this.#inFlight += 1;
        start().then(resolve, reject).finally(end);
      },
      cancel: () => resolve(undefined),
    });
    this.#pump();
    return promise;
  }

  #pump(): void {
    const nowMs = this.#options.clock.monotonic();
    while (this.#inFlight < this.#options.concurrency && nowMs >= this.#restUntilMs) {
      const job = this.#next(nowMs);
      if (job === undefined) break;
      const wait = this.#options.pace.take(job.to);
      if (wait === undefined) job.start();
      else if (wait.scope === 'host') this.#hold(job, nowMs + wait.delayMs);
      else {
        this.#putBack(job);
        this.#restUntilMs = nowMs + wait.delayMs;
      }
    }
    this.#setTimer(nowMs);
  }

  #next(nowMs: number): Job | undefined {
    for (const [host, { dueMs, jobs }] of this.#held) {
      if (dueMs > nowMs) break;
      const job = jobs.shift();
      if (jobs.length === 0) this.#held.delete(host);
      if (job !== undefined) return job;
    }
    for (let job = this.#shift(); job !== undefined; job = this.#shift()) {
      const held = this.#held.get(formatAddress(job.to));
      if (held === undefined) return job;
      held.jobs.push(job);
    }
    return undefined;
  }

  #shift(): Job | undefined {
    const job = this.#ready[this.#readIndex];
    if (job === undefined) {
      this.#ready = [];
      this.#readIndex = 0;
    } else {
      this.#readIndex += 1;
    }
    return job;
  }

  #putBack(job: Job): void {
    this.#ready = [job, ...this.#ready.slice(this.#readIndex)];
    this.#readIndex = 0;
  }

  #hold(job: Job, dueMs: number): void {
    const host = formatAddress(job.to);
    const jobs = [job, ...(this.#held.get(host)?.jobs ?? [])];
    this.#held.delete(host);
    this.#held.set(host, { dueMs, jobs });
  }

  /** At full concurrency no timer is set: the end of a probe calls `#pump`. */
  #setTimer(nowMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#inFlight >= this.#options.concurrency || this.#options.signal.aborted) return;
    const [firstHeld] = this.#held.values();
    const hasReady = this.#readIndex < this.#ready.length;
    const dues = [hasReady ? this.#restUntilMs : undefined, firstHeld?.dueMs].filter(
      (ms) => ms !== undefined,
    );
    if (dues.length === 0) return;
    const dueMs = Math.max(Math.min(...dues), this.#restUntilMs);
    this.#timer = setTimeout(() => this.#pump(), Math.max(1, Math.ceil(dueMs - nowMs)));
  }

  #cancelAll(): void {
    clearTimeout(this.#timer);
    const waiting = [
      ...this.#ready.slice(this.#readIndex),
      ...[...this.#held.values()].flatMap(({ jobs }) => jobs),
    ];
    this.#ready = [];
    this.#readIndex = 0;
    this.#held.clear();
    for (const job of waiting) job.cancel();
  }
}
