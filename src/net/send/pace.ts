import { type Address, isLoopback } from '#domain/addresses/address.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { ALL_PARTS } from '#domain/rates/rate-share.js';
import type { Clock } from '#domain/time/clock.js';
import { Budget, HostBudgets, type Limit, PACE_WINDOW_MS } from '#net/send/budget.js';

export const DEFAULT_PACKETS_PER_SECOND = 1_000;
export const DEFAULT_PACKETS_PER_SECOND_PER_HOST = 40;
/** Far above what any engine reaches; bounds the memory of a budget, which stores a tenth of a second of packets. */
export const MAX_PACKETS_PER_SECOND = 10_000_000;

/** How long to wait. `total`: no address may be sent to. `host`: only this address has to wait. */
export interface PaceWait {
  readonly scope: 'total' | 'host';
  readonly delayMs: number;
}

export interface PaceLimits {
  /** Undefined: no limit. */
  readonly packetsPerSecond: number | undefined;
  readonly packetsPerSecondPerHost: number | undefined;
  /** Whether the limits apply to loopback too (default: false). */
  readonly limitLoopback?: boolean;
  /** Independent scans share it: a reservation leaves half of what is free (default: false). */
  readonly isShared?: boolean;
}

/** Fraction of what is free that a reservation takes: of a scan's own total, and of a shared one. */
const RESERVED_OF_OWN = 0.9;
const RESERVED_OF_SHARED = 0.5;

/** Tolerance for floating-point rounding. */
const ROUNDING = 1e-6;

/** Part of the totals, reserved for a program that paces itself, such as nmap. */
export interface Reservation {
  /** The rate it has to keep to; undefined: no limit. */
  readonly packetsPerSecond: number | undefined;
  /** The rate it has to keep to for each host; undefined: no limit. */
  readonly packetsPerSecondPerHost: number | undefined;
  /** How long it has to wait first: packets already allowed may still fill the window. */
  readonly delayMs: number;
  /** Its rates are more than this process may use now: the program that uses them has to be stopped. */
  readonly isTooMuch: boolean;
  /** Ends the reservation. Its part is free again one window later. */
  end(): void;
}

/**
 * Decides when a packet may be sent. Charges one packet for each probe: the ACK and RST that an open port costs beside
 * its SYN are sent by the kernel and not counted.
 */
export interface Pace {
  /**
   * Undefined: the packet may be sent now and is charged. Otherwise nothing is charged, and the result is how long to
   * wait.
   */
  take(address: Address): PaceWait | undefined;
  /** No limit applies to the address: `take` would always return undefined, and need not be called. */
  isFree(address: Address): boolean;
  /**
   * Reserves as much as possible of the totals that apply to these addresses; undefined when nothing is left, then try
   * again later. The limit per host is returned, for the caller to keep.
   */
  reserve(addresses: readonly Address[]): Reservation | undefined;
  /** A pace with limits of its own that spends from this one too. */
  child(limits: PaceLimits): Pace;
}

/** Budgets that apply together; several paces may spend from the same one. */
export interface PaceLevel {
  readonly total: Budget | undefined;
  readonly hosts: HostBudgets | undefined;
  readonly limitLoopback: boolean;
  readonly isShared: boolean;
}

export interface LevelLimits {
  /** Undefined: no limit. */
  readonly total: Limit | undefined;
  readonly perHost: Limit | undefined;
  readonly limitLoopback?: boolean;
  readonly isShared?: boolean;
}

export function createLevel({ total, perHost, limitLoopback, isShared }: LevelLimits): PaceLevel {
  assertRate(total?.packetsPerSecond);
  assertRate(perHost?.packetsPerSecond);
  return {
    total: total === undefined ? undefined : new Budget(total),
    hosts: perHost === undefined ? undefined : new HostBudgets(perHost),
    limitLoopback: limitLoopback ?? false,
    isShared: isShared ?? false,
  };
}

function levelOf({ packetsPerSecond, packetsPerSecondPerHost, ...more }: PaceLimits): PaceLevel {
  return createLevel({
    total: fullLimit(packetsPerSecond),
    perHost: fullLimit(packetsPerSecondPerHost),
    ...more,
  });
}

function fullLimit(packetsPerSecond: number | undefined): Limit | undefined {
  return packetsPerSecond === undefined ? undefined : { packetsPerSecond, parts: ALL_PARTS };
}

function assertRate(rate: number | undefined): void {
  if (rate === undefined || (rate > 0 && rate <= MAX_PACKETS_PER_SECOND)) return;
  throw new ScanoramaError(
    'invalid_request',
    `A rate is a number of packets a second above 0 and up to ${MAX_PACKETS_PER_SECOND}, not ${rate}.`,
  );
}

/** A pace with limits that no other process shares. */
export function createPace(options: PaceLimits & { readonly clock: Clock }): Pace {
  return paceOf([levelOf(options)], options.clock);
}

/** A pace that keeps to all of these levels. */
export function paceOf(levels: readonly PaceLevel[], clock: Clock): Pace {
  return {
    child: (limits) => paceOf([...levels, levelOf(limits)], clock),
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
  levels: readonly PaceLevel[],
  addresses: readonly Address[],
  clock: Clock,
): Reservation | undefined {
  const nowMs = clock.monotonic();
  const isLocal = addresses.every(isLoopback);
  const holding = levels.filter(({ limitLoopback }) => !isLocal || limitLoopback);
  const perHost = perHostOf(holding);
  if (perHost === 0) return undefined;
  const totals = holding.flatMap(({ total, isShared }) => (total === undefined ? [] : [{ total, isShared }]));
  if (totals.some(({ total }) => total.freeAt(nowMs) < leastOf(total))) return undefined;
  const parts = totals.map(
    ({ total, isShared }) => total.freeAt(nowMs) * (isShared ? RESERVED_OF_SHARED : RESERVED_OF_OWN),
  );
  const packetsPerSecond =
    totals.length === 0
      ? undefined
      : Math.min(integerRate(Math.min(...parts)), ...totals.map(({ total }) => total.freeAt(nowMs)));
  const aside = totals.map(({ total }) => total.setAside(packetsPerSecond ?? 0));
  const end = (): void => {
    for (const one of aside) one.untilMs = Math.min(one.untilMs, clock.monotonic() + PACE_WINDOW_MS);
  };
  return {
    packetsPerSecond,
    packetsPerSecondPerHost: perHost,
    delayMs: totals.length === 0 ? 0 : PACE_WINDOW_MS,
    get isTooMuch() {
      const isOver = totals.some(({ total }) => total.freeAt(clock.monotonic()) < -ROUNDING);
      return isOver || (perHost !== undefined && (perHostOf(holding) ?? perHost) < perHost);
    },
    end,
  };
}

/** Packets per second that this process may send to one host; undefined: no limit. */
function perHostOf(levels: readonly PaceLevel[]): number | undefined {
  const rates = levels.flatMap(({ hosts }) => (hosts === undefined ? [] : [hosts.ownPacketsPerSecond]));
  return rates.length === 0 ? undefined : Math.min(...rates);
}

/** The least that is worth reserving: one packet per second, or all of a smaller part. */
function leastOf(total: Budget): number {
  const own = total.ownPacketsPerSecond;
  return own === 0 ? Number.POSITIVE_INFINITY : Math.min(1, own);
}

/**
 * Rounds down to whole packets per window, where the rate is large enough, so that the remainder is not rounded up too.
 */
function integerRate(packetsPerSecond: number): number {
  const windows = 1_000 / PACE_WINDOW_MS;
  if (packetsPerSecond < windows) return Math.max(1, Math.floor(packetsPerSecond));
  return Math.floor(packetsPerSecond / windows) * windows;
}
