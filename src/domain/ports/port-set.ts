import type { Protocol } from '#domain/ports/protocol.js';
import { lastWhere } from '#domain/text/last-where.js';

export const MAX_PORT = 65_535;

/** Ports from `first` to `last`, both included, 1–65535. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** An immutable set of TCP and UDP ports, kept as sorted, disjoint, non-adjacent ranges. */
export class PortSet {
  readonly tcp: readonly PortRange[];
  readonly udp: readonly PortRange[];
  readonly count: number;
  readonly #tcpBefore: readonly number[];
  readonly #udpBefore: readonly number[];
  readonly #tcpCount: number;

  private constructor(tcp: readonly PortRange[], udp: readonly PortRange[]) {
    this.tcp = tcp;
    this.udp = udp;
    const tcpTotals = runningTotals(tcp);
    const udpTotals = runningTotals(udp);
    this.#tcpBefore = tcpTotals.before;
    this.#udpBefore = udpTotals.before;
    this.#tcpCount = tcpTotals.count;
    this.count = tcpTotals.count + udpTotals.count;
  }

  /** Ranges may come in any order and overlap. Throws RangeError for one that is not within 1–65535. */
  static of({ tcp = [], udp = [] }: { tcp?: Iterable<PortRange>; udp?: Iterable<PortRange> }): PortSet {
    return new PortSet(merge(tcp), merge(udp));
  }

  /** The port at `index`, 0 ≤ index < count: TCP ascending, then UDP ascending. Throws RangeError outside. */
  nth(index: number): { protocol: Protocol; port: number } {
    const isTcp = index < this.#tcpCount;
    const ranges = isTcp ? this.tcp : this.udp;
    const before = isTcp ? this.#tcpBefore : this.#udpBefore;
    const offset = isTcp ? index : index - this.#tcpCount;
    const at = lastWhere(before.length, (i) => (before[i] ?? 0) <= offset);
    const range = ranges[at];
    if (range === undefined || index >= this.count || !Number.isInteger(index)) {
      throw new RangeError(`no port ${index} in a set of ${this.count}`);
    }
    return { protocol: isTcp ? 'tcp' : 'udp', port: range.first + offset - (before[at] ?? 0) };
  }

  has(protocol: Protocol, port: number): boolean {
    const ranges = protocol === 'tcp' ? this.tcp : this.udp;
    const range = ranges[lastWhere(ranges.length, (i) => (ranges[i]?.first ?? 0) <= port)];
    return range !== undefined && port <= range.last;
  }

  /** How many ports are in both. */
  countShared(other: PortSet): number {
    return countShared(this.tcp, other.tcp) + countShared(this.udp, other.udp);
  }

  /** Canonical text that `parsePorts` reads back: `22,80,8000-8100`, `U:53` or `T:22,80,U:53`; empty for no port. */
  toString(): string {
    const tcp = this.tcp.map(formatPortRange).join(',');
    const udp = this.udp.map(formatPortRange).join(',');
    if (udp === '') return tcp;
    return tcp === '' ? `U:${udp}` : `T:${tcp},U:${udp}`;
  }
}

/** `22`, or `8000-8100`. */
export function formatPortRange({ first, last }: PortRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

function runningTotals(ranges: readonly PortRange[]): { before: number[]; count: number } {
  const before: number[] = [];
  let count = 0;
  for (const range of ranges) {
    before.push(count);
    count += range.last - range.first + 1;
  }
  return { before, count };
}

function countShared(ours: readonly PortRange[], theirs: readonly PortRange[]): number {
  let count = 0;
  let i = 0;
  let j = 0;
  for (;;) {
    const a = ours[i];
    const b = theirs[j];
    if (a === undefined || b === undefined) return count;
    count += Math.max(0, Math.min(a.last, b.last) - Math.max(a.first, b.first) + 1);
    if (a.last <= b.last) i++;
    else j++;
  }
}

function merge(ranges: Iterable<PortRange>): PortRange[] {
  const merged: PortRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
    if (!isPortRange(range)) throw new RangeError(`not a port range: ${range.first}-${range.last}`);
    const previous = merged.at(-1);
    if (previous === undefined || range.first > previous.last + 1) {
      merged.push(range);
    } else if (range.last > previous.last) {
      merged[merged.length - 1] = { first: previous.first, last: range.last };
    }
  }
  return merged;
}

function isPortRange({ first, last }: PortRange): boolean {
  return Number.isInteger(first) && Number.isInteger(last) && first >= 1 && first <= last && last <= MAX_PORT;
}
