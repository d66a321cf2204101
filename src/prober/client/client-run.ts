import type { Address } from '#domain/addresses/address.js';
import type { AddressSet } from '#domain/addresses/address-set.js';
import type { RateTerms } from '#net/send/scan-pace.js';
import { CREDIT_CHUNKS } from '#prober/client/credit.js';
import type { ControlKind } from '#prober/client/frames.js';
import { creditMessage, exclusionsMessage, orderMessage, renewalMessage } from '#prober/messages/messages.js';
import type { Note } from '#scan/engine/observation-note.js';
import type { ProbeOrder } from '#scan/engine/prober.js';
import type { CompletedChunk } from '#scan/results/completed-chunk.js';

/**
 * How long a prober may take to say that its packets have ended; then it is killed, and they end in that way (I8). Counted
 * in steps, of which one that this process slept through counts once: what the prober said meanwhile is read first.
 */
export const HALT_ANSWER_MS = 900;
const HALT_STEP_MS = 100;
/** How long it may then be silent while nothing of ours holds it back, before it is killed as well. */
export const ABORT_ANSWER_MS = 2_500;

type Chunk = IteratorResult<CompletedChunk, undefined>;
const DONE: Chunk = { done: true, value: undefined };

export interface ClientRunOptions {
  readonly order: ProbeOrder;
  readonly signal: AbortSignal;
  readonly send: (kind: ControlKind, message?: unknown) => void;
  /** Whether the prober has said anything yet: one that still starts sends nothing. */
  readonly isUp: () => boolean;
  /** The prober does not answer an abort. */
  readonly onStuck: () => void;
}

/**
 * One order in a prober process, read here.
 *
 *     prober ──chunk──> unread (at most CREDIT_CHUNKS) ──> reader
 *            <─credit──────────────────────────────────────┘
 */
export class ClientRun implements AsyncIterableIterator<CompletedChunk, undefined> {
  readonly #options: ClientRunOptions;
  #unread: CompletedChunk[] = [];
  #reader: PromiseWithResolvers<Chunk> | undefined;
  #isEnded = false;
  #hasLeft = false;
  #failure: { readonly error: unknown } | undefined;
  #haltAnswer: NodeJS.Timeout | undefined;
  #abortAnswer: NodeJS.Timeout | undefined;

  constructor(options: ClientRunOptions) {
    this.#options = options;
  }

  start(): this {
    const { order, signal, send } = this.#options;
    if (signal.aborted) {
      this.#isEnded = true;
      return this;
    }
    send('order', orderMessage(order));
    signal.addEventListener('abort', this.#abort, { once: true });
    return this;
  }

  exclude(more: AddressSet): void {
    if (!this.#isEnded) this.#options.send('exclude', exclusionsMessage(more));
  }

  renew(goodUntilMs: number, terms?: RateTerms): void {
    if (!this.#isEnded) this.#options.send('renew', renewalMessage({ goodUntilMs, terms }));
  }

  /**
   * False when the chunk is not of this order, or was sent without credit: the prober has lost its mind. Its notes
   * come as a chunk of their own, on credit as any.
   */
  receive(chunk: CompletedChunk): boolean {
    if (!isOfOrder(this.#options.order, chunk)) return false;
    if (this.#hasLeft) {
      this.#options.send('credit', creditMessage(1));
      return true;
    }
    if (this.#unread.length >= CREDIT_CHUNKS) return false;
    this.#unread.push(chunk);
    this.#deliver();
    if (this.#abortAnswer !== undefined) this.#watch();
    return true;
  }

  /** The prober has said its last word about it. What is unread is still handed over. */
  end(failure?: { readonly error: unknown }): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#failure = failure;
    clearInterval(this.#haltAnswer);
    clearTimeout(this.#abortAnswer);
    this.#options.signal.removeEventListener('abort', this.#abort);
    this.#deliver();
  }

  /** The prober says that no more packets leave for it. */
  halted(): void {
    clearInterval(this.#haltAnswer);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Chunk> {
    if (this.#reader !== undefined) return this.#reader.promise.then(() => this.next());
    const reader = Promise.withResolvers<Chunk>();
    this.#reader = reader;
    this.#deliver();
    return reader.promise;
  }

  return(): Promise<Chunk> {
    const unread = this.#unread.length;
    this.#unread = [];
    this.#hasLeft = true;
    if (!this.#isEnded) {
      this.#abort();
      if (unread > 0) this.#options.send('credit', creditMessage(unread));
    }
    this.#deliver();
    return Promise.resolve(DONE);
  }

  readonly #abort = (): void => {
    if (this.#isEnded || this.#abortAnswer !== undefined) return;
    this.#options.send('abort');
    this.#watchHalt();
    this.#watch();
  };

  #watchHalt(): void {
    let leftMs = HALT_ANSWER_MS;
    this.#haltAnswer = setInterval(() => {
      if (this.#options.isUp()) leftMs -= HALT_STEP_MS;
      if (leftMs > 0) return;
      clearInterval(this.#haltAnswer);
      this.#options.onStuck();
    }, HALT_STEP_MS);
  }

  #watch(): void {
    clearTimeout(this.#abortAnswer);
    this.#abortAnswer = setTimeout(() => {
      if (this.#unread.length === 0) this.#options.onStuck();
      else this.#watch();
    }, ABORT_ANSWER_MS);
  }

  #deliver(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    const value = this.#unread.shift();
    if (value !== undefined) {
      this.#reader = undefined;
      if (!this.#isEnded) this.#options.send('credit', creditMessage(1));
      reader.resolve({ done: false, value });
    } else if (this.#isEnded || this.#hasLeft) {
      this.#reader = undefined;
      const failure = this.#hasLeft ? undefined : this.#failure;
      this.#failure = undefined;
      if (failure === undefined) reader.resolve(DONE);
      else reader.reject(failure.error);
    }
  }
}

function isOfOrder(
  { first, end, plan: { targets } }: ProbeOrder,
  { positions, notes = [] }: CompletedChunk,
): boolean {
  const isInside = (position: number): boolean => position >= first && position < end;
  return (
    positions.every(isInside) &&
    notes.every(
      (note) => isInside(note.position) && addressesIn(note).every((address) => targets.contains(address)),
    )
  );
}

function addressesIn(note: Note): readonly Address[] {
  if (note.kind === 'finding') return [note.finding.address];
  return note.kind === 'discovery' ? note.events.observations.map(({ address }) => address) : [];
}
