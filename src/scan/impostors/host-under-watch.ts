import type { Address } from '#domain/addresses/address.js';
import type { Probe } from '#domain/scans/plan.js';
import { canaryPorts, type PlannedPorts } from '#scan/impostors/canaries.js';
import {
  ROUNDS,
  SAMPLE_POSITIONS,
  SUSPICIOUS_OPEN_POSITIONS,
  TINY_WINDOW_BYTES,
  type Verdict,
  verdictOfRound,
  verdictOfWhatIsKnown,
} from '#scan/impostors/verdict.js';

export interface CanaryAnswer {
  /** A handshake was completed, whatever came after. */
  readonly isAccepted: boolean;
  /** The window the far end gave us in it, unscaled; undefined where it cannot be seen. */
  readonly windowBytes: number | undefined;
}

/** What is known of a host that may be an impostor, and what waits for knowing it. */
export class WatchedHost<T> {
  readonly key: bigint;
  readonly address: Address;
  state: 'sampling' | 'probing' | Verdict = 'sampling';
  /** Since when it has been sampled, or asked, with something held. */
  sinceMs = 0;
  readonly held: T[] = [];
  /** Probes sent for canaries. */
  canaryProbes = 0;
  #sampled = 0;
  #sampledOpen = 0;
  #round = 0;
  #ports: Iterator<number, undefined> | undefined;
  #handedOut = 0;
  readonly #count = { answered: 0, accepted: 0, tinyWindows: 0 };

  constructor(key: bigint, address: Address) {
    this.key = key;
    this.address = address;
  }

  addToSample(isOpen: boolean): void {
    this.#sampled += 1;
    if (isOpen) this.#sampledOpen += 1;
  }

  get isSampled(): boolean {
    return this.#sampled >= SAMPLE_POSITIONS;
  }

  get isSuspicious(): boolean {
    return this.#sampledOpen >= SUSPICIOUS_OPEN_POSITIONS;
  }

  beginRound(round: number): void {
    this.state = 'probing';
    this.#round = round;
  }

  /** Whether the round has canaries that were not handed out. */
  get hasCanary(): boolean {
    return this.#handedOut < this.#canaries;
  }

  nextCanary(planned: PlannedPorts): Probe | undefined {
    this.#ports ??= canaryPorts(this.address, planned);
    const port = this.#ports.next().value;
    if (port === undefined) return undefined;
    this.#handedOut += 1;
    return { address: this.address, protocol: 'tcp', port };
  }

  /** What the round says once its last canary is answered, or the number of the next round. */
  answered({ isAccepted, windowBytes }: CanaryAnswer): Verdict | number | undefined {
    this.#count.answered += 1;
    if (isAccepted) this.#count.accepted += 1;
    if (isAccepted && windowBytes !== undefined && windowBytes <= TINY_WINDOW_BYTES)
      this.#count.tinyWindows += 1;
    if (this.#count.answered < this.#canaries) return undefined;
    return verdictOfRound(this.#round, this.#count) ?? this.#round + 1;
  }

  get verdictOfWhatIsKnown(): Verdict {
    return verdictOfWhatIsKnown(this.#count);
  }

  /** Lets go of what was held. */
  release(): readonly T[] {
    this.#ports = undefined;
    return this.held.splice(0);
  }

  get #canaries(): number {
    return ROUNDS[this.#round]?.canaries ?? 0;
  }
}
