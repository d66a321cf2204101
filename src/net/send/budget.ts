import type { Address } from '#domain/addresses/address.js';
import { ALL_PARTS } from '#domain/rates/rate-share.js';

/** Maximum of hosts with packets inside their window; a further host waits until the least recent one is dropped. */
export const MAX_PACED_HOSTS = 65_536;
/** The window over which a budget is enforced, short enough that a second's packets never leave at once. */
export const PACE_WINDOW_MS = 100;
/** Tolerance for floating-point rounding. */
const ROUNDING = 1e-9;

/** The limit of a budget. It may change at any time: it is read again before every packet. */
export interface Limit {
  readonly packetsPerSecond: number;
  /** How many of its `ALL_PARTS` parts this process may use. */
  readonly parts: number;
}

/** At most `packets` in any `spanMs`. */
interface Share {
  readonly packets: number;
  readonly spanMs: number;
}

function shareOf(packetsPerSecond: number): Share {
  const packets = Math.ceil((packetsPerSecond * PACE_WINDOW_MS) / 1_000);
  return { packets, spanMs: Math.max(PACE_WINDOW_MS, (packets * 1_000) / packetsPerSecond) };
}

/**
 * A fraction of a share in whole packets, so that all processes together never send more than the share in one span. A
 * fraction below one packet becomes one packet in a longer span.
 */
function fractionOf({ packets, spanMs }: Share, fraction: number): Share | undefined {
  if (fraction <= 0) return undefined;
  const wholePackets = Math.floor(packets * fraction + ROUNDING);
  return wholePackets >= 1
    ? { packets: wholePackets, spanMs }
    : { packets: 1, spanMs: spanMs / (packets * fraction) };
}

/** Packets per second of a budget that are reserved for a program that paces itself. */
export interface SetAside {
  readonly packetsPerSecond: number;
  untilMs: number;
}

/**
 * One budget: at most `packets` in any `spanMs`, remembered as a ring of the last sending times.
 *
 *     |<------ spanMs, 100 ms or a little more ------>|
 *     x   xx      x           x        x   x          now
 *     ^ the last but `packets`: while it is inside the span the next one waits for it to leave
 *
 * A ring and not a leaking bucket: a timer that fires late may send what it missed, and still no window of 100 ms ever
 * holds more than its share rounded up. Reservations and the parts of other processes make the share smaller.
 */
export class Budget {
  readonly #limit: Limit;
  #packetsPerSecond: number;
  #parts: number;
  #fullShare: Share;
  /** The part of the full share that this process may use; undefined when it has none. */
  #own: Share | undefined;
  #sentAtMs: number[] = [];
  #next = 0;
  #newestMs = Number.NEGATIVE_INFINITY;
  #aside: SetAside[] = [];

  constructor(limit: Limit) {
    this.#limit = limit;
    this.#packetsPerSecond = limit.packetsPerSecond;
    this.#parts = limit.parts;
    this.#fullShare = shareOf(limit.packetsPerSecond);
    this.#own = fractionOf(this.#fullShare, limit.parts / ALL_PARTS);
  }

  /** Packets per second that this process may use, reservations included. */
  get ownPacketsPerSecond(): number {
    this.#readLimit();
    return (this.#packetsPerSecond * this.#parts) / ALL_PARTS;
  }

  /** Packets per second of those that are not reserved; negative when the limit has shrunk since. */
  freeAt(nowMs: number): number {
    this.#aside = this.#aside.filter(({ untilMs }) => untilMs > nowMs);
    return this.#aside.reduce(
      (free, { packetsPerSecond }) => free - packetsPerSecond,
      this.ownPacketsPerSecond,
    );
  }

  setAside(packetsPerSecond: number): SetAside {
    const aside = { packetsPerSecond, untilMs: Number.POSITIVE_INFINITY };
    this.#aside.push(aside);
    return aside;
  }

  delayMs(nowMs: number): number {
    this.#readLimit();
    const share = this.#aside.length === 0 ? this.#own : this.#freeShare(nowMs);
    if (share === undefined) return PACE_WINDOW_MS;
    const { packets, spanMs } = share;
    if (this.#sentAtMs.length < packets) return 0;
    const last = (this.#next - packets + this.#fullShare.packets) % this.#fullShare.packets;
    return Math.max(0, (this.#sentAtMs[last] ?? nowMs) + spanMs - nowMs);
  }

  spend(nowMs: number): void {
    this.#newestMs = nowMs;
    this.#sentAtMs[this.#next] = nowMs;
    this.#next = (this.#next + 1) % this.#fullShare.packets;
  }

  /** Milliseconds until all sending times are outside the span. */
  idleInMs(nowMs: number): number {
    this.#readLimit();
    const spanMs = Math.max(this.#fullShare.spanMs, this.#own?.spanMs ?? 0);
    return Math.max(0, this.#newestMs + spanMs - nowMs);
  }

  #freeShare(nowMs: number): Share | undefined {
    const free = this.freeAt(nowMs);
    if (free <= 0) return undefined;
    if (free === this.#packetsPerSecond) return this.#fullShare;
    return this.#parts === ALL_PARTS
      ? shareOf(free)
      : fractionOf(this.#fullShare, free / this.#packetsPerSecond);
  }

  #readLimit(): void {
    const { packetsPerSecond, parts } = this.#limit;
    if (packetsPerSecond === this.#packetsPerSecond && parts === this.#parts) return;
    if (packetsPerSecond !== this.#packetsPerSecond) this.#resize(shareOf(packetsPerSecond));
    this.#packetsPerSecond = packetsPerSecond;
    this.#parts = parts;
    this.#own = fractionOf(this.#fullShare, parts / ALL_PARTS);
  }

  /** Keeps the newest times. */
  #resize(fullShare: Share): void {
    const isFull = this.#sentAtMs.length === this.#fullShare.packets;
    const oldest = isFull ? this.#next : 0;
    const inOrder = [...this.#sentAtMs.slice(oldest), ...this.#sentAtMs.slice(0, oldest)];
    this.#sentAtMs = inOrder.slice(-fullShare.packets);
    this.#next = this.#sentAtMs.length % fullShare.packets;
    this.#fullShare = fullShare;
  }
}

/** One budget for each host, least recently used first, dropped as soon as it is idle. */
export class HostBudgets {
  readonly #limit: Limit;
  readonly #budgets = new Map<bigint, Budget>();

  constructor(limit: Limit) {
    this.#limit = limit;
  }

  /** Packets per second to one host that this process may send. */
  get ownPacketsPerSecond(): number {
    return (this.#limit.packetsPerSecond * this.#limit.parts) / ALL_PARTS;
  }

  delayMs(address: Address, nowMs: number): number {
    if (this.#limit.parts === 0) return PACE_WINDOW_MS;
    const known = this.#budgets.get(keyOf(address));
    if (known !== undefined) return known.delayMs(nowMs);
    if (this.#budgets.size < MAX_PACED_HOSTS) return 0;
    this.#forgetIdle(nowMs);
    if (this.#budgets.size < MAX_PACED_HOSTS) return 0;
    return this.#budgets.values().next().value?.idleInMs(nowMs) ?? 0;
  }

  spend(address: Address, nowMs: number): void {
    const key = keyOf(address);
    const budget = this.#budgets.get(key) ?? new Budget(this.#limit);
    this.#budgets.delete(key);
    this.#budgets.set(key, budget);
    budget.spend(nowMs);
    this.#forgetIdle(nowMs);
  }

  #forgetIdle(nowMs: number): void {
    for (const [key, budget] of this.#budgets) {
      if (budget.idleInMs(nowMs) > 0) return;
      this.#budgets.delete(key);
    }
  }
}

/** Includes the family: an IPv4 and an IPv6 address may have the same value. */
function keyOf(address: Address): bigint {
  return (address.value << 1n) | (address.family === 6 ? 1n : 0n);
}
