import type { Address } from '#domain/addresses/address.js';
import type { Plan, Probe } from '#domain/scans/plan.js';
import { PlannedPorts } from '#scan/impostors/canaries.js';
import { type CanaryAnswer, WatchedHost } from '#scan/impostors/host-under-watch.js';
import { ROUND_AFTER_SAMPLE, SAMPLE_POSITIONS, type Verdict } from '#scan/impostors/verdict.js';

/** Hosts remembered, decided or not; the one met first is forgotten, and judged anew if it is met again. */
export const MAX_WATCHED_HOSTS = 16_384;
/** Hosts with open positions held back. */
export const MAX_HOLDING_HOSTS = 4_096;
export const MAX_HELD_POSITIONS = 16_384;
/** How long a host may be sampled, and then how long it may be asked. */
export const MAX_HOLD_MS = 15_000;
/** In plans with larger blocks the first positions of a host are too far apart to wait for. */
export const MAX_SAMPLED_BLOCK_HOSTS = 256;

export type { CanaryAnswer } from '#scan/impostors/host-under-watch.js';

export interface Holdable {
  readonly position: number;
  readonly probe: Probe;
}

/** One question more to a host, about a port that nobody asked for. */
export interface Canary {
  readonly probe: Probe;
  /** The lowest position that waits for the answer. */
  readonly position: number;
}

/** What becomes of the positions held for one host. `refused`: it may not be asked any more, so nobody knows. */
export interface Decision<T> {
  readonly held: readonly T[];
  readonly verdict: Verdict | 'refused';
  /** Probes sent to find out. */
  readonly canaryProbes: number;
}

export interface ImpostorWatchOptions<T> {
  readonly plan: Pick<Plan, 'ports' | 'hostsPerBlock'>;
  readonly onDecision: (decision: Decision<T>) => void;
}

/**
 * Names hosts for which something answers on every port: a firewall, a load balancer, a tarpit. What is open there is
 * held back until the host is believed or not; all else that it shows is believed at once.
 *
 *     open ─> sampling ──(24 settled, half open)──> asking ──(3, 12, 48 canaries)──> believed │ answers-all │ tarpit
 *                │ fewer open                        ^
 *                └─> believed        plans with fewer ports of a host, or large blocks, begin here
 *
 * Whoever uses it asks the canaries through gate and pace like any probe, before anything new.
 */
export class ImpostorWatch<T extends Holdable> {
  readonly #planned: PlannedPorts;
  readonly #onDecision: ImpostorWatchOptions<T>['onDecision'];
  readonly #takesSamples: boolean;
  /** In the order they were met. */
  readonly #hosts = new Map<bigint, WatchedHost<T>>();
  /** In the order their time runs out. */
  readonly #holding = new Set<WatchedHost<T>>();
  readonly #toProbe = new Set<WatchedHost<T>>();
  #heldCount = 0;

  constructor({ plan, onDecision }: ImpostorWatchOptions<T>) {
    this.#planned = new PlannedPorts(plan.ports);
    this.#onDecision = onDecision;
    this.#takesSamples =
      this.#planned.count >= SAMPLE_POSITIONS &&
      plan.hostsPerBlock * plan.ports.numbers.length <= MAX_SAMPLED_BLOCK_HOSTS * this.#planned.count;
  }

  /** Positions held back. */
  get heldCount(): number {
    return this.#heldCount;
  }

  /** Whether something new should be asked: a quarter is left to what is under way. */
  get hasCapacity(): boolean {
    return 4 * this.#heldCount < 3 * MAX_HELD_POSITIONS && 4 * this.#holding.size < 3 * MAX_HOLDING_HOSTS;
  }

  /** When `expire` has something to do; undefined when nothing is held. */
  get nextDueMs(): number | undefined {
    const [oldest] = this.#holding;
    return oldest === undefined ? undefined : oldest.sinceMs + MAX_HOLD_MS;
  }

  /** What follows for a TCP position that is settled: how far its host is believed, or that it is `held`. */
  complete(item: T, isOpen: boolean, nowMs: number): Verdict | 'held' {
    if (!isOpen && !this.#takesSamples) return 'believed';
    const host = this.#hostOf(item.probe.address);
    if (host.state === 'sampling') host.addToSample(isOpen);
    else if (host.state !== 'probing') return isOpen ? host.state : 'believed';
    if (isOpen) this.#hold(host, item, nowMs);
    if (host.state === 'sampling') this.#judgeSample(host, nowMs);
    this.#keepBounds();
    return isOpen ? 'held' : 'believed';
  }

  /** The next canary to be asked, of the host that waits longest. */
  takeCanary(): Canary | undefined {
    const [host] = this.#toProbe;
    if (host === undefined) return undefined;
    const probe = host.nextCanary(this.#planned);
    if (probe === undefined || !host.hasCanary) this.#toProbe.delete(host);
    return probe && { probe, position: host.held[0]?.position ?? 0 };
  }

  /** Whether its answer still matters: one that does not is not worth a probe. */
  wants({ probe }: Canary): boolean {
    return this.#probing(probe.address) !== undefined;
  }

  /** A probe was sent for a canary. */
  canarySent({ probe }: Canary): void {
    const host = this.#probing(probe.address);
    if (host !== undefined) host.canaryProbes += 1;
  }

  canaryAnswered({ probe }: Canary, answer: CanaryAnswer, nowMs: number): void {
    const host = this.#probing(probe.address);
    const next = host?.answered(answer);
    if (host === undefined || next === undefined) return;
    if (typeof next === 'number') this.#sendProbe(host, next, nowMs);
    else this.#decide(host, next);
  }

  /** The gate let a canary not pass. */
  canaryRefused({ probe }: Canary): void {
    const host = this.#probing(probe.address);
    if (host !== undefined) this.#decide(host, 'refused');
  }

  /** No further position will settle before what is held does: samples stay as small as they are. */
  endSamples(nowMs: number): void {
    for (const host of this.#holding) if (host.state === 'sampling') this.#sendProbe(host, 0, nowMs);
  }

  /** Nothing could be asked for so long: that is no waiting for an answer. */
  stoodStill(durationMs: number): void {
    for (const host of this.#holding) host.sinceMs += durationMs;
  }

  /** Ends the waiting for hosts whose time is up. */
  expire(nowMs: number): void {
    for (const host of this.#holding) {
      if (host.sinceMs + MAX_HOLD_MS > nowMs) return;
      if (host.state === 'sampling') this.#sendProbe(host, 0, nowMs);
      else this.#decide(host, host.verdictOfWhatIsKnown);
    }
  }

  /** Forgets everything; what is held is decided no more. */
  clear(): void {
    this.#hosts.clear();
    this.#holding.clear();
    this.#toProbe.clear();
    this.#heldCount = 0;
  }

  #probing(address: Address): WatchedHost<T> | undefined {
    const host = this.#hosts.get(keyOf(address));
    return host?.state === 'probing' ? host : undefined;
  }

  #hostOf(address: Address): WatchedHost<T> {
    const key = keyOf(address);
    const known = this.#hosts.get(key);
    if (known !== undefined) return known;
    const host = new WatchedHost<T>(key, address);
    this.#hosts.set(key, host);
    return host;
  }

  #hold(host: WatchedHost<T>, item: T, nowMs: number): void {
    host.held.push(item);
    this.#heldCount += 1;
    if (this.#holding.has(host)) return;
    host.sinceMs = nowMs;
    this.#holding.add(host);
  }

  #judgeSample(host: WatchedHost<T>, nowMs: number): void {
    if (!this.#takesSamples) this.#sendProbe(host, 0, nowMs);
    else if (host.isSampled && host.isSuspicious) this.#sendProbe(host, ROUND_AFTER_SAMPLE, nowMs);
    else if (host.isSampled) this.#decide(host, 'believed');
  }

  #sendProbe(host: WatchedHost<T>, round: number, nowMs: number): void {
    if (host.state === 'sampling') {
      host.sinceMs = nowMs;
      // To the end of the line, which is in the order that time runs out.
      if (this.#holding.delete(host)) this.#holding.add(host);
    }
    host.beginRound(round);
    this.#toProbe.add(host);
  }

  #keepBounds(): void {
    while (this.#heldCount > MAX_HELD_POSITIONS || this.#holding.size > MAX_HOLDING_HOSTS) {
      const [oldest] = this.#holding;
      if (oldest === undefined) return;
      this.#decide(oldest, oldest.verdictOfWhatIsKnown);
    }
    if (this.#hosts.size <= MAX_WATCHED_HOSTS) return;
    const [first] = this.#hosts.values();
    if (first === undefined) return;
    if (first.held.length > 0) this.#decide(first, first.verdictOfWhatIsKnown);
    this.#hosts.delete(first.key);
  }

  #decide(host: WatchedHost<T>, verdict: Verdict | 'refused'): void {
    this.#holding.delete(host);
    this.#toProbe.delete(host);
    const held = host.release();
    this.#heldCount -= held.length;
    if (verdict === 'refused') this.#hosts.delete(host.key);
    else host.state = verdict;
    this.#onDecision({ held, verdict, canaryProbes: host.canaryProbes });
  }
}

/** An IPv4 and an IPv6 address may have the same value. */
function keyOf({ family, value }: Address): bigint {
  return (value << 1n) | (family === 6 ? 1n : 0n);
}
