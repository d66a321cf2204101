import { MAX_PACKETS_PER_SECOND } from '#net/send/pace.js';

/** The initial rate, doubled until the path shows a limit. */
export const START_PACKETS_PER_SECOND = 50_000;
export const MIN_PACKETS_PER_SECOND = 100;
/** Changes kept in the trace, the oldest dropped first. */
export const MAX_TRACE_CHANGES = 1_000;
/** After a pause, at most this much time is made up for in one burst. */
const BURST_MS = 10;
const MIN_BURST_PACKETS = 16;
const DOUBLING_MS = 20;
const GROWTH_MS = 100;
/** Growth factors up to the last known ceiling, and beyond it. */
const RECOVERY = 1.3;
const GROWTH = 1.05;
const KNOWN_SHARE = 0.9;
const BACK_OFF = 0.7;
/** Loss above this is never taken for loss that the path has at any rate. */
const MAX_OWN_LOSS = 0.3;
/** Samples kept, and how long a rate counts as recently used. */
const MAX_SAMPLES = 256;
const USE_MS = 1_000;
/** Round trips have to be long in this many samples in a row: a single one may be this process waiting for a CPU. */
const QUEUE_SAMPLES = 3;
/** Responses needed to measure a loss share. */
const MIN_ANSWERS = 64;
/** Loss above the path's constant loss from which we slow down. */
const LOSS_TOLERANCE = 0.02;
/** Loss is caused by our rate when it shrinks to this share after slowing down. */
const LOSS_RELIEF = 0.75;
/** A round trip this far above the shortest shows a queue that we fill. */
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

/** What was measured since the last call of `observe`. */
export interface PathMeasure {
  readonly sent: number;
  readonly answered: number;
  /** Of those answered, how many only after their first packet had been given up. */
  readonly late: number;
  /** The shortest certain round trip; undefined without a response. */
  readonly roundTripMicroseconds: number | undefined;
  /** Replies that this machine's kernel dropped for lack of buffer space. */
  readonly dropped: number;
  /** How often the kernel's send buffer was full. */
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
 * Finds the rate that the path carries: doubles until a limit shows, then slows down, and keeps trying a little more.
 *
 *     rate     ╱╲_╱╲__╱╲_        limits: replies dropped here, a full send buffer, round trips that grow,
 *            ╱                   loss that shrinks when the rate does; other loss is the path's own
 *
 * It never raises the budget: a packet needs both `allowance` and the pace.
 */
export class RateController {
  readonly #timeoutMs: number;
  readonly #maxRate: number;
  readonly #trace: RateChange[] = [];
  #rate: number;
  #isDoubling = true;
  #tokens = 0;
  #filledAtMs: number;
  /** Packets sent since the last sample, and the rates of earlier samples. */
  #spent = 0;
  readonly #samples: { readonly atMs: number; readonly used: number }[] = [];
  #sampledAtMs: number;
  #longRoundTrips = 0;
  /** The shortest round trip since the last sample. */
  #shortestSinceSampleMicroseconds = Number.POSITIVE_INFINITY;
  /** The rate at which a limit last showed. */
  #ceiling = Number.POSITIVE_INFINITY;
  #shortestMicroseconds = Number.POSITIVE_INFINITY;
  #answered = 0;
  #late = 0;
  #lossShare = 0;
  #lossFloor = 0;
  /** Loss and rate before slowing down for it; until `judgeAtMs` responses to earlier packets may still arrive. */
  #trial: { readonly lossShare: number; readonly rate: number; readonly judgeAtMs: number } | undefined;

  constructor({ nowMs, timeoutMs, maxPacketsPerSecond, startPacketsPerSecond }: RateControllerOptions) {
    this.#timeoutMs = timeoutMs;
    this.#maxRate = maxPacketsPerSecond ?? MAX_PACKETS_PER_SECOND;
    this.#rate = Math.min(this.#maxRate, startPacketsPerSecond ?? START_PACKETS_PER_SECOND);
    this.#filledAtMs = nowMs;
    this.#sampledAtMs = nowMs;
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

  /** Adjusts the rate by a measurement. Called a few dozen times per second. */
  observe(measure: PathMeasure, nowMs: number): void {
    this.#answered += measure.answered;
    this.#late += measure.late;
    this.#shortestSinceSampleMicroseconds = Math.min(
      this.#shortestSinceSampleMicroseconds,
      measure.roundTripMicroseconds ?? Infinity,
    );
    if (measure.dropped > 0) return this.#backOff('kernel-drops', BACK_OFF, nowMs);
    if (measure.bufferFull > 0) return this.#backOff('send-buffer', BACK_OFF, nowMs);
    if (nowMs - this.#sampledAtMs < (this.#isDoubling ? DOUBLING_MS : GROWTH_MS)) return;
    const isUsed = this.#sample(nowMs);
    if (this.#longRoundTrips === QUEUE_SAMPLES) this.#backOff('round-trip', BACK_OFF, nowMs);
    else if (!this.#judgeLoss(nowMs) && isUsed && this.#longRoundTrips === 0) this.#grow(nowMs);
  }

  /** Records a sample of the time since the last one; true when nearly all that was allowed was sent. */
  #sample(nowMs: number): boolean {
    const used = (this.#spent * 1_000) / (nowMs - this.#sampledAtMs);
    this.#samples.push({ atMs: nowMs, used });
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
    const shortest = Math.min(this.#shortestMicroseconds, this.#shortestSinceSampleMicroseconds);
    const isLong =
      this.#shortestSinceSampleMicroseconds !== Number.POSITIVE_INFINITY &&
      this.#shortestSinceSampleMicroseconds > Math.max(2 * shortest, shortest + QUEUE_MICROSECONDS);
    this.#longRoundTrips = isLong ? this.#longRoundTrips + 1 : 0;
    this.#shortestMicroseconds = shortest;
    this.#shortestSinceSampleMicroseconds = Number.POSITIVE_INFINITY;
    this.#spent = 0;
    this.#sampledAtMs = nowMs;
    return used > this.#rate * BACK_OFF;
  }

  /** True when it changed the rate, or waits for the responses that decide it. */
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
    // The path carries what was not lost, and what was lost was sent one timeout ago.
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
    // An allowance that was never used up does not show what the path carries.
    const recent = this.#samples.filter(({ atMs }) => atMs >= nowMs - USE_MS);
    const used = Math.max(MIN_PACKETS_PER_SECOND, ...recent.map((sample) => sample.used));
    this.#slowDown(cause, Math.min(this.#rate, used) * factor, nowMs);
  }

  /** Packets per second sent at that time. */
  #usedAt(atMs: number): number {
    const sample = this.#samples.find((candidate) => candidate.atMs >= atMs);
    return Math.min(this.#rate, sample?.used ?? this.#rate);
  }

  #slowDown(cause: RateCause, rate: number, nowMs: number): void {
    this.#isDoubling = false;
    this.#longRoundTrips = 0;
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
