import type { HostStatus } from '#domain/hosts/host-status.js';
import type { Reason } from '#domain/ports/port-state.js';

/*
 * The life of a host, told by what runs saw and missed (ADR 22):
 *
 *            miss, within grace              miss, grace used up             miss, down for long
 *     up ──────────────────────────> up ────────────────────────> down ─────────────────────────> gone
 *      ^                                                            │                               │
 *      └────────────────────────── seen by anybody ─────────────────┴───────────────────────────────┘
 *
 *     up ── asked as often, for as long, only by runs that could not have heard it ──> unknown
 *
 * Nothing here knows when anything was stored: whatever order it comes in, the same things seen and missed make the
 * same life.
 */

/** How much silence it takes until a host is called down, and then gone. */
export interface DownAfter {
  /** So many runs in a row, none of which it answered, and it is down. */
  readonly misses: number;
  /** It was down for so many days when a run missed it once more, and it is gone. */
  readonly goneAfterDays: number;
}
export const DEFAULT_DOWN_AFTER: DownAfter = { misses: 3, goneAfterDays: 7 };
export const MAX_DOWN_AFTER_MISSES = 100;
export const MAX_GONE_AFTER_DAYS = 3_650;

/** A host that goes down or comes back so often within the window is flapping. */
export const FLAPPING_CHANGES = 5;
export const FLAPPING_WINDOW_MS = 24 * 60 * 60 * 1_000;
/** What one scan saw of a host within so long is one time of seeing it: then nobody's silence in between counts. */
export const PRESENCE_GAP_MS = 10 * 60 * 1_000;
const DAY_MS = 24 * 60 * 60 * 1_000;

/** `unheard`: it did not answer, and could not have been heard. */
type StatusChangeCause = 'seen' | 'missed' | 'unanswered';
type Semaphore = Readonly<Partial<Record<StatusChangeCause, HostStatus>>>;

/** What turns a status into which; what is not listed keeps it. */
export const STATUS_TRANSITIONS = {
  up: { missed: 'down', unanswered: 'unknown' },
  down: { seen: 'up', missed: 'gone' },
  unknown: { seen: 'up', missed: 'down' },
  gone: { seen: 'up' },
} as const satisfies Readonly<Record<HostStatus, Semaphore>>;

/** Who caused it: number of the scan; null where that is not known any more. */
export interface StatusCause {
  /** Milliseconds since 1970-01-01 UTC. */
  readonly atMs: number;
  readonly jobId: number | null;
}

/** A scan saw the host, from `atMs` to `untilMs`: in between nobody's silence says that it is away. */
export interface Seen extends StatusCause {
  readonly kind: 'seen';
  readonly untilMs: number;
  readonly reason: Reason | null;
  /** What it answered the same run as a neighbour on the link; null where it did not. */
  readonly neighbor?: Reason | null;
  /** By a run that asks for hosts themselves: what it heard is what other such runs can miss. */
  readonly isByHostProbe: boolean;
}

/** A run asked for the host, from `atMs` on, and it did not answer. */
export interface Missed extends StatusCause {
  readonly kind: 'missed';
  readonly downAfter: DownAfter;
  /** Answers that this run could not have heard. Of a host that answered so until then its silence says nothing. */
  readonly unanswered: readonly Reason[];
}

/** A status whose evidence was purged with its scan: what history says of it stands. */
export interface Reported extends StatusCause {
  readonly kind: 'reported';
  readonly status: HostStatus;
}

export type StatusEvent = Seen | Missed | Reported;

export interface StatusChange extends StatusCause {
  readonly status: HostStatus;
  readonly isFlapping: boolean;
  readonly reason: Reason | null;
}

export interface Lifecycle {
  /** What it was from each event on; several of one instant in the order in which they count. */
  readonly turns: readonly StatusChange[];
  /** Misses that count since it was last seen. */
  readonly misses: number;
  /** The newest of all misses, counted or not; null when there is none. */
  readonly missedAtMs: number | null;
}

export interface StatusRecord {
  readonly events: readonly StatusEvent[];
  /** When it first answered a run that asks for hosts themselves; null while it never did. */
  readonly answersSinceMs: number | null;
}

/**
 * Goes through a life from an instant on at which the host was up. A miss counts if the host once answered that kind of
 * run, and nobody saw it then or later; a run is one event, so it counts once. Of those that do not count as many, over the days
 * after which it would be gone, leave unknown whether it is there.
 */
export function liveThrough({ events, answersSinceMs }: StatusRecord): Lifecycle {
  const walk = new StatusReplay(answersSinceMs);
  const turns = [...events].sort(inStatusOrder).map((event) => walk.take(event));
  return { turns, misses: walk.misses, missedAtMs: walk.missedAtMs };
}

/** At one instant who saw it comes before who missed it: evidence wins. */
function inStatusOrder(one: StatusEvent, other: StatusEvent): number {
  const rank = ({ kind }: StatusEvent) => (kind === 'missed' ? 1 : 0);
  return one.atMs - other.atMs || rank(one) - rank(other) || (one.jobId ?? 0) - (other.jobId ?? 0);
}

class StatusReplay {
  misses = 0;
  missedAtMs: number | null = null;
  readonly #answersSinceMs: number | null;
  #status: HostStatus = 'up';
  #downSinceMs = 0;
  /** Null while it was not seen. */
  #seenUntilMs: number | null = null;
  /** Its answers to the newest run that asks for hosts. */
  #seenBy: readonly Reason[] = [];
  /** Misses since then that do not count. */
  #unanswered = 0;
  /** When it went down or came back lately. */
  #swings: readonly number[] = [];

  constructor(answersSinceMs: number | null) {
    this.#answersSinceMs = answersSinceMs;
  }

  take(event: StatusEvent): StatusChange {
    if (event.kind === 'seen') this.#see(event);
    else if (event.kind === 'missed') this.#miss(event);
    else this.#report(event);
    const { atMs, jobId } = event;
    this.#swings = this.#swings.filter((swingMs) => swingMs > atMs - FLAPPING_WINDOW_MS);
    const isFlapping = this.#swings.length >= FLAPPING_CHANGES;
    // Whoever comes and goes is there: the status of a flapping host stays.
    const status = isFlapping ? 'up' : this.#status;
    const reason = event.kind === 'missed' ? 'no-response' : event.kind === 'seen' ? event.reason : null;
    return { atMs, jobId, status, isFlapping, reason };
  }

  #see({ atMs, untilMs, reason, neighbor = null, isByHostProbe }: Seen): void {
    if (isByHostProbe) this.#seenBy = [reason, neighbor].filter((answer) => answer !== null);
    this.#noteSeen(untilMs);
    this.#turn(atMs, nextStatus(this.#status, 'seen'));
  }

  #miss({ atMs, downAfter, unanswered }: Missed): void {
    this.missedAtMs = Math.max(this.missedAtMs ?? atMs, atMs);
    if (this.#seenUntilMs !== null && atMs <= this.#seenUntilMs) return;
    if (!this.#couldReceive(atMs, unanswered)) {
      this.#unanswered += 1;
      if (this.#isUnknown(atMs, downAfter)) this.#turn(atMs, nextStatus(this.#status, 'unanswered'));
      return;
    }
    this.misses += 1;
    const isDue =
      this.#status === 'down'
        ? atMs - this.#downSinceMs >= downAfter.goneAfterDays * DAY_MS
        : this.misses >= downAfter.misses;
    if (isDue) this.#turn(atMs, nextStatus(this.#status, 'missed'));
  }

  #noteSeen(untilMs: number): void {
    this.#seenUntilMs = Math.max(this.#seenUntilMs ?? untilMs, untilMs);
    this.misses = 0;
    this.#unanswered = 0;
  }

  #isUnknown(atMs: number, downAfter: DownAfter): boolean {
    const isLong = this.#seenUntilMs !== null && atMs - this.#seenUntilMs >= downAfter.goneAfterDays * DAY_MS;
    return isLong && this.misses + this.#unanswered >= downAfter.misses;
  }

  #couldReceive(atMs: number, unanswered: readonly Reason[]): boolean {
    if (this.#answersSinceMs === null || atMs <= this.#answersSinceMs) return false;
    return this.#seenBy.length === 0 || this.#seenBy.some((answer) => !unanswered.includes(answer));
  }

  #report({ atMs, status }: Reported): void {
    if (status === 'up') this.#noteSeen(atMs);
    else if (isAway(status)) this.misses += 1;
    this.#turn(atMs, status);
  }

  #turn(atMs: number, status: HostStatus): void {
    if (status === this.#status) return;
    if (isAway(status) !== isAway(this.#status)) this.#swings = [...this.#swings, atMs];
    if (status === 'down') this.#downSinceMs = atMs;
    this.#status = status;
  }
}

/** Down or gone: nobody knows that of one whose status is unknown. */
export function isAway(status: HostStatus): boolean {
  return status === 'down' || status === 'gone';
}

function nextStatus(status: HostStatus, cause: StatusChangeCause): HostStatus {
  const next: Semaphore = STATUS_TRANSITIONS[status];
  return next[cause] ?? status;
}
