import type { Reason } from '#domain/port-state.js';
import { NO_ROUND_TRIP, type OutcomeCode, outcomeOf } from '#scan/settled-chunk.js';

/** The first and the newest proof in a batch that an address is in use. */
export interface HostEvidence {
  readonly address: string;
  readonly reason: Reason;
  readonly observedAt: Date;
  readonly position: number;
  readonly firstSeen: Date;
  /** Of the newest proof, where it was measured. */
  readonly roundTripMicroseconds?: number | undefined;
}

interface Proof {
  readonly position: number;
  readonly code: OutcomeCode;
  readonly observedAtMs: number;
  /** `NO_ROUND_TRIP` where none was measured. */
  readonly roundTripMicroseconds: number;
}

/** Keeps the oldest and the newest proof of each host of a block, in columns by host. */
export class EvidenceCollector {
  readonly #isSeen: Uint8Array;
  readonly #codes: Uint8Array;
  readonly #positions: Float64Array;
  readonly #newestMs: Float64Array;
  readonly #oldestMs: Float64Array;
  readonly #roundTrips: Int32Array;
  readonly #hosts: number[] = [];

  constructor(hosts: number) {
    this.#isSeen = new Uint8Array(hosts);
    this.#codes = new Uint8Array(hosts);
    this.#positions = new Float64Array(hosts);
    this.#newestMs = new Float64Array(hosts);
    this.#oldestMs = new Float64Array(hosts);
    this.#roundTrips = new Int32Array(hosts);
  }

  /** Proofs come in the order of their positions: of two at one instant the later one counts as newer. */
  add(host: number, { position, code, observedAtMs, roundTripMicroseconds }: Proof): void {
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
    this.#roundTrips[host] = roundTripMicroseconds;
  }

  rows(addressOf: (host: number) => string): HostEvidence[] {
    return this.#hosts.map((host) => ({
      address: addressOf(host),
      reason: reasonOf(this.#codes[host] ?? 0),
      observedAt: new Date(this.#newestMs[host] ?? 0),
      position: this.#positions[host] ?? 0,
      firstSeen: new Date(this.#oldestMs[host] ?? 0),
      roundTripMicroseconds: measured(this.#roundTrips[host] ?? NO_ROUND_TRIP),
    }));
  }
}

function measured(roundTripMicroseconds: number): number | undefined {
  return roundTripMicroseconds === NO_ROUND_TRIP ? undefined : roundTripMicroseconds;
}

function reasonOf(code: OutcomeCode): Reason {
  const outcome = outcomeOf(code);
  if (outcome === 'skipped') throw new RangeError('what was skipped proves nothing');
  return outcome.reason;
}
