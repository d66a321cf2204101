import { type Address, isLoopback } from '#domain/addresses/address.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { ALL_PARTS } from '#domain/rates/rate-share.js';
import type { Clock } from '#domain/time/clock.js';
import { Budget, HostBudgets, type Limit, PACE_WINDOW_MS } from '#net/send/budget.js';

export const DEFAULT_PACKETS_PER_SECOND = 1_000;
export const DEFAULT_PACKETS_PER_SECOND_PER_HOST = 40;
/** Far above what any engine reaches; a budget remembers a tenth of a second of packets. */
export const MAX_PACKETS_PER_SECOND = 10_000_000;

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

/** Adding and dividing need not give the same last bit. */
const ROUNDING = 1e-6;

/** Part of the totals, set aside for a program that keeps to a rate by itself and asks no pace. */
export interface Reservation {
  /** The rate it has to keep to; undefined where no total holds. */
  readonly packetsPerSecond: number | undefined;
  /** The rate it has to keep to for each host; undefined where none holds. */
  readonly packetsPerSecondPerHost: number | undefined;
  /** How long it has to wait first: what others were allowed until now may still fill the window. */
  readonly delayMs: number;
  /** Its rates are more than this program may use now: who keeps to them has to end. */
  readonly isTooMuch: boolean;
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
   * one may come again. A limit a host is told, and is the program's to keep.
   */
  reserve(addresses: readonly Address[]): Reservation | undefined;
  /** A pace with limits of its own that spends from this one too. */
  child(limits: PaceLimits): Pace;
}

/** The budgets that hold together; several paces may spend from the same one. */
export interface PaceLevel {
  readonly total: Budget | undefined;
  readonly hosts: HostBudgets | undefined;
  readonly limitLoopback: boolean;
  readonly isShared: boolean;
}

export interface LevelLimits {
  /** Undefined is no limit. */
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
    total: integerOf(packetsPerSecond),
    perHost: integerOf(packetsPerSecondPerHost),
    ...more,
  });
}

function integerOf(packetsPerSecond: number | undefined): Limit | undefined {
  return packetsPerSecond === undefined ? undefined : { packetsPerSecond, parts: ALL_PARTS };
}

function assertRate(rate: number | undefined): void {
  if (rate === undefined || (rate > 0 && rate <= MAX_PACKETS_PER_SECOND)) return;
  throw new ScanoramaError(
    'invalid_request',
    `A rate is a number of packets a second above 0 and up to ${MAX_PACKETS_PER_SECOND}, not ${rate}.`,
  );
}

/** A pace over limits that are this program's alone. */
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

/** What one host may get of this program; undefined is no limit. */
function perHostOf(levels: readonly PaceLevel[]): number | undefined {
  const rates = levels.flatMap(({ hosts }) => (hosts === undefined ? [] : [hosts.ownPacketsPerSecond]));
  return rates.length === 0 ? undefined : Math.min(...rates);
}

/** The least that is worth setting aside: a packet a second, or all of a smaller part. */
function leastOf(total: Budget): number {
  const own = total.ownPacketsPerSecond;
  return own === 0 ? Number.POSITIVE_INFINITY : Math.min(1, own);
}

/** In whole packets a window, where it is so many: what is left is not rounded up as well then. */
function integerRate(packetsPerSecond: number): number {
  const windows = 1_000 / PACE_WINDOW_MS;
  if (packetsPerSecond < windows) return Math.max(1, Math.floor(packetsPerSecond));
  return Math.floor(packetsPerSecond / windows) * windows;
}
