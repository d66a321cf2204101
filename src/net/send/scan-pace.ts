import { ALL_PARTS } from '#domain/rates/rate-share.js';
import type { Clock } from '#domain/time/clock.js';
import type { Limit } from '#net/send/budget.js';
import {
  createLevel,
  DEFAULT_PACKETS_PER_SECOND,
  DEFAULT_PACKETS_PER_SECOND_PER_HOST,
  type Pace,
  type PaceLevel,
  paceOf,
} from '#net/send/pace.js';

/** What a person said about speed; all absent means the gentle defaults. */
export interface ScanRate {
  readonly packetsPerSecond: number | undefined;
  readonly packetsPerSecondPerHost: number | undefined;
  /** `--rate max`: neither limit holds, but one given per host still does. */
  readonly unlimited: boolean;
}

/** Whether a limit over all hosts holds. */
export function hasTotal({ packetsPerSecond, unlimited }: ScanRate, isLoopback: boolean): boolean {
  return packetsPerSecond !== undefined || (!unlimited && !isLoopback);
}

/** What a rate comes to, in packets per second; undefined is no limit. */
export function limitsOf(
  rate: ScanRate,
  isLoopback: boolean,
  defaultRates: DefaultRates,
): Pick<ScanRate, 'packetsPerSecond' | 'packetsPerSecondPerHost'> {
  const isDefaultRate = !isLoopback && !rate.unlimited;
  return {
    packetsPerSecond: rate.packetsPerSecond ?? (isDefaultRate ? defaultRates.packetsPerSecond : undefined),
    packetsPerSecondPerHost:
      rate.packetsPerSecondPerHost ?? (isDefaultRate ? defaultRates.packetsPerSecondPerHost : undefined),
  };
}

/** What a scan gets by default, of the whole installation. */
export interface DefaultRates {
  readonly packetsPerSecond: number;
  readonly packetsPerSecondPerHost: number;
}

/**
 * How much of the rates is this program's now: they hold over all programs together. Of the gentle rates that the scans
 * of a site share it is one part, of the rates of one scan another.
 */
export interface RateTerms {
  /** Counts up; terms that are older than those in force say nothing. */
  readonly turn: number;
  /** Whose scans share the gentle rates. */
  readonly site: number;
  /** Of `ALL_PARTS`; null when the scan does not use such rates, and nothing is said of them. */
  readonly siteParts: number | null;
  readonly scanParts: number | null;
  readonly defaultRates: DefaultRates;
}

export const DEFAULT_RATES: DefaultRates = {
  packetsPerSecond: DEFAULT_PACKETS_PER_SECOND,
  packetsPerSecondPerHost: DEFAULT_PACKETS_PER_SECOND_PER_HOST,
};

/** For whoever shares with nobody, such as a measurement. */
export const ALONE: RateTerms = {
  turn: 0,
  site: 0,
  siteParts: ALL_PARTS,
  scanParts: ALL_PARTS,
  defaultRates: DEFAULT_RATES,
};

/** Which of the divided rates a scan uses. */
export function usedRates(rate: ScanRate): { readonly site: boolean; readonly scan: boolean } {
  const { packetsPerSecond, packetsPerSecondPerHost, unlimited } = rate;
  return {
    site: packetsPerSecond === undefined && !unlimited,
    scan: packetsPerSecond !== undefined || packetsPerSecondPerHost !== undefined,
  };
}

/** A pace on loan to one shard of a scan. */
export interface LentPace {
  readonly pace: Pace;
  /** From the next packet on. */
  renew(terms: RateTerms): void;
  giveBack(): void;
}

/** Terms in force, that nothing older takes the place of. */
class Standing {
  #terms: RateTerms;

  constructor(terms: RateTerms) {
    this.#terms = terms;
  }

  get terms(): RateTerms {
    return this.#terms;
  }

  renew(terms: RateTerms): void {
    if (terms.turn >= this.#terms.turn) this.#terms = terms;
  }
}

interface Site {
  readonly standing: Standing;
  readonly total: PaceLevel;
  readonly perHost: PaceLevel;
}

interface Loan {
  readonly standing: Standing;
  readonly pace: Pace;
  shards: number;
}

/**
 * The paces of all scans that this program runs. A limit that nobody named is the gentle one all scans
 * share; a limit that somebody named stands for itself, and then holds on loopback too. The shards of
 * one scan spend from the same pace: a scan cut in four is not four times as fast.
 *
 *     gentle   this program ─→ its part of the site's ─→ (a rate per host that the scan named)
 *     named    its part of the scan's
 */
export class ScanPaces {
  readonly #clock: Clock;
  /** Of this program: nothing is divided, but who scans for two sites is not twice as fast. */
  readonly #program: Site;
  /** As many as there are sites; each forgets its hosts by itself. */
  readonly #sites = new Map<number, Site>();
  readonly #lent = new Map<string, Loan>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#program = defaultLevels(new Standing(ALONE), () => ALL_PARTS);
  }

  /** The pace of the scan with this uid, the same for everyone who holds it at the time. */
  lend(scanUid: string, rate: ScanRate, terms: RateTerms = ALONE): LentPace {
    const site = this.#siteOf(terms);
    const loan = this.#lent.get(scanUid) ?? this.#open(rate, site, terms);
    this.#lent.set(scanUid, loan);
    loan.shards += 1;
    const renew = (renewed: RateTerms): void => {
      for (const { standing } of [this.#program, loan]) standing.renew(renewed);
      if (renewed.siteParts !== null) site.standing.renew(renewed);
    };
    renew(terms);
    return {
      pace: loan.pace,
      renew,
      giveBack: () => {
        loan.shards -= 1;
        if (loan.shards === 0) this.#lent.delete(scanUid);
      },
    };
  }

  #siteOf(terms: RateTerms): Site {
    const known = this.#sites.get(terms.site);
    if (known !== undefined) return known;
    const site = defaultLevels(new Standing(terms), ({ siteParts }) => siteParts ?? 0);
    this.#sites.set(terms.site, site);
    return site;
  }

  #open(rate: ScanRate, site: Site, terms: RateTerms): Loan {
    const standing = new Standing(terms);
    return { standing, pace: paceOf(this.#levelsOf(rate, site, standing), this.#clock), shards: 0 };
  }

  #levelsOf(rate: ScanRate, site: Site, standing: Standing): readonly PaceLevel[] {
    const { packetsPerSecond, packetsPerSecondPerHost, unlimited } = rate;
    const ofScan = (packets: number | undefined): Limit | undefined =>
      packets === undefined ? undefined : limitOf(() => packets, standing, SCAN_PARTS);
    const perHost = ofScan(packetsPerSecondPerHost);
    if (packetsPerSecond === undefined && !unlimited) {
      const totals = [this.#program.total, site.total];
      return perHost === undefined
        ? [...totals, this.#program.perHost, site.perHost]
        : [...totals, createLevel({ total: undefined, perHost, limitLoopback: true })];
    }
    const named = createLevel({ total: ofScan(packetsPerSecond), perHost, limitLoopback: true });
    if (unlimited || perHost !== undefined) return [named];
    return [
      named,
      createLevel({ total: undefined, perHost: limitOf(DEFAULT_PER_HOST, standing, SCAN_PARTS) }),
    ];
  }
}

type Part = (terms: RateTerms) => number;
const SCAN_PARTS: Part = ({ scanParts }) => scanParts ?? 0;
const DEFAULT_TOTAL: Part = ({ defaultRates }) => defaultRates.packetsPerSecond;
const DEFAULT_PER_HOST: Part = ({ defaultRates }) => defaultRates.packetsPerSecondPerHost;

function defaultLevels(standing: Standing, partsOf: Part): Site {
  return {
    standing,
    total: createLevel({
      total: limitOf(DEFAULT_TOTAL, standing, partsOf),
      perHost: undefined,
      isShared: true,
    }),
    perHost: createLevel({ total: undefined, perHost: limitOf(DEFAULT_PER_HOST, standing, partsOf) }),
  };
}

/** A limit that is what the terms in force say. */
function limitOf(rateOf: Part, standing: Standing, partsOf: Part): Limit {
  return {
    get packetsPerSecond() {
      return rateOf(standing.terms);
    },
    get parts() {
      return partsOf(standing.terms);
    },
  };
}
