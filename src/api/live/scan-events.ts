import type { Scan } from '#contract/scans/scan.js';
import type { Log } from '#telemetry/log.js';

/** A scan is read at most once in this time, however many events and clients there are. */
export const EVENT_INTERVAL_MS = 100;
/** Scans that may be waiting to be read; more would mean that the database cannot keep up. */
export const MAX_WAITING_SCANS = 10_000;

export interface ScanEventsOptions {
  /** Undefined when the scan was purged. */
  readonly read: (uid: string) => Promise<Scan | undefined>;
  readonly report: (scan: Scan) => void;
  readonly publishPurged: (uid: string) => void;
  /** Whether anybody is listening. */
  readonly isWanted: () => boolean;
  readonly log: Log;
}

/**
 * Turns announcements into the news itself, read from committed data.
 *
 *     announced ─> waiting ── 100 ms ─> reading ─> told
 *                     ^                    │ announced meanwhile
 *                     └────────────────────┘
 *
 * Reading comes after the last announcement it answers, so the end of a scan is always told, and two
 * readings of one scan never overtake each other.
 */
export class ScanEvents {
  readonly #options: ScanEventsOptions;
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  readonly #reading = new Map<string, { isAgain: boolean }>();
  #isClosed = false;

  constructor(options: ScanEventsOptions) {
    this.#options = options;
  }

  announce(uid: string): void {
    if (this.#isClosed || !this.#options.isWanted() || this.#waiting.has(uid)) return;
    const reading = this.#reading.get(uid);
    if (reading !== undefined) reading.isAgain = true;
    else if (this.#waiting.size < MAX_WAITING_SCANS) this.#wait(uid);
    else this.#options.log.warn({ scan: uid }, 'too many scans change at once to tell live clients of each');
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #wait(uid: string): void {
    this.#waiting.set(
      uid,
      setTimeout(() => void this.#read(uid), EVENT_INTERVAL_MS),
    );
  }

  #report(uid: string, scan: Scan | undefined): void {
    if (scan === undefined) this.#options.publishPurged(uid);
    else this.#options.report(scan);
  }

  async #read(uid: string): Promise<void> {
    const reading = { isAgain: false };
    this.#waiting.delete(uid);
    this.#reading.set(uid, reading);
    try {
      const scan = await this.#options.read(uid);
      if (!this.#isClosed) this.#report(uid, scan);
    } catch (error) {
      this.#options.log.warn({ scan: uid, err: error }, 'live clients could not be notified of a scan');
    }
    this.#reading.delete(uid);
    if (reading.isAgain) this.announce(uid);
  }
}
