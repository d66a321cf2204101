import type { Clock } from '#domain/time/clock.js';
import type { ProbeOptions } from '#net/probe/hosts/host-probe.js';
import type { ProbeFailure } from '#net/probe/ports/outcome.js';

/** How often the socket is looked at while an answer is due. */
export const POLL_INTERVAL_MS = 1;
/** Messages taken in one look, so that a flood leaves the rest of the process its turn. */
export const MAX_MESSAGES_PER_POLL = 2_048;

const ABORTED: ProbeFailure = { kind: 'aborted', code: 'ABORTED' };

interface Query<Answer> {
  readonly sentAtMs: number;
  complete(result: Answer | ProbeFailure | undefined): void;
}

export interface OutstandingQueriesOptions {
  readonly clock: Clock;
  /** Takes one message from the socket and answers what it answers; false when there was none. */
  readonly readOne: () => boolean;
}

/**
 * What was asked over one socket and is not answered yet, by key. The socket is looked at every millisecond as long
 * as something is open, instead of being waited for in a thread: a look that finds nothing costs 1 µs, round trips
 * are told by the kernel's time stamps anyway, and closing needs to wake nobody.
 */
export class OutstandingQueries<Answer> {
  readonly #options: OutstandingQueriesOptions;
  readonly #open = new Map<string, Query<Answer>>();
  /** One listener a signal: an EventTarget walks all its listeners at each one added. */
  readonly #keysBySignal = new WeakMap<AbortSignal, Set<string>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: OutstandingQueriesOptions) {
    this.#options = options;
  }

  has(key: string): boolean {
    return this.#open.has(key);
  }

  /** `send` gives the name of the error when nothing left; EALREADY while the same query is open. */
  probe(
    key: string,
    send: () => string | undefined,
    options: ProbeOptions,
  ): Promise<Answer | ProbeFailure | undefined> {
    if (options.signal.aborted) return Promise.resolve(ABORTED);
    if (this.#open.has(key)) return Promise.resolve(localFailure('EALREADY'));
    const sentAtMs = this.#options.clock.monotonic();
    const error = send();
    if (error !== undefined) return Promise.resolve(localFailure(error));
    const { promise, resolve } = Promise.withResolvers<Answer | ProbeFailure | undefined>();
    const keys = this.#keysOf(options.signal);
    keys.add(key);
    // A timer that fires late fires before what the kernel already holds is read: look first.
    const timer = setTimeout(() => {
      this.#poll();
      this.#complete(key, undefined);
    }, options.timeoutMs);
    this.#open.set(key, {
      sentAtMs,
      complete: (result) => {
        clearTimeout(timer);
        keys.delete(key);
        resolve(result);
      },
    });
    this.#timer ??= setInterval(() => this.#poll(), POLL_INTERVAL_MS);
    return promise;
  }

  /** `answerOf` gets the round trip, less the time that the message lay in the kernel. */
  answer(key: string, ageMicroseconds: number, answerOf: (roundTripMicroseconds: number) => Answer): void {
    const query = this.#open.get(key);
    if (query === undefined) return;
    const elapsedMicroseconds = (this.#options.clock.monotonic() - query.sentAtMs) * 1_000;
    this.#complete(key, answerOf(Math.max(0, Math.round(elapsedMicroseconds - ageMicroseconds))));
  }

  close(): void {
    for (const key of this.#open.keys()) this.#complete(key, ABORTED);
  }

  #keysOf(signal: AbortSignal): Set<string> {
    const known = this.#keysBySignal.get(signal);
    if (known !== undefined) return known;
    const keys = new Set<string>();
    this.#keysBySignal.set(signal, keys);
    const abort = (): void => {
      for (const key of keys) this.#complete(key, ABORTED);
    };
    signal.addEventListener('abort', abort, { once: true });
    return keys;
  }

  #poll(): void {
    for (let taken = 0; taken < MAX_MESSAGES_PER_POLL && this.#options.readOne(); taken++);
  }

  #complete(key: string, result: Answer | ProbeFailure | undefined): void {
    const query = this.#open.get(key);
    if (query === undefined) return;
    this.#open.delete(key);
    if (this.#open.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    query.complete(result);
  }
}

export function localFailure(code: string): ProbeFailure {
  return { kind: 'local', code };
}
