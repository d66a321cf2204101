import { databaseAway } from '#store/database/failure.js';

/** A database that says nothing for so long is away, until it does. */
export const PROBE_ANSWER_MS = 400;
/**
 * Silence is counted in ticks, so that one stall of this process counts as one of them: with a clock alone, sixteen
 * scans on two busy cores called a living server away.
 */
export const TICK_MS = 50;
/** An attempt without an answer is given up after this, and another one is made. */
export const PROBE_ATTEMPT_MS = 5_000;
/** Between a refused attempt and the next. */
export const PROBE_PAUSE_MS = 250;

export interface BreakerOptions {
  /** Makes a connection of its own and asks something trivial; rejects when PostgreSQL is away. */
  readonly probe: (signal: AbortSignal) => Promise<void>;
  /** Settles after so many milliseconds, or rejects when aborted. */
  readonly pause: (durationMs: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Knows whether PostgreSQL is away. Whoever meets a lost connection or waits too long reports a suspicion; only a
 * probe decides, and it asks again until it is answered. While PostgreSQL refuses, no statement is sent.
 *
 *     closed ──suspicion──→ asking ──answered──→ closed
 *                             └──refused, or nobody answered for PROBE_ANSWER_MS──→ open ──answered──→ closed
 */
export class CircuitBreaker {
  readonly #options: BreakerOptions;
  readonly #ending = new AbortController();
  readonly #listeners = new Set<(isOpen: boolean) => void>();
  #isOpen = false;
  #isRefused = false;
  #probing: Promise<void> | undefined;
  /** Of the attempt under way: it opened the breaker, or is over. */
  #decided = Promise.withResolvers<void>();
  #answersReceived = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether PostgreSQL is away. While it is being asked that is not known yet: settles once it is. */
  isAway(): boolean | Promise<boolean> {
    if (this.#isOpen || this.#probing === undefined) return this.#isOpen;
    return this.#decided.promise.then(() => this.#isOpen);
  }

  /** Something went wrong that could mean PostgreSQL is away: ask it. */
  suspect(): void {
    if (this.#ending.signal.aborted) return;
    this.#probing ??= this.#sendProbe().finally(() => {
      this.#probing = undefined;
      this.#decided.resolve();
    });
  }

  /** PostgreSQL answered somebody, if only with an error: it is there, whatever the probe waits for. */
  received(): void {
    this.#answersReceived += 1;
    this.#isRefused = false;
    this.#move(false);
  }

  /**
   * Throws `database_unavailable` while PostgreSQL refuses. One that is merely silent may be busy beyond measure (a load of
   * 20 on two cores was): requests are told so at once, but work that can wait is let through, to its own limits.
   */
  assertNotRefused(): void {
    if (this.#isOpen && this.#isRefused) throw databaseAway();
  }

  /** Tells of every opening and closing; calling the result ends that. */
  onChange(listener: (isOpen: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Settles when it is closed, or when the signal aborts: true when it is closed then. */
  async whenClosed(signal: AbortSignal): Promise<boolean> {
    if (!this.#isOpen || signal.aborted) return !this.#isOpen;
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = (): void => resolve();
    const unsubscribe = this.onChange(done);
    signal.addEventListener('abort', done, { once: true });
    await promise;
    unsubscribe();
    signal.removeEventListener('abort', done);
    return !this.#isOpen;
  }

  /** What `work` gives, or `database_unavailable` as soon as it opens; `work` then ends unheard. */
  async orAway<Result>(work: Promise<Result>): Promise<Result> {
    // It may end after nobody listens any more.
    work.catch(() => undefined);
    if (this.#isOpen) throw databaseAway();
    const { promise: away, reject } = Promise.withResolvers<never>();
    const unsubscribe = this.onChange((isOpen) => {
      if (isOpen) reject(databaseAway());
    });
    return Promise.race([work, away]).finally(unsubscribe);
  }

  /** Ends the asking for good; the state stays as it is. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#probing;
  }

  async #sendProbe(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      this.#decided = Promise.withResolvers();
      const outcome = await this.#attempt();
      if (signal.aborted) return;
      // One that was given up says nothing by itself: others may be answered all the while.
      if (outcome !== 'given up') {
        this.#isRefused = outcome === 'refused';
        this.#move(this.#isRefused);
      }
      this.#decided.resolve();
      if (outcome === 'answered') return;
      await this.#options.pause(PROBE_PAUSE_MS, signal).catch(() => undefined);
    }
  }

  /** One attempt. It opens the breaker when its answer is late, and closes it when the answer comes all the same. */
  async #attempt(): Promise<'answered' | 'refused' | 'given up'> {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#ending.signal]);
    const answer = this.#options.probe(signal).then(
      () => 'answered' as const,
      () => 'refused' as const,
    );
    void this.#openWhenSilent(signal);
    const end = this.#options.pause(PROBE_ATTEMPT_MS, signal).then(
      () => 'given up' as const,
      () => 'given up' as const,
    );
    try {
      return await Promise.race([answer, end]);
    } finally {
      over.abort();
    }
  }

  async #openWhenSilent(signal: AbortSignal): Promise<void> {
    for (let missedTicks = 0; missedTicks < PROBE_ANSWER_MS / TICK_MS; ) {
      const before = this.#answersReceived;
      await this.#options.pause(TICK_MS, signal).catch(() => undefined);
      // What came in during a stall of this very process is read now.
      await new Promise((resolve) => setImmediate(resolve));
      if (signal.aborted) return;
      missedTicks = this.#answersReceived === before ? missedTicks + 1 : 0;
    }
    this.#move(true);
  }

  #move(isOpen: boolean): void {
    if (this.#isOpen === isOpen) return;
    this.#isOpen = isOpen;
    if (isOpen) this.#decided.resolve();
    for (const listener of this.#listeners) listener(isOpen);
  }
}
