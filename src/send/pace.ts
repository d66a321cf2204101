import { type Address, isLoopback } from '#domain/address.js';
import type { Clock } from '#domain/clock.js';
import { ScanoramaError } from '#domain/error.js';

export const DEFAULT_PACKETS_PER_SECOND = 1_000;
export const DEFAULT_PACKETS_PER_SECOND_PER_HOST = 40;
/** Hosts with packets inside their window; a further host waits until the idlest one is forgotten. */
export const MAX_PACED_HOSTS = 65_536;
/** Far above what any engine reaches; a budget remembers a tenth of a second of packets. */
export const MAX_PACKETS_PER_SECOND = 10_000_000;
/** The window in which a budget holds, short enough that a second's worth never leaves at once. */
export const PACE_WINDOW_MS = 100;

/** `total`: nobody may send for so long. `host`: this address may not, another one perhaps. */
export interface PaceWait {
  readonly scope: 'total' | 'host';
  readonly delayMs: number;
}

export interface PaceLimits {
  /** Undefined is no limit. */
  readonly packetsPerSecond: number | undefined;
  readonly packetsPerSecondPerHost: number | undefined;
  /** Loopback is free of limits unless somebody asked for one by name. */
  readonly limitLoopback?: boolean;
  /** Scans that know nothing of each other spend from it: a reservation leaves half of what is free. */
  readonly isShared?: boolean;
}

/** Parts of what is free that a reservation takes: of a scan's own total, and of one that others share. */
const RESERVED_OF_OWN = 0.9;
const RESERVED_OF_SHARED = 0.5;

/** Part of the totals, set aside for a program that keeps to a rate by itself and asks no pace. */
export interface Reservation {
  /** The rate it has to keep to; undefined where no total holds. */
  readonly packetsPerSecond: number | undefined;
  /** How long it has to wait first: what others were allowed until now may still fill the window. */
  readonly delayMs: number;
  /** It sends no more. Others get its part a window later. */
  end(): void;
}

/**
 * What may leave when. Charges one packet a probe: the acknowledgement and reset that an open port
 * costs beside its SYN are the kernel's and are not counted.
 */
export interface Pace {
  /** Undefined: the packet may go now and is charged. Else nothing is charged, and how long to wait. */
  take(address: Address): PaceWait | undefined;
  /** No limit holds for the address: `take` would always let go, and need not be called. */
  isFree(address: Address): boolean;
  /**
   * Sets as much of the totals that hold for these addresses aside as may be had; undefined when nothing is left, and
   * one may come again. Limits a host are not told: they are the program's to keep.
   */
  reserve(addresses: readonly Address[]): Reservation | undefined;
  /** A pace with limits of its own that spends from this one too. */
  child(limits: PaceLimits): Pace;
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

interface SetAside {
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
 * window of 100 ms ever holds more than its share rounded up. What is set aside makes the share smaller.
 */
class Budget {
  readonly #packetsPerSecond: number;
  readonly #whole: Share;
  readonly #sentAtMs: number[] = [];
  #next = 0;
  #newestMs = Number.NEGATIVE_INFINITY;
  #aside: SetAside[] = [];

  constructor(packetsPerSecond: number) {
    this.#packetsPerSecond = packetsPerSecond;
    this.#whole = shareOf(packetsPerSecond);
  }

  /** Packets a second that nothing is set aside of. */
  freeAt(nowMs: number): number {
    this.#aside = this.#aside.filter(({ untilMs }) => untilMs > nowMs);
    return this.#aside.reduce(
      (free, { packetsPerSecond }) => free - packetsPerSecond,
      this.#packetsPerSecond,
    );
  }

  setAside(packetsPerSecond: number): SetAside {
    const aside = { packetsPerSecond, untilMs: Number.POSITIVE_INFINITY };
    this.#aside.push(aside);
    return aside;
  }

  delayMs(nowMs: number): number {
    const free = this.#aside.length === 0 ? this.#packetsPerSecond : this.freeAt(nowMs);
    if (free <= 0) return PACE_WINDOW_MS;
    const { packets, spanMs } = free === this.#packetsPerSecond ? this.#whole : shareOf(free);
    if (this.#sentAtMs.length < packets) return 0;
    const last = (this.#next - packets + this.#whole.packets) % this.#whole.packets;
    return Math.max(0, (this.#sentAtMs[last] ?? nowMs) + spanMs - nowMs);
  }

  spend(nowMs: number): void {
    this.#newestMs = nowMs;
    this.#sentAtMs[this.#next] = nowMs;
    this.#next = (this.#next + 1) % this.#whole.packets;
  }

  /** How long until it remembers nothing that matters. */
  idleInMs(nowMs: number): number {
    return Math.max(0, this.#newestMs + this.#whole.spanMs - nowMs);
  }
}

/** A budget a host, least recently used first, forgotten as soon as it is idle. */
class HostBudgets {
  readonly #packetsPerSecond: number;
  readonly #budgets = new Map<bigint, Budget>();

  constructor(packetsPerSecond: number) {
    this.#packetsPerSecond = packetsPerSecond;
  }

  delayMs(address: Address, nowMs: number): number {
    const known = this.#budgets.get(keyOf(address));
    if (known !== undefined) return known.delayMs(nowMs);
    if (this.#budgets.size < MAX_PACED_HOSTS) return 0;
    this.#forgetIdle(nowMs);
    if (this.#budgets.size < MAX_PACED_HOSTS) return 0;
    return this.#budgets.values().next().value?.idleInMs(nowMs) ?? 0;
  }

  spend(address: Address, nowMs: number): void {
    const key = keyOf(address);
    const budget = this.#budgets.get(key) ?? new Budget(this.#packetsPerSecond);
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

interface Level {
  readonly total: Budget | undefined;
  readonly hosts: HostBudgets | undefined;
  readonly limitLoopback: boolean;
  readonly isShared: boolean;
}

function createLevel(limits: PaceLimits): Level {
  assertRate(limits.packetsPerSecond);
  assertRate(limits.packetsPerSecondPerHost);
  const { packetsPerSecond: total, packetsPerSecondPerHost: host } = limits;
  return {
    total: total === undefined ? undefined : new Budget(total),
    hosts: host === undefined ? undefined : new HostBudgets(host),
    limitLoopback: limits.limitLoopback ?? false,
    isShared: limits.isShared ?? false,
  };
}

function assertRate(rate: number | undefined): void {
  if (rate === undefined || (rate > 0 && rate <= MAX_PACKETS_PER_SECOND)) return;
  throw new ScanoramaError(
    'invalid_request',
    `A rate is a number of packets a second above 0 and up to ${MAX_PACKETS_PER_SECOND}, not ${rate}.`,
  );
}

/** One pace is shared by all scans of a process; each scan adds its own limits with `child`. */
export function createPace(options: PaceLimits & { readonly clock: Clock }): Pace {
  return paceOf([createLevel(options)], options.clock);
}

function paceOf(levels: readonly Level[], clock: Clock): Pace {
  return {
    child: (limits) => paceOf([...levels, createLevel(limits)], clock),
    isFree(address) {
      const loopback = isLoopback(address);
      return levels.every(
        ({ total, hosts, limitLoopback }) =>
          (total === undefined && hosts === undefined) || (loopback && !limitLoopback),
      );
    },
    reserve: (addresses) => reserve(levels, addresses, clock),
    take(address) {
      const nowMs = clock.monotonic();
      const loopback = isLoopback(address);
      const holding = levels.filter((level) => level.limitLoopback || !loopback);
      const totalMs = Math.max(0, ...holding.map((level) => level.total?.delayMs(nowMs) ?? 0));
      if (totalMs > 0) return { scope: 'total', delayMs: totalMs };
      const hostMs = Math.max(0, ...holding.map((level) => level.hosts?.delayMs(address, nowMs) ?? 0));
      if (hostMs > 0) return { scope: 'host', delayMs: hostMs };
      for (const level of holding) {
        level.total?.spend(nowMs);
        level.hosts?.spend(address, nowMs);
      }
      return undefined;
    },
  };
}

function reserve(
  levels: readonly Level[],
  addresses: readonly Address[],
  clock: Clock,
): Reservation | undefined {
  const nowMs = clock.monotonic();
  const isLocal = addresses.every(isLoopback);
  const totals = levels.flatMap(({ total, limitLoopback, isShared }) =>
    total === undefined || (isLocal && !limitLoopback) ? [] : [{ total, isShared }],
  );
  if (totals.length === 0) return { packetsPerSecond: undefined, delayMs: 0, end: () => undefined };
  const free = Math.min(...totals.map(({ total }) => total.freeAt(nowMs)));
  if (free < 1) return undefined;
  const parts = totals.map(
    ({ total, isShared }) => total.freeAt(nowMs) * (isShared ? RESERVED_OF_SHARED : RESERVED_OF_OWN),
  );
  const packetsPerSecond = wholeRate(Math.min(...parts));
  const aside = totals.map(({ total }) => total.setAside(packetsPerSecond));
  const end = (): void => {
    for (const one of aside) one.untilMs = Math.min(one.untilMs, clock.monotonic() + PACE_WINDOW_MS);
  };
  return { packetsPerSecond, delayMs: PACE_WINDOW_MS, end };
}

/** In whole packets a window, where it is so many: what is left is not rounded up as well then. */
function wholeRate(packetsPerSecond: number): number {
  const windows = 1_000 / PACE_WINDOW_MS;
  if (packetsPerSecond < windows) return Math.max(1, Math.floor(packetsPerSecond));
  return Math.floor(packetsPerSecond / windows) * windows;
}
