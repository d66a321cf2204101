import type { Address } from '#domain/addresses/address.js';

/** Linux gives a peer six reports at once and then one a second (`icmp_ratelimit`); a little more is surely enough. */
export const LEISURE_MS = 1_100;
/** So many ports, one after the other, silent at leisure, and a host's silence is taken for what it is. */
export const MAX_UNRESPONSIVE_PORTS_ON_TRIAL = 6;
/** More than one silence for so many reports is more than what gets lost on the way. */
export const REPORTS_PER_PAUSE = 8;
/** Silences at leisure that a port of a host with a limit must show: the first datagram may have been lost. */
export const SILENCES_AT_LEISURE = 2;
/** Hosts that have reported a closed port; the one heard of first is forgotten. */
export const MAX_REPORTING_HOSTS = 65_536;

interface ReportingHost {
  /**
   * `open`: it reports, and hardly a port is silent. `trial`: more are, so they are asked at leisure.
   * `limited`: one then reported, so every port is asked at leisure. `silent`: none did, so silence is final.
   */
  state: 'open' | 'trial' | 'limited' | 'unresponsive';
  /** While it is open. */
  reports: number;
  silences: number;
  /** While it is on trial. */
  unresponsivePorts: number;
  probedAtMs: number;
}

/** What was asked of a datagram port so far. */
export interface Probing {
  /** Whether it was silent before. */
  readonly wasUnresponsive: boolean;
  /** Whether nothing had been asked of the host for long enough that it would have reported. */
  readonly isAtLeisure: boolean;
  readonly silencesAtLeisure: number;
}

/**
 * Hosts report closed UDP ports only so often: what comes faster is met by silence, which looks like a port that is
 * open or filtered.
 *
 *     open ──(silences)──> trial ──(a silent port reports when asked at leisure)──> limited
 *        ^                   └──(6 ports are silent at leisure)──> silent
 *        └───────────────(a silent port reports all the same)────────┘
 */
export class ReportLimits {
  readonly #hosts = new Map<bigint, ReportingHost>();

  /** How long to wait before the host is asked again, so that it is at leisure. */
  delayMs(address: Address, nowMs: number): number {
    const host = this.#hosts.get(keyOf(address));
    if (host === undefined || !isProbedSlowly(host)) return 0;
    return Math.max(0, host.probedAtMs + LEISURE_MS - nowMs);
  }

  /** Whether the host is asked at leisure, now. */
  probed(address: Address, nowMs: number): boolean {
    const host = this.#hosts.get(keyOf(address));
    if (host === undefined) return false;
    const isAtLeisure = host.probedAtMs + LEISURE_MS <= nowMs;
    host.probedAtMs = nowMs;
    return isAtLeisure;
  }

  /** The host reported a closed port. */
  reported(address: Address, { wasUnresponsive, isAtLeisure }: Probing, nowMs: number): void {
    const host = this.#hosts.get(keyOf(address)) ?? this.#meet(address, nowMs);
    if (host.state === 'open') host.reports += 1;
    if (host.state === 'unresponsive' && wasUnresponsive)
      Object.assign(host, { state: 'open', reports: 1, silences: 0 });
    if (host.state !== 'trial' || !isAtLeisure) return;
    host.unresponsivePorts = 0;
    if (wasUnresponsive) host.state = 'limited';
  }

  /** Whether the silence of a port is final, once it was asked as often as every silent port is. */
  isFinal(address: Address, { wasUnresponsive, isAtLeisure, silencesAtLeisure }: Probing): boolean {
    const host = this.#hosts.get(keyOf(address));
    if (host === undefined || host.state === 'unresponsive') return true;
    if (host.state === 'open') return !this.#isTried(host) && wasUnresponsive;
    if (host.state === 'trial' && isAtLeisure && silencesAtLeisure === 1) host.unresponsivePorts += 1;
    if (host.unresponsivePorts >= MAX_UNRESPONSIVE_PORTS_ON_TRIAL) host.state = 'unresponsive';
    return host.state === 'unresponsive' || silencesAtLeisure >= SILENCES_AT_LEISURE;
  }

  /** Puts a host on trial that was silent once more, if that is too often. */
  #isTried(host: ReportingHost): boolean {
    host.silences += 1;
    if (host.silences * REPORTS_PER_PAUSE <= host.reports) return false;
    host.state = 'trial';
    host.unresponsivePorts = 0;
    return true;
  }

  #meet(address: Address, nowMs: number): ReportingHost {
    const host: ReportingHost = {
      state: 'open',
      reports: 0,
      silences: 0,
      unresponsivePorts: 0,
      probedAtMs: nowMs,
    };
    this.#hosts.set(keyOf(address), host);
    const [first] = this.#hosts.keys();
    if (this.#hosts.size > MAX_REPORTING_HOSTS && first !== undefined) this.#hosts.delete(first);
    return host;
  }
}

function isProbedSlowly({ state }: ReportingHost): boolean {
  return state === 'trial' || state === 'limited';
}

/** An IPv4 and an IPv6 address may have the same value. */
function keyOf({ family, value }: Address): bigint {
  return (value << 1n) | (family === 6 ? 1n : 0n);
}
