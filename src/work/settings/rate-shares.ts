import { shareText } from '#domain/rates/rate-share.js';
import type { Store } from '#store/database/store.js';
import { renewRateShares, type SharedRate } from '#store/settings/rate-shares.js';
import type { Log } from '#telemetry/log.js';

/**
 * How much longer than until the instant up to which it may be sent by it a part is taken to be in use: what was sent
 * last counts for a window of the pace, and a running nmap is looked at every 50 ms.
 */
export const IN_USE_MARGIN_MS = 250;
/** How much longer than that the database keeps it for a program that says nothing any more. */
export const SHARE_MARGIN_MS = 500;

/** What was told to probers, and until when they may act on it. */
export class ResultParts {
  #reported: readonly { readonly parts: number; readonly untilMs: number }[] = [];

  report(parts: number, untilMs: number): void {
    this.#reported = [
      ...this.#reported.filter((one) => one.parts > parts || one.untilMs > untilMs),
      { parts, untilMs },
    ];
  }

  /** The most that may be in use now. */
  inUseAt(nowMs: number): number {
    this.#reported = this.#reported.filter(({ untilMs }) => untilMs > nowMs);
    return Math.max(0, ...this.#reported.map(({ parts }) => parts));
  }
}

export interface RateSharesOptions {
  readonly store: Pick<Store, 'reserved'>;
  readonly log: Log;
  /** Uid of this program. */
  readonly program: string;
}

export interface Probing {
  /** On the machine's clock. */
  readonly probedAtMs: number;
  readonly goodForMs: number;
}

/** What is granted of each rate that was asked for, and the number of the request that was answered. */
export interface Grants {
  readonly requestNumber: number;
  partsOf(rate: SharedRate): number;
}

/**
 * This program's parts of the rates that hold over all programs. It holds some of a rate for as long as it asks for it
 * again and again. One that becomes smaller is kept from the others until no prober can use the larger one any more.
 */
export class RateShares {
  readonly #options: RateSharesOptions;
  readonly #reported = new Map<string, ResultParts>();
  readonly #last = new Map<string, number>();
  #requestNumber = 0;

  constructor(options: RateSharesOptions) {
    this.#options = options;
  }

  /** One at a time. The caller tells the parts to its probers, good for so long from the instant before it asked. */
  async renew(rates: readonly SharedRate[], { probedAtMs, goodForMs }: Probing): Promise<Grants> {
    this.#requestNumber += 1;
    const requestNumber = this.#requestNumber;
    const { store, program } = this.#options;
    const granted =
      rates.length === 0
        ? []
        : await renewRateShares(store.reserved, {
            program,
            requestNumber,
            goodForMs: goodForMs + IN_USE_MARGIN_MS + SHARE_MARGIN_MS,
            rates: rates.map((rate) => ({ ...rate, inUseParts: this.#reportedOf(rate).inUseAt(probedAtMs) })),
          });
    const parts = new Map(granted.map((share) => [keyOf(share), share.parts]));
    for (const rate of rates) {
      const reported = parts.get(keyOf(rate)) ?? 0;
      this.#reportedOf(rate).report(reported, probedAtMs + goodForMs + IN_USE_MARGIN_MS);
      this.#note(rate, reported);
    }
    this.#forget(rates, probedAtMs);
    return { requestNumber, partsOf: (rate) => parts.get(keyOf(rate)) ?? 0 };
  }

  #reportedOf(rate: SharedRate): ResultParts {
    const reported = this.#reported.get(keyOf(rate)) ?? new ResultParts();
    this.#reported.set(keyOf(rate), reported);
    return reported;
  }

  #note(rate: SharedRate, parts: number): void {
    if (this.#last.get(keyOf(rate)) === parts) return;
    this.#last.set(keyOf(rate), parts);
    this.#options.log.debug(
      { site: rate.siteId, job: rate.jobId, share: shareText(parts) },
      'share of a rate',
    );
  }

  /** What nobody asks for any more and cannot be in use. */
  #forget(rates: readonly SharedRate[], nowMs: number): void {
    const probed = new Set(rates.map(keyOf));
    for (const [key, reported] of this.#reported) {
      if (probed.has(key) || reported.inUseAt(nowMs) > 0) continue;
      this.#reported.delete(key);
      this.#last.delete(key);
    }
  }
}

function keyOf({ siteId, jobId }: SharedRate): string {
  return `${siteId}/${jobId ?? 'all'}`;
}
