import { MAX_PACKETS_PER_SECOND } from '#net/send/pace.js';

/** Where it begins; it doubles from here until the path objects. */
export const START_PACKETS_PER_SECOND = 50_000;
export const MIN_PACKETS_PER_SECOND = 100;
/** Changes remembered, the oldest forgotten first. */
export const MAX_TRACE_CHANGES = 1_000;
/** At most so long a rest is made up for at once. */
const BURST_MS = 10;
const MIN_BURST_PACKETS = 16;
const DOUBLING_MS = 20;
const GROWTH_MS = 100;
/** Growth up to what was borne before, and beyond it. */
const RECOVERY = 1.3;
const GROWTH = 1.05;
const KNOWN_SHARE = 0.9;
const BACK_OFF = 0.7;
/** Loss above this is never taken for the path's own. */
const MAX_OWN_LOSS = 0.3;
/** Looks remembered, and how long a rate counts as used after it was. */
const MAX_POSITIONS_EXAMINED = 256;
const USE_MS = 1_000;
/** Round trips have to be long for so many looks in a row: one long look is this process waiting for a processor. */
const QUEUE_POLLS = 3;
/** How many measured answers a loss is believed from. */
const MIN_ANSWERS = 64;
/** Loss above what the path always loses that counts as ours. */
const LOSS_TOLERANCE = 0.02;
/** Loss is ours when it shrank to this share after slowing down. */
const LOSS_RELIEF = 0.75;
/** A round trip this far above the shortest is a queue that we fill. */
const QUEUE_MICROSECONDS = 20_000;

export type RateCause =
  | 'start'
  | 'growth'
  | 'loss'
  | 'loss-not-ours'
  | 'round-trip'
  | 'kernel-drops'
  | 'send-buffer';

export interface RateChange {
  readonly atMs: number;
  readonly packetsPerSecond: number;
  /** Share of the answered probes whose first packet was lost, as last measured. */
  readonly lossShare: number;
  readonly cause: RateCause;
}

/** What was seen of the path since the last measure. */
export interface PathMeasure {
  readonly sent: number;
  readonly answered: number;
  /** Of those answered, how many only after their first packet had been given up. */
  readonly late: number;
  /** The shortest that a reply was surely under way; undefined without an answer. */
  readonly roundTripMicroseconds: number | undefined;
  /** Replies this machine's kernel had no room for. */
  readonly dropped: number;
  /** How often the kernel had no room for a packet of ours. */
  readonly bufferFull: number;
}

export interface RateControllerOptions {
  readonly nowMs: number;
  /** How long after its packet a loss is noticed. */
  readonly timeoutMs: number;
  readonly maxPacketsPerSecond?: number;
  readonly startPacketsPerSecond?: number;
}

/**
 * Finds the rate that the path bears: doubles until something objects, then goes back, and tries a little more
 * again and again.
 *
 *     rate     ╱╲_╱╲__╱╲_        objections: replies dropped here, a full send buffer, round trips that grow,
 *            ╱                   loss that shrinks when the rate does; other loss is the path's own
 *
 * It only ever asks for less than the budget: what may be sent is `allowance`, and the pace is asked as well.
 */
export class RateController {
  readonly #timeoutMs: number;
  readonly #maxRate: number;
  readonly #trace: RateChange[] = [];
  #rate: number;
  #isDoubling = true;
  #tokens = 0;
  #filledAtMs: number;
  /** What was sent since the last look, and the rates of the looks before. */
  #spent = 0;
  readonly #polls: { readonly atMs: number; readonly used: number }[] = [];
  #checkedAtMs: number;
  #longWaits = 0;
  /** The shortest round trip since the last look. */
  #timeSliceMicroseconds = Number.POSITIVE_INFINITY;
  /** The rate at which something last objected. */
  #ceiling = Number.POSITIVE_INFINITY;
  #shortestMicroseconds = Number.POSITIVE_INFINITY;
  #answered = 0;
  #late = 0;
  #lossShare = 0;
  #lossFloor = 0;
  /** Loss and rate before slowing down for it; until `judgeAtMs` the packets of before are still coming home. */
  #trial: { readonly lossShare: number; readonly rate: number; readonly judgeAtMs: number } | undefined;

  constructor({ nowMs, timeoutMs, maxPacketsPerSecond, startPacketsPerSecond }: RateControllerOptions) {
    this.#timeoutMs = timeoutMs;
    this.#maxRate = maxPacketsPerSecond ?? MAX_PACKETS_PER_SECOND;
    this.#rate = Math.min(this.#maxRate, startPacketsPerSecond ?? START_PACKETS_PER_SECOND);
    this.#filledAtMs = nowMs;
    this.#checkedAtMs = nowMs;
    this.#note('start', nowMs);
  }

  get packetsPerSecond(): number {
    return this.#rate;
  }

  /** Newest last. */
  get trace(): readonly RateChange[] {
    return this.#trace;
  }

  /** How many packets may be sent now. */
  allowance(nowMs: number): number {
    const most = Math.max(MIN_BURST_PACKETS, (this.#rate * BURST_MS) / 1_000);
    this.#tokens = Math.min(most, this.#tokens + (this.#rate * (nowMs - this.#filledAtMs)) / 1_000);
    this.#filledAtMs = nowMs;
    return Math.floor(this.#tokens);
  }

  spend(packets: number): void {
    this.#tokens -= packets;
    this.#spent += packets;
  }

  /** Takes in a measure and moves the rate. Called a few dozen times a second. */
  observe(measure: PathMeasure, nowMs: number): void {
    this.#answered += measure.answered;
    this.#late += measure.late;
    this.#timeSliceMicroseconds = Math.min(
      this.#timeSliceMicroseconds,
      measure.roundTripMicroseconds ?? Infinity,
    );
    if (measure.dropped > 0) return this.#backOff('kernel-drops', BACK_OFF, nowMs);
    if (measure.bufferFull > 0) return this.#backOff('send-buffer', BACK_OFF, nowMs);
    if (nowMs - this.#checkedAtMs < (this.#isDoubling ? DOUBLING_MS : GROWTH_MS)) return;
    const isUsed = this.#poll(nowMs);
    if (this.#longWaits === QUEUE_POLLS) this.#backOff('round-trip', BACK_OFF, nowMs);
    else if (!this.#judgeLoss(nowMs) && isUsed && this.#longWaits === 0) this.#grow(nowMs);
  }

  /** Closes the books over the time since the last look; true when nearly all that was allowed was sent. */
  #poll(nowMs: number): boolean {
    const used = (this.#spent * 1_000) / (nowMs - this.#checkedAtMs);
    this.#polls.push({ atMs: nowMs, used });
    if (this.#polls.length > MAX_POSITIONS_EXAMINED) this.#polls.shift();
    const shortest = Math.min(this.#shortestMicroseconds, this.#timeSliceMicroseconds);
    const isLong =
      this.#timeSliceMicroseconds !== Number.POSITIVE_INFINITY &&
      this.#timeSliceMicroseconds > Math.max(2 * shortest, shortest + QUEUE_MICROSECONDS);
    this.#longWaits = isLong ? this.#longWaits + 1 : 0;
    this.#shortestMicroseconds = shortest;
    this.#timeSliceMicroseconds = Number.POSITIVE_INFINITY;
    this.#spent = 0;
    this.#checkedAtMs = nowMs;
    return used > this.#rate * BACK_OFF;
  }

  /** True when it moved the rate, or waits for the answers that tell whether it should. */
  #judgeLoss(nowMs: number): boolean {
    const trial = this.#trial;
    if (trial !== undefined && nowMs < trial.judgeAtMs) {
      this.#forgetAnswers();
      return true;
    }
    if (this.#answered < MIN_ANSWERS) return trial !== undefined;
    this.#lossShare = this.#late / this.#answered;
    this.#forgetAnswers();
    if (trial !== undefined) return this.#endTrial(trial, nowMs);
    if (this.#lossShare <= this.#lossFloor + LOSS_TOLERANCE) return false;
    this.#trial = { lossShare: this.#lossShare, rate: this.#rate, judgeAtMs: nowMs + 2 * this.#timeoutMs };
    // What did not get lost is what the path bears, and what got lost was sent a timeout ago.
    const kept = Math.min(BACK_OFF, 1 - (this.#lossShare - this.#lossFloor));
    this.#slowDown('loss', this.#usedAt(nowMs - this.#timeoutMs) * kept, nowMs);
    return true;
  }

  #endTrial({ lossShare, rate }: { readonly lossShare: number; readonly rate: number }, nowMs: number): true {
    this.#trial = undefined;
    if (this.#lossShare > lossShare * LOSS_RELIEF && lossShare <= MAX_OWN_LOSS) {
      this.#lossFloor = Math.min(MAX_OWN_LOSS, Math.max(this.#lossFloor, this.#lossShare, lossShare));
      this.#set(rate, 'loss-not-ours', nowMs);
    }
    return true;
  }

  #forgetAnswers(): void {
    this.#answered = 0;
    this.#late = 0;
  }

  #backOff(cause: RateCause, factor: number, nowMs: number): void {
    // An allowance that was never used up says nothing of what the path bears.
    const recent = this.#polls.filter(({ atMs }) => atMs >= nowMs - USE_MS);
    const used = Math.max(MIN_PACKETS_PER_SECOND, ...recent.map((poll) => poll.used));
    this.#slowDown(cause, Math.min(this.#rate, used) * factor, nowMs);
  }

  /** What was sent a second at that time. */
  #usedAt(atMs: number): number {
    const poll = this.#polls.find((candidate) => candidate.atMs >= atMs);
    return Math.min(this.#rate, poll?.used ?? this.#rate);
  }

  #slowDown(cause: RateCause, rate: number, nowMs: number): void {
    this.#isDoubling = false;
    this.#longWaits = 0;
    this.#ceiling = Math.max(rate, MIN_PACKETS_PER_SECOND) / BACK_OFF;
    this.#set(Math.max(MIN_PACKETS_PER_SECOND, rate), cause, nowMs);
  }

  #grow(nowMs: number): void {
    const known = this.#ceiling * KNOWN_SHARE;
    if (this.#isDoubling) this.#set(this.#rate * 2, 'growth', nowMs);
    else if (this.#rate < known) this.#set(Math.min(known, this.#rate * RECOVERY), 'growth', nowMs);
    else this.#set(this.#rate * GROWTH, 'growth', nowMs);
  }

  #set(rate: number, cause: RateCause, nowMs: number): void {
    const bounded = Math.min(this.#maxRate, rate);
    if (bounded === this.#rate) return;
    this.#rate = bounded;
    this.#note(cause, nowMs);
  }

  #note(cause: RateCause, atMs: number): void {
    if (this.#trace.length === MAX_TRACE_CHANGES) this.#trace.shift();
    this.#trace.push({ atMs, packetsPerSecond: this.#rate, lossShare: this.#lossShare, cause });
  }
}
