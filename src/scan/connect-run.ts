import type { Clock } from '#domain/clock.js';
import type { Probe } from '#domain/plan.js';
import { isFailure, type Outcome, type ProbeFailure, type ProbeResult } from '#probe/outcome.js';
import type { ConnectOptions } from '#probe/tcp-connect.js';
import { Concurrency, localBackoffMs, MAX_LOCAL_FAILURES } from '#scan/concurrency.js';
import { type Due, DueQueue } from '#scan/due-queue.js';
import { DRAIN_MS, type EngineRequest, type Settled } from '#scan/engine.js';
import { localFailureError, udpUnaskableError } from '#scan/engine-error.js';
import { IssueWindow } from '#scan/issue-window.js';
import { Parking } from '#scan/parking.js';
import { SettledStream } from '#scan/settled-stream.js';
import type { Permit } from '#send/gate.js';

/** How far the highest position asked may be ahead of the lowest that is not settled. */
export const WINDOW_POSITIONS = 16_384;
/** Results not yet read, with those in flight counted in; at this many nothing new is asked. */
export const MAX_UNREAD_RESULTS = 8_192;
/** Positions put aside because their host has had its share, while others are asked. */
export const MAX_PARKED_POSITIONS = 256;

export type Connect = (permit: Permit, options: ConnectOptions) => Promise<ProbeResult>;

export interface ConnectRunOptions {
  readonly request: EngineRequest;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly connect: Connect;
  /** Whether this process has room for one more than so many connections of this run. */
  readonly mayHold: (inFlight: number) => boolean;
  readonly onClosed: () => void;
}

interface Attempt extends Due {
  readonly probe: Probe;
  readonly attempts: number;
  readonly localFailures: number;
}

/**
 * One run of the connect engine.
 *
 *     plan ─> window ─┬─────────────> gate ─> pace ─> in flight ─┬─> settled ─> reader
 *                     │                        │  silent, failed │
 *                     └── waiting <────────────┴─────────────────┘
 */
export class ConnectRun {
  readonly stream: SettledStream;
  readonly #request: EngineRequest;
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  readonly #connect: Connect;
  readonly #mayHold: (inFlight: number) => boolean;
  readonly #onClosed: () => void;
  readonly #connectOptions: ConnectOptions;
  readonly #sockets = new AbortController();
  readonly #window: IssueWindow;
  readonly #waiting = new DueQueue<Attempt>();
  readonly #parking = new Parking<Attempt>();
  readonly #concurrency: Concurrency;
  #inFlight = 0;
  #state: 'running' | 'draining' | 'closed' = 'running';
  #wake: { readonly timer: NodeJS.Timeout; readonly atMs: number } | undefined;
  #drain: NodeJS.Timeout | undefined;

  constructor({ request, signal, clock, connect, mayHold, onClosed }: ConnectRunOptions) {
    this.#request = request;
    this.#signal = signal;
    this.#clock = clock;
    this.#connect = connect;
    this.#mayHold = mayHold;
    this.#onClosed = onClosed;
    this.#connectOptions = { timeoutMs: request.timeoutMs, signal: this.#sockets.signal, clock };
    this.#window = new IssueWindow(request.first, request.end, WINDOW_POSITIONS);
    this.#concurrency = new Concurrency(request.concurrency);
    this.stream = new SettledStream({
      clock,
      onTaken: () => this.#pump(),
      onReturn: () => this.#close(),
    });
  }

  start(): SettledStream {
    this.#signal.addEventListener('abort', this.#stop, { once: true });
    if (this.#signal.aborted) this.#stop();
    else this.#pump();
    return this.stream;
  }

  readonly #stop = (): void => {
    if (this.#state !== 'running') return;
    this.#state = 'draining';
    this.#waiting.clear();
    this.#parking.clear();
    this.#drain = setTimeout(() => this.#close(), DRAIN_MS);
    this.#pump();
  };

  #close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#signal.removeEventListener('abort', this.#stop);
    clearTimeout(this.#wake?.timer);
    clearTimeout(this.#drain);
    this.#waiting.clear();
    this.#parking.clear();
    this.#sockets.abort();
    this.stream.end();
    this.#onClosed();
  }

  #fail(error: unknown): void {
    this.stream.fail(error);
    this.#close();
  }

  /** Asks as much as there is room for, and sees to being called again. */
  #pump(): void {
    try {
      this.#issue();
    } catch (error) {
      this.#fail(error);
    }
    const isDone = this.#state === 'draining' || this.#window.isSettled;
    if (isDone && this.#inFlight === 0) this.#close();
    else this.#setWake();
  }

  #hasRoom(): boolean {
    return (
      this.#concurrency.allows(this.#inFlight) &&
      this.#mayHold(this.#inFlight) &&
      this.#inFlight + this.stream.unreadCount < MAX_UNREAD_RESULTS
    );
  }

  #issue(): void {
    const nowMs = this.#clock.monotonic();
    if (nowMs < this.#concurrency.restUntilMs) return;
    while (this.#state === 'running' && this.#hasRoom()) {
      const attempt = this.#waiting.takeDue(nowMs) ?? this.#parking.takeDue(nowMs) ?? this.#fresh(nowMs);
      if (attempt === undefined || !this.#ask(attempt, nowMs)) return;
    }
  }

  #fresh(nowMs: number): Attempt | undefined {
    if (this.#waiting.size + this.#parking.size >= MAX_PARKED_POSITIONS) return undefined;
    const position = this.#window.issue();
    if (position === undefined) return undefined;
    const probe = this.#request.plan.locate(position);
    if (probe.protocol !== 'tcp') throw udpUnaskableError(probe);
    return { position, probe, attempts: 0, localFailures: 0, dueMs: nowMs };
  }

  /** False when nobody may send now. The gate is asked in the same turn that the probe is sent in. */
  #ask(attempt: Attempt, nowMs: number): boolean {
    const permit = this.#request.gate.permit(attempt.probe);
    if (permit === undefined) {
      this.#settle(attempt, 'skipped');
      return true;
    }
    const wait = this.#request.pace.take(attempt.probe.address);
    if (wait !== undefined) {
      const waiting = { ...attempt, dueMs: nowMs + wait.delayMs };
      if (wait.scope === 'host') this.#parking.park(waiting);
      else this.#waiting.push(waiting);
      return wait.scope === 'host';
    }
    this.#inFlight += 1;
    this.#connect(permit, this.#connectOptions).then(
      (result) => this.#received(attempt, result),
      (error: unknown) => this.#fail(error),
    );
    return true;
  }

  #received(attempt: Attempt, result: ProbeResult): void {
    this.#inFlight -= 1;
    if (this.#state === 'closed') return;
    if (isFailure(result)) this.#failedLocally(attempt, result);
    else this.#observed({ ...attempt, attempts: attempt.attempts + 1 }, result);
    this.#pump();
  }

  #observed(attempt: Attempt, outcome: Outcome): void {
    this.#concurrency.observed();
    // After a stop nothing is taken from `waiting` any more, so a position not asked often enough stays unsettled.
    const mayAskAgain = outcome.reason === 'no-response' && attempt.attempts <= this.#request.retries;
    if (!mayAskAgain) this.#settle(attempt, outcome);
    else this.#waiting.push({ ...attempt, dueMs: this.#clock.monotonic() });
  }

  #failedLocally(attempt: Attempt, failure: ProbeFailure): void {
    const nowMs = this.#clock.monotonic();
    const localFailures = attempt.localFailures + 1;
    const isHopeful = this.#concurrency.failed(this.#inFlight, nowMs);
    if (isHopeful && localFailures < MAX_LOCAL_FAILURES) {
      this.#waiting.push({ ...attempt, localFailures, dueMs: nowMs + localBackoffMs(localFailures) });
    } else if (this.#state === 'running') {
      this.#fail(localFailureError(failure.code, attempt.probe));
    }
  }

  #settle({ position, probe, attempts }: Attempt, outcome: Settled['outcome']): void {
    this.#window.settle(position);
    this.stream.add({ position, probe, attempts, observedAtMs: this.#clock.now(), outcome });
  }

  #nextDueMs(nowMs: number): number | undefined {
    const dues = [this.#waiting.nextDueMs, this.#parking.nextDueMs(nowMs)].filter((ms) => ms !== undefined);
    return dues.length === 0 ? undefined : Math.min(...dues);
  }

  /** Without room there is no wake: an answer or the reader calls. */
  #setWake(): void {
    if (this.#state !== 'running' || !this.#hasRoom()) return;
    const nowMs = this.#clock.monotonic();
    const restUntilMs = this.#concurrency.restUntilMs;
    const atMs = restUntilMs > nowMs ? restUntilMs : this.#nextDueMs(nowMs);
    if (atMs === undefined || (this.#wake !== undefined && this.#wake.atMs <= atMs)) return;
    clearTimeout(this.#wake?.timer);
    const timer = setTimeout(
      () => {
        this.#wake = undefined;
        this.#pump();
      },
      Math.max(1, Math.ceil(atMs - nowMs)),
    );
    this.#wake = { timer, atMs };
  }
}
