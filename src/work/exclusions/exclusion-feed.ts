import { ALL_PARTS } from '#domain/rates/rate-share.js';
import type { Clock } from '#domain/time/clock.js';
import { type DefaultRates, type RateTerms, type ScanRate, usedRates } from '#net/send/scan-pace.js';
import { storageError } from '#store/database/failure.js';
import { withSessionLimits } from '#store/database/session-limits.js';
import type { Store } from '#store/database/store.js';
import { allExclusions, exclusionsRevision } from '#store/networks/exclusions.js';
import type { SharedRate } from '#store/settings/rate-shares.js';
import type { Log } from '#telemetry/log.js';
import { type Metrics, recordRateShares } from '#telemetry/metrics.js';
import { ExclusionSnapshot, type InForce } from '#work/exclusions/exclusion-snapshot.js';
import type { LiveSettings } from '#work/settings/live-settings.js';
import type { Grants, RateShares } from '#work/settings/rate-shares.js';

/** How often the exclusions are read again while something runs that heeds them: an announcement may be lost. */
export const EXCLUSION_REREAD_MS = 250;
/**
 * How long a run may send by a reading, counted from before it was made: what is excluded after that gets no packet a
 * second later, because by then either a newer reading has come or nothing is sent at all.
 */
export const EXCLUSIONS_GOOD_MS = 1_000;
/** After this long a reading is given up, with the connection it was made on. */
const READING_TIMEOUT_MS = 5_000;

export interface ExclusionReading {
  readonly inForce: InForce;
  /** How much of the rates is this program's for as long. */
  readonly terms: RateTerms;
  /** Until when packets may leave by it, on the machine's clock. */
  readonly goodUntilMs: number;
}

/** For which scan is read. */
export interface Reader {
  readonly siteId: number;
  readonly jobId: number;
  readonly rate: ScanRate;
}

export interface ExclusionFeedOptions {
  readonly store: Store;
  /** Of this program, among those that share the rates. */
  readonly shares: RateShares;
  /** Read again beside the exclusions: they say what the gentle rates are. */
  readonly settings: LiveSettings;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'sendingHeld' | 'rateShare'>;
  readonly clock: Clock;
}

type Listener = (reading: ExclusionReading) => void;

interface Watcher {
  readonly reader: Reader;
  readonly listener: Listener;
}

/** One reading of everything, before it is told to each reader. */
interface Round {
  readonly goodUntilMs: number;
  readonly grants: Grants;
  readonly defaultRates: DefaultRates;
}

/**
 * Tells whoever runs of the exclusions in force, soon after one was added anywhere, of this program's part of the rates,
 * and how long both may be sent by. Reads on the reserved connection: neither a full pool nor a lost line for announcements holds it up.
 *
 *     announcement ───────┐                       same ─────────────────┐
 *     four times a second ┼─→ revision, one at a time ─→ other: all rows ─┴─→ shares ─→ the watchers of each site
 *     new watcher ────────┘
 */
export class ExclusionFeed {
  readonly #store: Store;
  readonly #log: Log;
  readonly #metrics: Pick<Metrics, 'sendingHeld' | 'rateShare'>;
  readonly #clock: Clock;
  readonly #shares: RateShares;
  readonly #settings: LiveSettings;
  readonly #watchers = new Set<Watcher>();
  /** Who asks once, and may watch soon. */
  readonly #probing = new Set<Reader>();
  #known = new ExclusionSnapshot('', []);
  /** Settles when the reading that was asked for last is over. */
  #lastReading: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isReading = false;
  /** Asked for while one is under way, which may have read too early. */
  #isAgain = false;
  #isFailing = false;

  constructor({ store, log, metrics, clock, shares, settings }: ExclusionFeedOptions) {
    this.#shares = shares;
    this.#settings = settings;
    this.#store = store;
    this.#log = log;
    this.#metrics = metrics;
    this.#clock = clock;
  }

  /** What is in force for a scan now. Throws `database_unavailable` or `storage_failed`. */
  async read(reader: Reader): Promise<ExclusionReading> {
    // An object of its own: two may ask for the same scan.
    const probing = { ...reader };
    this.#probing.add(probing);
    try {
      return this.#readingFor(reader, await this.#readSerially());
    } finally {
      this.#probing.delete(probing);
    }
  }

  /** Reads soon and then again and again; gives what ends it. */
  watch(reader: Reader, listener: Listener): () => void {
    const watcher = { reader, listener };
    this.#watchers.add(watcher);
    this.#timer ??= setInterval(() => this.wake(), EXCLUSION_REREAD_MS);
    this.wake();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#metrics.sendingHeld.set(0);
      recordRateShares(this.#metrics, []);
    };
  }

  /** Something changed, or may have. */
  wake(): void {
    this.#isAgain = true;
    if (!this.#isReading) void this.#readAll();
  }

  async #readAll(): Promise<void> {
    this.#isReading = true;
    while (this.#isAgain && this.#watchers.size > 0) {
      this.#isAgain = false;
      try {
        const round = await this.#readSerially();
        this.#report(round);
        this.#judge(round);
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#isReading = false;
  }

  /** What one of them throws is its own: the others have to hear of it all the same. */
  #report(round: Round): void {
    for (const { reader, listener } of this.#watchers) {
      try {
        listener(this.#readingFor(reader, round));
      } catch (error) {
        this.#log.error({ err: error }, 'a run could not be notified of exclusions');
      }
    }
  }

  /** A reading that took longer than it is good lets nobody send, however well it ended. */
  #readingFor(
    { siteId, jobId, rate }: Reader,
    { goodUntilMs, grants, defaultRates }: Round,
  ): ExclusionReading {
    const uses = usedRates(rate);
    const terms = {
      requestNumber: grants.requestNumber,
      site: siteId,
      siteParts: uses.site ? grants.partsOf({ siteId, jobId: null }) : null,
      scanParts: uses.scan ? grants.partsOf({ siteId, jobId }) : null,
      defaultRates,
    };
    return { inForce: this.#known.at(siteId), terms, goodUntilMs };
  }

  #judge({ goodUntilMs }: Round): void {
    const nowMs = this.#clock.monotonic();
    if (nowMs < goodUntilMs) return this.#succeeded();
    const tookMs = Math.round(nowMs - goodUntilMs) + EXCLUSIONS_GOOD_MS;
    this.#failed(
      new RangeError(
        `the exclusions took ${tookMs} ms to read, and are good for ${EXCLUSIONS_GOOD_MS} ms from the begin of that`,
      ),
    );
  }

  /** One at a time: none puts older exclusions in the place of newer ones. Gives how long it is good. */
  #readSerially(): Promise<Round> {
    const reading = this.#lastReading.then(() =>
      withSessionLimits({ deadlineMs: READING_TIMEOUT_MS }, () => this.#read()),
    );
    this.#lastReading = reading.catch(() => undefined);
    return reading.catch((error: unknown) => {
      throw storageError(error);
    });
  }

  /**
   * The revision first: rows that are newer than it are read once more, and none is missed. With 10,000 exclusions and 16
   * runs, all rows read and sorted for each run took 300 ms of this process's time in every second; asking for the
   * revision takes 0.8 ms of it and 2.7 ms of PostgreSQL's, four times a second.
   */
  async #read(): Promise<Round> {
    const begunMs = this.#clock.monotonic();
    const { reserved } = this.#store;
    const revision = await exclusionsRevision(reserved);
    if (revision !== this.#known.revision)
      this.#known = new ExclusionSnapshot(revision, await allExclusions(reserved));
    await this.#settings.refresh(reserved);
    const probing = { probedAtMs: begunMs, goodForMs: EXCLUSIONS_GOOD_MS };
    const rates = this.#ratesInUse();
    const grants = await this.#shares.renew(rates, probing);
    const held = rates.map((rate) => ({
      rate: rate.jobId === null ? ('site' as const) : ('scan' as const),
      part: grants.partsOf(rate) / ALL_PARTS,
    }));
    // Whoever asks before a scan sends by none of them.
    recordRateShares(this.#metrics, this.#watchers.size === 0 ? [] : held);
    return { goodUntilMs: begunMs + EXCLUSIONS_GOOD_MS, grants, defaultRates: this.#settings.defaultRates };
  }

  /** The rates that somebody here sends by, each once. */
  #ratesInUse(): readonly SharedRate[] {
    const rates = new Map<string, SharedRate>();
    for (const { siteId, jobId, rate } of [
      ...this.#probing,
      ...[...this.#watchers].map(({ reader }) => reader),
    ]) {
      const uses = usedRates(rate);
      if (uses.site) rates.set(`${siteId}`, { siteId, jobId: null });
      if (uses.scan) rates.set(`${siteId}/${jobId}`, { siteId, jobId });
    }
    return [...rates.values()];
  }

  #succeeded(): void {
    if (this.#isFailing) this.#log.info('the exclusions can be read in time again: what runs goes on');
    this.#isFailing = false;
    this.#metrics.sendingHeld.set(0);
  }

  #failed(error: unknown): void {
    if (!this.#isFailing)
      this.#log.warn(
        { err: error },
        'the exclusions cannot be read in time: what runs sends nothing until they can',
      );
    this.#isFailing = true;
    if (this.#watchers.size > 0) this.#metrics.sendingHeld.set(1);
  }
}
