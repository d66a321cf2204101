import type { Address } from '#domain/addresses/address.js';
import { ALL_PARTS } from '#domain/rates/rate-share.js';

/** Hosts with packets inside their window; a further host waits until the idlest one is forgotten. */
export const MAX_PACED_HOSTS = 65_536;
/** The window in which a budget holds, short enough that a second's worth never leaves at once. */
export const PACE_WINDOW_MS = 100;
/** Adding and dividing need not give the same last bit. */
const ROUNDING = 1e-9;

/** What a budget keeps to. It may change meanwhile: it is read again before every packet. */
export interface Limit {
  readonly packetsPerSecond: number;
  /** How many of the `ALL_PARTS` of it are this program's. */
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
 * A fraction of a share, in whole packets: those of all programs together are never more than the share in one span.
 * Where it is less than one packet, it is one in a longer span.
 */
function fractionOf({ packets, spanMs }: Share, fraction: number): Share | undefined {
  if (fraction <= 0) return undefined;
  const complete = Math.floor(packets * fraction + ROUNDING);
  return complete >= 1
    ? { packets: complete, spanMs }
    : { packets: 1, spanMs: spanMs / (packets * fraction) };
}

/** Packets a second of a budget that are set aside for somebody who asks no pace. */
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
 * A ring and not a leaking bucket: a timer that wakes late may send what it missed, and still no
 * window of 100 ms ever holds more than its share rounded up. What is set aside, and what is another program's, makes
 * the share smaller.
 */
export class Budget {
  readonly #limit: Limit;
  #packetsPerSecond: number;
  #parts: number;
  #complete: Share;
  /** This program's of the whole; undefined when it has nothing. */
  #own: Share | undefined;
  #sentAtMs: number[] = [];
  #next = 0;
  #newestMs = Number.NEGATIVE_INFINITY;
  #aside: SetAside[] = [];

  constructor(limit: Limit) {
    this.#limit = limit;
    this.#packetsPerSecond = limit.packetsPerSecond;
    this.#parts = limit.parts;
    this.#complete = shareOf(limit.packetsPerSecond);
    this.#own = fractionOf(this.#complete, limit.parts / ALL_PARTS);
  }

  /** Packets a second that are this program's, whatever is set aside of them. */
  get ownPacketsPerSecond(): number {
    this.#heedLimit();
    return (this.#packetsPerSecond * this.#parts) / ALL_PARTS;
  }

  /** Of those, the ones that nothing is set aside of; below nothing when the limit shrank meanwhile. */
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
    this.#heedLimit();
    const share = this.#aside.length === 0 ? this.#own : this.#freeShare(nowMs);
    if (share === undefined) return PACE_WINDOW_MS;
    const { packets, spanMs } = share;
    if (this.#sentAtMs.length < packets) return 0;
    const last = (this.#next - packets + this.#complete.packets) % this.#complete.packets;
    return Math.max(0, (this.#sentAtMs[last] ?? nowMs) + spanMs - nowMs);
  }

  spend(nowMs: number): void {
    this.#newestMs = nowMs;
    this.#sentAtMs[this.#next] = nowMs;
    this.#next = (this.#next + 1) % this.#complete.packets;
  }

  /** How long until it remembers nothing that matters. */
  idleInMs(nowMs: number): number {
    this.#heedLimit();
    const spanMs = Math.max(this.#complete.spanMs, this.#own?.spanMs ?? 0);
    return Math.max(0, this.#newestMs + spanMs - nowMs);
  }

  #freeShare(nowMs: number): Share | undefined {
    const free = this.freeAt(nowMs);
    if (free <= 0) return undefined;
    if (free === this.#packetsPerSecond) return this.#complete;
    return this.#parts === ALL_PARTS
      ? shareOf(free)
      : fractionOf(this.#complete, free / this.#packetsPerSecond);
  }

  #heedLimit(): void {
    const { packetsPerSecond, parts } = this.#limit;
    if (packetsPerSecond === this.#packetsPerSecond && parts === this.#parts) return;
    if (packetsPerSecond !== this.#packetsPerSecond) this.#resize(shareOf(packetsPerSecond));
    this.#packetsPerSecond = packetsPerSecond;
    this.#parts = parts;
    this.#own = fractionOf(this.#complete, parts / ALL_PARTS);
  }

  /** Keeps the newest times. */
  #resize(complete: Share): void {
    const isFull = this.#sentAtMs.length === this.#complete.packets;
    const oldest = isFull ? this.#next : 0;
    const inOrder = [...this.#sentAtMs.slice(oldest), ...this.#sentAtMs.slice(0, oldest)];
    this.#sentAtMs = inOrder.slice(-complete.packets);
    this.#next = this.#sentAtMs.length % complete.packets;
    this.#complete = complete;
  }
}

/** A budget a host, least recently used first, forgotten as soon as it is idle. */
export class HostBudgets {
  readonly #limit: Limit;
  readonly #budgets = new Map<bigint, Budget>();

  constructor(limit: Limit) {
    this.#limit = limit;
  }

  /** Packets a second to one host that are this program's. */
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

/** An IPv4 and an IPv6 address may have the same value. */
function keyOf(address: Address): bigint {
  return (address.value << 1n) | (address.family === 6 ? 1n : 0n);
}
