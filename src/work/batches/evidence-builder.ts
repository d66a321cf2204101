import type { RoundTrips } from '#domain/diff/round-trips.js';
import type { Reason } from '#domain/ports/port-state.js';
import { NO_ROUND_TRIP, type OutcomeCode, outcomeOf } from '#scan/results/completed-chunk.js';

/** The first and the newest proof in a batch that an address is in use. */
export interface HostEvidence {
  readonly address: string;
  readonly reason: Reason;
  readonly observedAt: Date;
  readonly position: number;
  readonly firstSeen: Date;
  /** Of the proofs with a measured round trip. Absent when there is none. */
  readonly roundTrips?: RoundTrips | undefined;
}

interface Proof {
  readonly position: number;
  readonly code: OutcomeCode;
  readonly observedAtMs: number;
  /** `NO_ROUND_TRIP` where none was measured. */
  readonly roundTripUs: number;
}

/** Keeps the oldest and the newest proof of each host of a block, in columns by host. */
export class EvidenceBuilder {
  readonly #isSeen: Uint8Array;
  readonly #codes: Uint8Array;
  readonly #positions: Float64Array;
  readonly #newestMs: Float64Array;
  readonly #oldestMs: Float64Array;
  readonly #timed: Float64Array;
  readonly #sumUs: Float64Array;
  readonly #minUs: Float64Array;
  readonly #maxUs: Float64Array;
  readonly #hosts: number[] = [];

  constructor(hosts: number) {
    this.#isSeen = new Uint8Array(hosts);
    this.#codes = new Uint8Array(hosts);
    this.#positions = new Float64Array(hosts);
    this.#newestMs = new Float64Array(hosts);
    this.#oldestMs = new Float64Array(hosts);
    this.#timed = new Float64Array(hosts);
    this.#sumUs = new Float64Array(hosts);
    this.#minUs = new Float64Array(hosts);
    this.#maxUs = new Float64Array(hosts);
  }

  /** Proofs arrive in the order of their positions. Of two with the same time the later one counts as newer. */
  add(host: number, { position, code, observedAtMs, roundTripUs }: Proof): void {
    if (roundTripUs !== NO_ROUND_TRIP) this.#time(host, roundTripUs);
    const isFirst = this.#isSeen[host] !== 1;
    if (isFirst) {
      this.#isSeen[host] = 1;
      this.#hosts.push(host);
    }
    if (isFirst || observedAtMs < (this.#oldestMs[host] ?? 0)) this.#oldestMs[host] = observedAtMs;
    if (!isFirst && observedAtMs < (this.#newestMs[host] ?? 0)) return;
    this.#newestMs[host] = observedAtMs;
    this.#codes[host] = code;
    this.#positions[host] = position;
  }

  #time(host: number, us: number): void {
    const timed = this.#timed[host] ?? 0;
    this.#timed[host] = timed + 1;
    this.#sumUs[host] = (this.#sumUs[host] ?? 0) + us;
    this.#minUs[host] = timed === 0 ? us : Math.min(this.#minUs[host] ?? us, us);
    this.#maxUs[host] = Math.max(this.#maxUs[host] ?? us, us);
  }

  #roundTrips(host: number): { readonly roundTrips?: RoundTrips } {
    const count = this.#timed[host] ?? 0;
    if (count === 0) return {};
    const sumUs = this.#sumUs[host] ?? 0;
    return { roundTrips: { count, sumUs, minUs: this.#minUs[host] ?? 0, maxUs: this.#maxUs[host] ?? 0 } };
  }

  rows(addressOf: (host: number) => string): HostEvidence[] {
    return this.#hosts.map((host) => ({
      address: addressOf(host),
      reason: reasonOf(this.#codes[host] ?? 0),
      observedAt: new Date(this.#newestMs[host] ?? 0),
      position: this.#positions[host] ?? 0,
      firstSeen: new Date(this.#oldestMs[host] ?? 0),
      ...this.#roundTrips(host),
    }));
  }
}

function reasonOf(code: OutcomeCode): Reason {
  const outcome = outcomeOf(code);
  if (outcome === 'skipped') throw new RangeError('what was skipped proves nothing');
  return outcome.reason;
}
