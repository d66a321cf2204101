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

/** The rate that a scan request specifies; undefined values mean the defaults. */
export interface ScanRate {
  readonly packetsPerSecond: number | undefined;
  readonly packetsPerSecondPerHost: number | undefined;
  /** `--rate max`: the default limits do not apply, but an explicit limit per host does. */
  readonly unlimited: boolean;
}

/** Whether a limit over all hosts applies. */
export function hasTotal({ packetsPerSecond, unlimited }: ScanRate, isLoopback: boolean): boolean {
  return packetsPerSecond !== undefined || (!unlimited && !isLoopback);
}

/** The resulting limits in packets per second; undefined: no limit. */
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

/** The default rates of a scan, over the whole installation. */
export interface DefaultRates {
  readonly packetsPerSecond: number;
  readonly packetsPerSecondPerHost: number;
}

/**
 * How much of the rates this process may use now: rates apply to all processes together. `siteParts` is its part of the
 * default rates that the scans of a site share, `scanParts` its part of the explicit rates of one scan.
 */
export interface RateTerms {
  /** Counts up; terms older than those in force are ignored. */
  readonly requestNumber: number;
  /** The site whose scans share the default rates. */
  readonly site: number;
  /** Of `ALL_PARTS`; null when the scan does not use such rates. */
  readonly siteParts: number | null;
  readonly scanParts: number | null;
  readonly defaultRates: DefaultRates;
}

export const DEFAULT_RATES: DefaultRates = {
  packetsPerSecond: DEFAULT_PACKETS_PER_SECOND,
  packetsPerSecondPerHost: DEFAULT_PACKETS_PER_SECOND_PER_HOST,
};

/** Terms of a process that shares with no other, such as a measurement. */
export const ALONE: RateTerms = {
  requestNumber: 0,
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

/** A pace lent to one shard of a scan. */
export interface LentPace {
  readonly pace: Pace;
  /** Applies from the next packet on. */
  renew(terms: RateTerms): void;
  giveBack(): void;
}

/** The terms in force; older ones never replace them. */
class Standing {
  #terms: RateTerms;

  constructor(terms: RateTerms) {
    this.#terms = terms;
  }

  get terms(): RateTerms {
    return this.#terms;
  }

  renew(terms: RateTerms): void {
    if (terms.requestNumber >= this.#terms.requestNumber) this.#terms = terms;
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
 * The paces of all scans that this process runs. Without an explicit limit a scan shares the default limit with all
 * others; an explicit limit is the scan's own, and applies to loopback too. The shards of one scan spend from the same
 * pace: a scan in four shards is not four times as fast.
 *
 *     default    this process ─→ its part of the site's ─→ (an explicit rate per host)
 *     explicit   its part of the scan's
 */
export class ScanPaces {
  readonly #clock: Clock;
  /** Limits of this process, undivided, so that a process that scans for two sites is not twice as fast. */
  readonly #program: Site;
  /** One for each site; each drops its idle hosts by itself. */
  readonly #sites = new Map<number, Site>();
  readonly #lent = new Map<string, Loan>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#program = defaultLevels(new Standing(ALONE), () => ALL_PARTS);
  }

  /** The pace of the scan with this uid, shared by all its current holders. */
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

/** A limit that follows the terms in force. */
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
