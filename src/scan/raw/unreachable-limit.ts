/** The longest pause between two UDP probes of one host: Linux sends one ICMP error a second by default. */
export const MAX_UDP_PAUSE_MS = 1_000;
const FIRST_PAUSE_MS = 100;
const LENGTHEN = 2;
const SHORTEN = 0.9;
/** Silent probes of a host that limits its errors are asked so often more than others. */
export const EXTRA_ATTEMPTS = 6;

/**
 * Hosts answer closed UDP ports with ICMP errors, and only so many a second: faster probes of a closed port look
 * like open|filtered. A host that has sent such errors and falls silent is asked ever more slowly, and a little
 * faster again with each error that comes.
 *
 *     pause   0 ─ silence ─> 100 ms ─ silence ─> 200 ms … 1 s        × 0.95 with each error
 */
export class UnreachableLimit {
  readonly #pausesMs: Float64Array;
  readonly #nextMs: Float64Array;
  readonly #lengthenedAtMs: Float64Array;
  readonly #isSuspect: Uint8Array;

  constructor(hostCount: number) {
    this.#pausesMs = new Float64Array(hostCount);
    this.#nextMs = new Float64Array(hostCount);
    this.#lengthenedAtMs = new Float64Array(hostCount).fill(Number.NEGATIVE_INFINITY);
    this.#isSuspect = new Uint8Array(hostCount);
  }

  isLimiting(host: number): boolean {
    return (this.#pausesMs[host] ?? 0) > 0;
  }

  /** When the host may be asked; undefined, and it counts as asked, when that is now. */
  take(host: number, nowMs: number): number | undefined {
    const pauseMs = this.#pausesMs[host] ?? 0;
    if (pauseMs === 0) return undefined;
    const nextMs = this.#nextMs[host] ?? 0;
    if (nowMs < nextMs) return nextMs;
    this.#nextMs[host] = nowMs + pauseMs;
    return undefined;
  }

  /** The host called a port unreachable; late: not when it was asked first. */
  answered(host: number, isLate: boolean): void {
    if (isLate) this.#isSuspect[host] = 1;
    this.#pausesMs[host] = (this.#pausesMs[host] ?? 0) * SHORTEN;
  }

  /** A probe sent at `sentAtMs` was not answered; what was sent before the latest change says nothing new. */
  silent(host: number, sentAtMs: number, nowMs: number): void {
    if (this.#isSuspect[host] !== 1 || sentAtMs < (this.#lengthenedAtMs[host] ?? 0)) return;
    const pauseMs = this.#pausesMs[host] ?? 0;
    this.#pausesMs[host] = Math.min(MAX_UDP_PAUSE_MS, Math.max(FIRST_PAUSE_MS, pauseMs * LENGTHEN));
    this.#lengthenedAtMs[host] = nowMs;
  }
}
