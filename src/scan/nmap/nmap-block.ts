import { type Address, formatAddress } from '#domain/addresses/address.js';
import type { Finding } from '#domain/enrichment/finding.js';
import { type PortRange, PortSet } from '#domain/ports/port-set.js';
import type { Plan } from '#domain/scans/plan.js';
import type { Note } from '#scan/engine/observation-note.js';
import type { FinishedHost } from '#scan/nmap/nmap-host.js';
import { ChunkBuilder, type CompletedChunk, NO_ROUND_TRIP, SKIPPED } from '#scan/results/completed-chunk.js';

/** Positions of one chunk. */
export const NMAP_CHUNK_POSITIONS = 8_192;
/** How far beyond the first gap positions are told of: what a stop leaves is told within this only. */
const MAX_AHEAD_POSITIONS = 200_000;
const UDP_BIT = 65_536;

type HostFate = 'pending' | 'finished' | 'skipped' | 'given-up';

/**
 * Positions of one block as nmap sees them: hosts with ports. nmap finishes host by host, and so does a plan in that
 * order: what is settled is told of as it comes, up to the first host that is not.
 */
export class NmapBlock {
  readonly hosts: readonly Address[];
  /** Every port that is asked of some host. */
  readonly ports: PortSet;
  readonly #first: number;
  /** Of each position: its host, its port (UDP above 65,535), its outcome. */
  readonly #hostOf: Uint32Array;
  readonly #portOf: Uint32Array;
  readonly #codes: Uint8Array;
  /** Offsets of positions, host by host, and where those of each host begin. */
  readonly #offsets: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #indexOf: ReadonlyMap<string, number>;
  readonly #fates: HostFate[];
  readonly #observedAtMs: Float64Array;
  readonly #findings: (readonly Finding[])[] = [];
  /** Offsets before it are told. */
  #reported = 0;

  /** Positions from `first` up to but not including `end`, all of one block. */
  constructor(plan: Plan, first: number, end: number) {
    const size = end - first;
    this.#first = first;
    this.#hostOf = new Uint32Array(size);
    this.#portOf = new Uint32Array(size);
    this.#codes = new Uint8Array(size);
    const hosts: Address[] = [];
    const indexOf = new Map<string, number>();
    for (let offset = 0; offset < size; offset += 1) {
      const { address, protocol, port } = plan.locate(first + offset);
      const name = formatAddress(address);
      let host = indexOf.get(name);
      if (host === undefined) {
        host = hosts.push(address) - 1;
        indexOf.set(name, host);
      }
      this.#hostOf[offset] = host;
      this.#portOf[offset] = protocol === 'tcp' ? port : UDP_BIT + port;
    }
    this.hosts = hosts;
    this.ports = portsIn(this.#portOf);
    this.#indexOf = indexOf;
    this.#fates = hosts.map(() => 'pending');
    this.#observedAtMs = new Float64Array(hosts.length);
    ({ offsets: this.#offsets, starts: this.#starts } = byHost(this.#hostOf, hosts.length));
  }

  /** Places in `hosts` of those that nothing is known of yet. */
  pending(): readonly number[] {
    return this.#fates.flatMap((fate, host) => (fate === 'pending' ? [host] : []));
  }

  isPending(host: number): boolean {
    return this.#fates[host] === 'pending';
  }

  /** Takes what a host showed; a host that is not asked, or told of before, is passed over. */
  finish(finished: FinishedHost): boolean {
    const host = this.#indexOf.get(finished.address);
    if (host === undefined || this.#fates[host] !== 'pending') return false;
    for (const offset of this.#offsets.subarray(this.#starts[host], this.#starts[host + 1])) {
      const port = this.#portOf[offset] ?? 0;
      this.#codes[offset] =
        port < UDP_BIT ? finished.codeOf('tcp', port) : finished.codeOf('udp', port - UDP_BIT);
    }
    this.#fates[host] = 'finished';
    this.#observedAtMs[host] = finished.observedAtMs;
    this.#findings[host] = finished.findings;
    return true;
  }

  /** Its positions settle `skipped`: the gate refused it, or nmap could not be brought to finish it. */
  skip(host: number, fate: 'skipped' | 'given-up', nowMs: number): void {
    this.#fates[host] = fate;
    this.#observedAtMs[host] = nowMs;
  }

  /** What is settled before the first host that is not, and was not told yet. */
  soFar(): Generator<CompletedChunk, void, undefined> {
    // How many nmap did not finish is known at the end.
    return this.#report((fate) => fate === 'finished' || fate === 'skipped', undefined);
  }

  /** The rest of what is settled, in the order of the plan. `givenUp`: the sentence on hosts that nmap did not finish. */
  rest(givenUp: string | undefined): Generator<CompletedChunk, void, undefined> {
    return this.#report(() => true, givenUp);
  }

  *#report(
    mayGoOnAfter: (fate: HostFate) => boolean,
    givenUp: string | undefined,
  ): Generator<CompletedChunk, void, undefined> {
    const builder = new ChunkBuilder(NMAP_CHUNK_POSITIONS);
    let notes: Note[] = [];
    let isReportedPartial = false;
    let firstGap = Number.POSITIVE_INFINITY;
    const take = (): CompletedChunk => {
      const chunk = { ...builder.take(), ...(notes.length > 0 ? { notes } : {}) };
      notes = [];
      isReportedPartial = false;
      return chunk;
    };
    for (let offset = this.#reported; offset < this.#hostOf.length; offset += 1) {
      const host = this.#hostOf[offset] ?? 0;
      const fate = this.#fates[host] ?? 'pending';
      if (!mayGoOnAfter(fate)) break;
      if (offset === this.#reported && fate !== 'pending') this.#reported += 1;
      if (fate === 'pending') firstGap = Math.min(firstGap, offset);
      if (offset - firstGap >= MAX_AHEAD_POSITIONS) break;
      if (fate === 'pending') continue;
      this.#add(builder, offset, fate);
      if (fate === 'given-up' && givenUp !== undefined && !isReportedPartial) {
        isReportedPartial = true;
        notes.push({ kind: 'partial', position: this.#first + offset, sentence: givenUp });
      }
      if (this.#offsets[(this.#starts[host + 1] ?? 0) - 1] === offset)
        notes.push(...this.#found(host, this.#first + offset));
      if (builder.isFull) yield take();
    }
    if (builder.count > 0) yield take();
  }

  #add(builder: ChunkBuilder, offset: number, fate: HostFate): void {
    const host = this.#hostOf[offset] ?? 0;
    // nmap does not tell how often it asked.
    const attempts = fate === 'skipped' ? 0 : 1;
    builder.add(this.#first + offset, fate === 'finished' ? (this.#codes[offset] ?? SKIPPED) : SKIPPED, {
      attempts,
      roundTripMicroseconds: NO_ROUND_TRIP,
      observedAtMs: this.#observedAtMs[host] ?? 0,
    });
  }

  /** At the last position of their host: what proves it to be there is stored by then. */
  #found(host: number, position: number): readonly Note[] {
    return (this.#findings[host] ?? []).map((finding) => ({ kind: 'finding', position, finding }));
  }
}

function portsIn(portOf: Uint32Array): PortSet {
  const seen = new Uint8Array(2 * UDP_BIT);
  for (const port of portOf) seen[port] = 1;
  const rangesFrom = (base: number): PortRange[] => {
    const ranges: PortRange[] = [];
    for (let port = 1; port < UDP_BIT; port += 1)
      if (seen[base + port] === 1) ranges.push({ first: port, last: port });
    return ranges;
  };
  return PortSet.of({ tcp: rangesFrom(0), udp: rangesFrom(UDP_BIT) });
}

/** Offsets sorted by host, ascending inside each. */
function byHost(hostOf: Uint32Array, hosts: number): { offsets: Uint32Array; starts: Uint32Array } {
  const starts = new Uint32Array(hosts + 1);
  for (const host of hostOf) starts[host + 1] = (starts[host + 1] ?? 0) + 1;
  for (let host = 0; host < hosts; host += 1)
    starts[host + 1] = (starts[host + 1] ?? 0) + (starts[host] ?? 0);
  const next = starts.slice();
  const offsets = new Uint32Array(hostOf.length);
  for (const [offset, host] of hostOf.entries()) {
    const at = next[host] ?? 0;
    offsets[at] = offset;
    next[host] = at + 1;
  }
  return { offsets, starts };
}
