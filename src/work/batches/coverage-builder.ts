import type { PortRange } from '#domain/ports/port-set.js';
import type { PlanPorts } from '#domain/scans/plan.js';
import { OUTCOMES } from '#scan/results/completed-chunk.js';
import type { CoveredPorts } from '#store/ports/coverage.js';

/** A cell and a code share a 32-bit number: a block has at most 32 × 131,070 cells (see `domain/plan.ts`). */
const CODES = 256;

/** A multirange that is being built, with its last range still open. */
interface Ranges {
  text: string;
  first: number;
  end: number;
}

/**
 * Collects cells of one block and returns them as one multirange per address, protocol, state and reason.
 *
 *     cell · 256 + code, sorted ──> host after host, port after port ──> ranges of each code of that host
 *
 * Sorting numbers in place costs 4 ms for 65,536 of them; lists of ports by group cost 30.
 */
export class CoverageBuilder {
  readonly #ports: PlanPorts;
  readonly #keys: Uint32Array;
  #count = 0;

  constructor(ports: PlanPorts, capacity: number) {
    this.#ports = ports;
    this.#keys = new Uint32Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  add(cell: number, code: number): void {
    this.#keys[this.#count] = cell * CODES + code;
    this.#count += 1;
  }

  rows(addressOf: (host: number) => string): CoveredPorts[] {
    const { numbers, tcpCount } = this.#ports;
    const rows: CoveredPorts[] = [];
    const tcp = new Map<number, Ranges>();
    const udp = new Map<number, Ranges>();
    let host = 0;
    const flush = (): void => {
      for (const [protocol, groups] of [
        ['tcp', tcp],
        ['udp', udp],
      ] as const) {
        for (const [code, ranges] of groups) {
          const outcome = OUTCOMES[code];
          if (outcome === undefined || outcome === 'skipped') throw new RangeError(`${code} covers nothing`);
          const { state, reason } = outcome;
          rows.push({ address: addressOf(host), protocol, state, reason, ports: multirange(ranges) });
        }
        groups.clear();
      }
    };
    for (const key of this.#keys.subarray(0, this.#count).sort()) {
      const cell = Math.floor(key / CODES);
      const of = Math.floor(cell / numbers.length);
      if (of !== host) {
        flush();
        host = of;
      }
      const portIndex = cell - of * numbers.length;
      extend(portIndex < tcpCount ? tcp : udp, key % CODES, numbers[portIndex] ?? 0);
    }
    flush();
    return rows;
  }
}

/** The multirange of any numbers, in any order. */
export function toMultirange(numbers: readonly number[]): string {
  const groups = new Map<number, Ranges>();
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) extend(groups, 0, number);
  const ranges = groups.get(0);
  return ranges === undefined ? '{}' : multirange(ranges);
}

/** The multirange of ranges with both ends included. */
export function rangesToMultirange(ranges: readonly PortRange[]): string {
  return `{${ranges.map(({ first, last }) => `[${first},${last + 1})`).join(',')}}`;
}

/** Ports come in ascending order within a group. */
function extend(groups: Map<number, Ranges>, code: number, port: number): void {
  const ranges = groups.get(code);
  if (ranges === undefined) {
    groups.set(code, { text: '', first: port, end: port + 1 });
  } else if (port === ranges.end) {
    ranges.end += 1;
  } else {
    ranges.text += `[${ranges.first},${ranges.end}),`;
    ranges.first = port;
    ranges.end = port + 1;
  }
}

/** `{[22,24),[80,81)}`: PostgreSQL's half-open ranges. */
function multirange({ text, first, end }: Ranges): string {
  return `{${text}[${first},${end})}`;
}
