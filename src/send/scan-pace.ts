import type { Clock } from '#domain/clock.js';
import {
  createPace,
  DEFAULT_PACKETS_PER_SECOND,
  DEFAULT_PACKETS_PER_SECOND_PER_HOST,
  type Pace,
} from '#send/pace.js';

/** What a person said about speed; all absent means the gentle defaults. */
export interface ScanRate {
  readonly packetsPerSecond: number | undefined;
  readonly packetsPerSecondPerHost: number | undefined;
  /** `--rate max`: neither limit holds, but one given per host still does. */
  readonly unlimited: boolean;
}

/** What a rate comes to, in packets per second; undefined is no limit. */
export function limitsOf(
  rate: ScanRate,
  isLoopback: boolean,
): Pick<ScanRate, 'packetsPerSecond' | 'packetsPerSecondPerHost'> {
  const isGentle = !isLoopback && !rate.unlimited;
  return {
    packetsPerSecond: rate.packetsPerSecond ?? (isGentle ? DEFAULT_PACKETS_PER_SECOND : undefined),
    packetsPerSecondPerHost:
      rate.packetsPerSecondPerHost ?? (isGentle ? DEFAULT_PACKETS_PER_SECOND_PER_HOST : undefined),
  };
}

/** A pace on loan to one shard of a scan. */
export interface LentPace {
  readonly pace: Pace;
  giveBack(): void;
}

/**
 * The paces of all scans that this program runs. A limit that nobody named is the gentle one all scans
 * share; a limit that somebody named stands for itself, and then holds on loopback too. The shards of
 * one scan spend from the same pace: a scan cut in four is not four times as fast.
 */
export class ScanPaces {
  readonly #clock: Clock;
  readonly #total: Pace;
  readonly #totalAndPerHost: Pace;
  readonly #lent = new Map<string, { readonly pace: Pace; shards: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#total = createPace({
      packetsPerSecond: DEFAULT_PACKETS_PER_SECOND,
      packetsPerSecondPerHost: undefined,
      isShared: true,
      clock,
    });
    this.#totalAndPerHost = this.#total.child(perHost(DEFAULT_PACKETS_PER_SECOND_PER_HOST));
  }

  /** The pace of the scan with this uid, the same for everyone who holds it at the time. */
  lend(scanUid: string, rate: ScanRate): LentPace {
    const loan = this.#lent.get(scanUid) ?? { pace: this.#paceOf(rate), shards: 0 };
    this.#lent.set(scanUid, loan);
    loan.shards += 1;
    return {
      pace: loan.pace,
      giveBack: () => {
        loan.shards -= 1;
        if (loan.shards === 0) this.#lent.delete(scanUid);
      },
    };
  }

  #paceOf({ packetsPerSecond, packetsPerSecondPerHost, unlimited }: ScanRate): Pace {
    if (packetsPerSecond === undefined && !unlimited) {
      return packetsPerSecondPerHost === undefined
        ? this.#totalAndPerHost
        : this.#total.child({ ...perHost(packetsPerSecondPerHost), limitLoopback: true });
    }
    const named = createPace({
      packetsPerSecond,
      packetsPerSecondPerHost,
      limitLoopback: true,
      clock: this.#clock,
    });
    return unlimited || packetsPerSecondPerHost !== undefined
      ? named
      : named.child(perHost(DEFAULT_PACKETS_PER_SECOND_PER_HOST));
  }
}

function perHost(packetsPerSecondPerHost: number) {
  return { packetsPerSecond: undefined, packetsPerSecondPerHost };
}
