import { isHostEvidence } from '#domain/ports/port-state.js';
import type { Protocol } from '#domain/ports/protocol.js';
import { isUnreachable } from '#domain/scans/unreachable.js';
import type { Clock } from '#domain/time/clock.js';
import {
  isFailure,
  NO_RESPONSE,
  type Outcome,
  type ProbeFailure,
  type ProbeResult,
} from '#net/probe/ports/outcome.js';
import type { ConnectOptions } from '#net/probe/ports/tcp-connect.js';
import { HELD_POLL_MS } from '#net/send/exclusion-pace.js';
import type { Permit } from '#net/send/gate.js';
import { Concurrency, localBackoffMs, MAX_LOCAL_FAILURES } from '#scan/connect/concurrency.js';
import { Postponed } from '#scan/connect/delayed-probes.js';
import { IssueWindow } from '#scan/connect/position-window.js';
import { type Attempt, afterOutcome, UNPROBED } from '#scan/connect/probe-attempt.js';
import { Attempts } from '#scan/connect/probe-attempts.js';
import { Standstill } from '#scan/connect/standstill.js';
import { Alarm } from '#scan/engine/alarm.js';
import { type Completed, DRAIN_MS, type EngineRequest } from '#scan/engine/engine.js';
import { localFailureError, unaskableError } from '#scan/engine/engine-error.js';
import { ReportLimits } from '#scan/engine/icmp-report-limits.js';
import { NOBODYS, OwnBroadcasts } from '#scan/engine/local-broadcasts.js';
import { ImpostorFilter } from '#scan/impostors/impostor-filter.js';
import type { Canary } from '#scan/impostors/rules.js';
import { CompletedStream } from '#scan/results/completed-stream.js';

/** How far the highest position asked may be ahead of the lowest that is not settled. */
export const WINDOW_POSITIONS = 16_384;
/** Results not yet read, with those in flight counted in; at this many nothing new is asked. */
export const MAX_UNREAD_RESULTS = 8_192;
/** Positions put aside because their host has had its share, while others are asked. */
export const MAX_PARKED_POSITIONS = 256;

/** Asks one port, in the very turn it is called in. Never rejects but for a defect. */
export type Probe = (permit: Permit) => Promise<ProbeResult>;
/** Begins to ask for one run, whose signal is aborted when the run is over. */
export type OpenProbe = (options: ConnectOptions) => Probe;

export interface ConnectRunOptions {
  readonly request: EngineRequest;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly openProbe: OpenProbe;
  /** What `openProbe` can ask. */
  readonly protocols: readonly Protocol[];
  /** Whether this process has room for one more than so many sockets of this run. */
  readonly mayHold: (inFlight: number) => boolean;
  readonly onClosed: () => void;
}

/**
 * One run of the connect engine.
 *
 *     plan ─> window ─┬─────────────> gate ─> pace ─> in flight ─┬─> settled ─> (impostor?) ─> reader
 *                     │                        │  silent, failed │                  │
 *                     └── waiting <────────────┴─────────────────┘                  │
 *                           └──────────────────────── canaries <────────────────────┘
 */
export class ConnectRun {
  readonly stream: CompletedStream;
  readonly #request: EngineRequest;
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  readonly #broadcasts: OwnBroadcasts;
  readonly #sendProbe: Probe;
  readonly #protocols: readonly Protocol[];
  readonly #mayHold: (inFlight: number) => boolean;
  readonly #onClosed: () => void;
  readonly #sockets = new AbortController();
  readonly #window: IssueWindow;
  readonly #postponed = new Postponed<Attempt>();
  readonly #limits = new ReportLimits();
  readonly #attempts: Attempts;
  readonly #concurrency: Concurrency;
  readonly #standstill: Standstill;
  readonly #impostors: ImpostorFilter;
  #inFlight = 0;
  #state: 'running' | 'draining' | 'closed' = 'running';
  readonly #alarm: Alarm;
  #drain: NodeJS.Timeout | undefined;

  constructor(options: ConnectRunOptions) {
    const { request, signal, clock, openProbe, protocols } = options;
    this.#request = request;
    this.#signal = signal;
    this.#clock = clock;
    this.#broadcasts = new OwnBroadcasts(clock);
    this.#protocols = protocols;
    this.#mayHold = options.mayHold;
    this.#onClosed = options.onClosed;
    this.#sendProbe = openProbe({ timeoutMs: request.timeoutMs, signal: this.#sockets.signal, clock });
    this.#alarm = new Alarm(clock, () => this.#pump());
    this.#window = new IssueWindow(request.first, request.end, WINDOW_POSITIONS);
    this.#concurrency = new Concurrency(request.concurrency);
    this.#standstill = new Standstill(request.gate.freshness);
    this.#attempts = new Attempts(request.retries);
    this.#impostors = new ImpostorFilter(request.plan, (completed) => {
      this.#window.complete(completed.position);
      this.stream.add(completed);
    });
    this.stream = new CompletedStream({
      clock,
      onTaken: () => this.#pump(),
      onReturn: () => this.#close(),
    });
  }

  start(): CompletedStream {
    this.#signal.addEventListener('abort', this.#stop, { once: true });
    if (this.#signal.aborted) this.#stop();
    else this.#pump();
    return this.stream;
  }

  readonly #stop = (): void => {
    if (this.#state !== 'running') return;
    this.#state = 'draining';
    this.#postponed.clear();
    this.#drain = setTimeout(() => this.#close(), DRAIN_MS);
    this.#pump();
  };

  #close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#signal.removeEventListener('abort', this.#stop);
    this.#alarm.clear();
    clearTimeout(this.#drain);
    this.#postponed.clear();
    this.#impostors.watch.clear();
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
    const isDone = this.#state === 'draining' || this.#window.isEnded;
    if (isDone && this.#inFlight === 0) this.#close();
    else this.#setWake();
  }

  #hasCapacity(): boolean {
    return (
      this.#concurrency.allows(this.#inFlight) &&
      this.#mayHold(this.#inFlight) &&
      this.#inFlight + this.stream.unreadCount < MAX_UNREAD_RESULTS
    );
  }

  #issue(): void {
    const nowMs = this.#clock.monotonic();
    const stoodMs = this.#standstill.poll(nowMs);
    if (stoodMs === undefined) return;
    if (stoodMs > 0) this.#impostors.watch.stoodStill(stoodMs);
    this.#impostors.watch.expire(nowMs);
    if (nowMs < this.#concurrency.restUntilMs) return;
    while (this.#state === 'running' && this.#hasCapacity()) {
      const attempt =
        this.#postponed.takeAgain(nowMs) ??
        this.#canary(nowMs) ??
        this.#postponed.takeParked(nowMs) ??
        this.#fresh(nowMs) ??
        this.#lastCanary(nowMs);
      if (attempt === undefined || !this.#tryToProbe(attempt, nowMs)) return;
    }
  }

  #canary(nowMs: number): Attempt | undefined {
    if (this.#postponed.size >= MAX_PARKED_POSITIONS) return undefined;
    const canary = this.#impostors.watch.takeCanary();
    return canary && { ...canary, canary, ...UNPROBED, dueMs: nowMs };
  }

  /** When nothing new can be asked, and nothing is waited for, what is held waits for samples in vain. */
  #lastCanary(nowMs: number): Attempt | undefined {
    if (this.#inFlight + this.#postponed.size > 0) return undefined;
    this.#impostors.watch.endSamples(nowMs);
    return this.#canary(nowMs);
  }

  #fresh(nowMs: number): Attempt | undefined {
    if (this.#postponed.size >= MAX_PARKED_POSITIONS) return undefined;
    if (!this.#impostors.watch.hasCapacity) return undefined;
    const position = this.#window.issue();
    if (position === undefined) return undefined;
    const probe = this.#request.plan.locate(position);
    if (!this.#protocols.includes(probe.protocol)) throw unaskableError(probe, this.#protocols);
    return { position, probe, ...UNPROBED, dueMs: nowMs };
  }

  /** False when nobody may send now. The gate is asked in the same turn that the probe is sent in. */
  #tryToProbe(attempt: Attempt, nowMs: number): boolean {
    const { canary } = attempt;
    if (canary !== undefined && !this.#impostors.watch.wants(canary)) return true;
    const permit = this.#request.gate.permit(attempt.probe);
    if (permit === undefined) {
      if (canary === undefined) this.#complete(attempt, 'skipped');
      else this.#impostors.watch.canaryRefused(canary);
      return true;
    }
    const mayGoOn = this.#postpone(attempt, nowMs);
    if (mayGoOn !== undefined) return mayGoOn;
    this.#inFlight += 1;
    if (canary !== undefined) this.#impostors.watch.canarySent(canary);
    const { address, protocol } = attempt.probe;
    const isAtLeisure = protocol === 'udp' && this.#limits.probed(address, nowMs);
    this.#sendProbe(permit).then(
      (result) => this.#received({ ...attempt, isAtLeisure }, result),
      (error: unknown) => this.#fail(error),
    );
    return true;
  }

  /** Undefined when it may be asked now; else whether another one may. */
  #postpone(attempt: Attempt, nowMs: number): boolean | undefined {
    const { address, protocol } = attempt.probe;
    const leisureMs = protocol === 'udp' ? this.#limits.delayMs(address, nowMs) : 0;
    if (leisureMs > 0) {
      this.#postponed.parkForLeisure({ ...attempt, dueMs: nowMs + leisureMs });
      return true;
    }
    const wait = this.#request.pace.take(address);
    if (wait === undefined) return undefined;
    const later = { ...attempt, dueMs: nowMs + wait.delayMs };
    if (wait.scope === 'host') this.#postponed.park(later);
    else this.#postponed.probeAgain(later);
    return wait.scope === 'host';
  }

  #received(attempt: Attempt, result: ProbeResult): void {
    this.#inFlight -= 1;
    if (this.#state === 'closed') return;
    if (isFailure(result)) this.#failedLocally(attempt, result);
    else this.#observed(afterOutcome(attempt, result), result);
    this.#pump();
  }

  #observed(attempt: Attempt, outcome: Outcome): void {
    this.#concurrency.observed();
    if (attempt.canary === undefined) this.#measureLoss(attempt, outcome);
    // After a stop nothing is asked again, so a position not asked often enough stays unsettled.
    if (!this.#isFinal(attempt, outcome)) this.#probeAgain(attempt);
    else if (attempt.canary === undefined) this.#complete(attempt, outcome);
    else this.#canaryAnswered(attempt.canary, outcome);
  }

  /**
   * From what hosts themselves answered, each attempt having a socket of its own: routers speak late because they limit
   * their reports, and so do hosts about closed UDP ports.
   */
  #measureLoss({ attempts }: Attempt, { reason }: Outcome): void {
    if (isHostEvidence(reason) && reason !== 'port-unreach') this.#attempts.answered(attempts);
  }

  #isFinal(attempt: Attempt, { reason }: Outcome): boolean {
    const { address, protocol } = attempt.probe;
    const probing = { ...attempt, wasUnresponsive: attempt.attempts > 1 };
    if (protocol === 'udp' && reason === 'port-unreach')
      this.#limits.reported(address, probing, this.#clock.monotonic());
    if (reason !== 'no-response') return true;
    const isUnresponsive = protocol !== 'udp' || this.#limits.isFinal(address, probing);
    return isUnresponsive && attempt.attempts >= this.#attempts.needed;
  }

  #probeAgain(attempt: Attempt): void {
    this.#postponed.probeAgain({ ...attempt, dueMs: this.#clock.monotonic() });
  }

  #canaryAnswered(canary: Canary, { state, windowBytes }: Outcome): void {
    this.#impostors.watch.canaryAnswered(
      canary,
      { isAccepted: state === 'open', windowBytes },
      this.#clock.monotonic(),
    );
  }

  #failedLocally(attempt: Attempt, failure: ProbeFailure): void {
    if (isUnreachable(failure.code)) {
      if (attempt.canary !== undefined) this.#impostors.watch.canaryRefused(attempt.canary);
      else
        this.#complete(
          attempt,
          this.#broadcasts.has(attempt.probe.address) ? NOBODYS : { unreachable: failure.code },
        );
      return;
    }
    if (attempt.canary !== undefined && isForbidden(failure)) {
      // A rule of this machine may forbid a port that nobody asked for: the scan goes on.
      this.#canaryAnswered(attempt.canary, NO_RESPONSE);
      return;
    }
    const nowMs = this.#clock.monotonic();
    const localFailures = attempt.localFailures + 1;
    const isHopeful = this.#concurrency.failed(this.#inFlight, nowMs);
    if (isHopeful && localFailures < MAX_LOCAL_FAILURES) {
      this.#postponed.probeAgain({ ...attempt, localFailures, dueMs: nowMs + localBackoffMs(localFailures) });
    } else if (this.#state === 'running') {
      this.#fail(localFailureError(failure.code, attempt.probe));
    }
  }

  #complete({ position, probe, attempts }: Attempt, outcome: Completed['outcome']): void {
    const completed = { position, probe, attempts, observedAtMs: this.#clock.now(), outcome };
    this.#impostors.complete(completed, this.#clock.monotonic());
  }

  #nextDueMs(nowMs: number): number {
    if (this.#request.gate.freshness.isOver) return nowMs + HELD_POLL_MS;
    const never = Number.POSITIVE_INFINITY;
    return Math.min(this.#postponed.nextDueMs(nowMs) ?? never, this.#impostors.watch.nextDueMs ?? never);
  }

  /** Without room there is no wake: an answer or the reader calls. */
  #setWake(): void {
    if (this.#state !== 'running' || !this.#hasCapacity()) return;
    const nowMs = this.#clock.monotonic();
    const { restUntilMs } = this.#concurrency;
    this.#alarm.set(restUntilMs > nowMs ? restUntilMs : this.#nextDueMs(nowMs));
  }
}

function isForbidden({ code }: ProbeFailure): boolean {
  return code === 'EPERM' || code === 'EACCES';
}
