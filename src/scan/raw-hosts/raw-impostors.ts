import type { Plan, Probe } from '#domain/scans/plan.js';
import type { Clock } from '#domain/time/clock.js';
import type { Attempts } from '#scan/connect/probe-attempts.js';
import { PlannedPorts } from '#scan/impostors/canaries.js';
import { type CanaryAnswer, WatchedHost } from '#scan/impostors/host-under-watch.js';
import { MAX_HOLD_MS, MAX_SAMPLED_BLOCK_HOSTS } from '#scan/impostors/rules.js';
import { ROUND_AFTER_SAMPLE, SAMPLE_POSITIONS, type Verdict } from '#scan/impostors/verdict.js';
import type { IntQueue } from '#scan/raw-probes/int-queue.js';
import type { OpenBlock } from '#scan/raw-probes/open-block.js';
import type { TcpProbe } from '#scan/raw-probes/verdict.js';
import type { Window } from '#scan/raw-probes/window.js';
import { type OutcomeCode, outcomeCode, SKIPPED } from '#scan/results/completed-chunk.js';

/** How often it is looked for hosts whose time is up. */
const POLL_MS = 100;
const MAX_ATTEMPTS_SHOWN = 255;

const DISBELIEVED: Readonly<Record<Exclude<Verdict, 'believed'>, OutcomeCode>> = {
  'answers-all': outcomeCode({ state: 'unknown', reason: 'answers-all' }),
  tarpit: outcomeCode({ state: 'unknown', reason: 'tarpit' }),
};

/** A host that is not believed yet, or never will be. */
interface Suspect {
  readonly block: OpenBlock;
  readonly host: number;
  /** It holds slots of the window. */
  readonly watched: WatchedHost<number>;
  /** Those under way, by their port. */
  readonly canaries: Map<number, Canary>;
}

/** One question more to a host, in a spare slot of the window. */
export interface Canary {
  readonly slot: number;
  readonly suspect: Suspect;
  readonly probe: Probe;
  /** One that waits for the answer. */
  readonly position: number;
  /** It stands in a queue of those to be asked, which gives the slot back when it comes to it. */
  isQueued: boolean;
}

export interface ImpostorsOptions {
  readonly plan: Plan;
  readonly tcpProbe: TcpProbe;
  readonly window: Window;
  readonly attempts: Attempts;
  readonly clock: Clock;
}

/**
 * Names hosts for which something answers on every port, by the rules of `ImpostorWatch`: what is open is held in
 * its slot until the host is believed. That class keeps an object for every position; this one keeps nothing for a
 * host that is believed but a byte, which is all that the way of most replies looks at. What is held is bounded by
 * the window.
 */
export class Impostors {
  readonly #options: ImpostorsOptions;
  readonly #planned: PlannedPorts;
  readonly #takesSamples: boolean;
  readonly #suspects = new WeakMap<OpenBlock, Map<number, Suspect>>();
  readonly #holding = new Set<Suspect>();
  readonly #toProbe = new Set<Suspect>();
  readonly #canaries = new Map<number, Canary>();
  #checkedAtMs = 0;

  constructor(options: ImpostorsOptions) {
    const { ports, hostsPerBlock } = options.plan;
    this.#options = options;
    this.#planned = new PlannedPorts(ports);
    this.#takesSamples =
      this.#planned.count >= SAMPLE_POSITIONS &&
      hostsPerBlock * ports.numbers.length <= MAX_SAMPLED_BLOCK_HOSTS * this.#planned.count;
  }

  /** Canaries under way or to be asked. */
  get canaryCount(): number {
    return this.#canaries.size;
  }

  /** A TCP position of a host that is not believed was settled in the window, just now. */
  completed(slot: number, { block, host }: { block: OpenBlock; host: number }, isOpen: boolean): void {
    // An ACK finds nothing open.
    if (this.#options.tcpProbe === 'ack' || (!isOpen && !this.#takesSamples)) return;
    const suspect = this.#suspectOf(block, host);
    const { watched } = suspect;
    if (watched.state === 'sampling') watched.addToSample(isOpen);
    if (watched.state === 'answers-all' || watched.state === 'tarpit') {
      if (isOpen) this.#options.window.setOutcome(slot, DISBELIEVED[watched.state]);
      return;
    }
    if (isOpen) this.#hold(suspect, slot);
    if (watched.state === 'sampling') this.#judgeSample(suspect);
  }

  /** Puts the canaries there is room for among the slots to be asked. */
  queueCanaries(queue: IntQueue): void {
    for (const suspect of this.#toProbe) {
      while (suspect.watched.hasCanary) {
        const slot = this.#options.window.takeSpare();
        if (slot < 0) return;
        const probe = suspect.watched.nextCanary(this.#planned);
        if (probe === undefined) break;
        const position = this.#options.window.positionOf(suspect.watched.held[0] ?? -1);
        const canary: Canary = { slot, suspect, probe, position, isQueued: true };
        suspect.canaries.set(probe.port, canary);
        this.#canaries.set(slot, canary);
        queue.push(slot);
      }
      this.#toProbe.delete(suspect);
    }
  }

  canaryAt(slot: number): Canary | undefined {
    return this.#canaries.get(slot);
  }

  /** The canary of this port of a host, if one is under way. */
  canaryOf(block: OpenBlock, host: number, port: number): Canary | undefined {
    return this.#suspects.get(block)?.get(host)?.canaries.get(port);
  }

  /** It came to the front of the queue. False when its answer does not matter any more. */
  mayProbe(canary: Canary): boolean {
    canary.isQueued = false;
    if (canary.suspect.canaries.has(canary.probe.port)) return true;
    this.#free(canary);
    return false;
  }

  probed({ suspect }: Canary): void {
    suspect.watched.sinceMs = this.#options.clock.monotonic();
  }

  answered(canary: Canary, answer: CanaryAnswer): void {
    const { suspect } = canary;
    this.#drop(canary);
    suspect.watched.sinceMs = this.#options.clock.monotonic();
    const next = suspect.watched.answered(answer);
    if (typeof next === 'number') this.#sendProbe(suspect, next);
    else if (next !== undefined) this.#decide(suspect, next);
  }

  /** True when it has to be asked again. */
  wasUnresponsive(slot: number): boolean {
    const canary = this.#canaries.get(slot);
    if (canary === undefined) return false;
    if ((this.#options.window.attempts[slot] ?? 0) < this.#options.attempts.needed) {
      canary.isQueued = true;
      return true;
    }
    this.answered(canary, { isAccepted: false, windowBytes: undefined });
    return false;
  }

  /** The gate let a canary not pass: nobody will know. */
  refused({ suspect }: Canary): void {
    this.#decide(suspect, 'refused');
  }

  /** Nothing could be asked for so long: that is no waiting for an answer. */
  stoodStill(durationMs: number): void {
    for (const { watched } of this.#holding) watched.sinceMs += durationMs;
  }

  /** Ends the waiting for hosts whose time is up, and that for samples when nothing else is waited for. */
  expire(nowMs: number, isNothingElse: boolean): void {
    if (this.#holding.size === 0 || (!isNothingElse && nowMs < this.#checkedAtMs + POLL_MS)) return;
    this.#checkedAtMs = nowMs;
    for (const suspect of this.#holding) {
      const { state, sinceMs, verdictOfWhatIsKnown } = suspect.watched;
      const isOver = sinceMs + MAX_HOLD_MS <= nowMs;
      if (state === 'sampling' && (isOver || isNothingElse)) this.#sendProbe(suspect, 0);
      // Those that were not asked yet wait for those before them, not for an answer.
      else if (state === 'probing' && isOver && !this.#toProbe.has(suspect))
        this.#decide(suspect, verdictOfWhatIsKnown);
    }
  }

  #suspectOf(block: OpenBlock, host: number): Suspect {
    const own = this.#suspects.get(block) ?? new Map<number, Suspect>();
    this.#suspects.set(block, own);
    const known = own.get(host);
    if (known !== undefined) return known;
    const address = block.hosts.addresses[host];
    if (address === undefined) throw new RangeError(`no host ${host} in block ${block.number}`);
    const suspect = { block, host, watched: new WatchedHost<number>(0n, address), canaries: new Map() };
    own.set(host, suspect);
    return suspect;
  }

  #hold(suspect: Suspect, slot: number): void {
    this.#options.window.hold(slot);
    suspect.watched.held.push(slot);
    if (this.#holding.has(suspect)) return;
    suspect.watched.sinceMs = this.#options.clock.monotonic();
    this.#holding.add(suspect);
  }

  #judgeSample(suspect: Suspect): void {
    const { isSampled, isSuspicious } = suspect.watched;
    if (!this.#takesSamples) this.#sendProbe(suspect, 0);
    else if (isSampled && isSuspicious) this.#sendProbe(suspect, ROUND_AFTER_SAMPLE);
    else if (isSampled) this.#decide(suspect, 'believed');
  }

  #sendProbe(suspect: Suspect, round: number): void {
    suspect.watched.sinceMs = this.#options.clock.monotonic();
    suspect.watched.beginRound(round);
    this.#toProbe.add(suspect);
  }

  #decide(suspect: Suspect, verdict: Verdict | 'refused'): void {
    const { block, host, watched, canaries } = suspect;
    this.#holding.delete(suspect);
    this.#toProbe.delete(suspect);
    for (const canary of canaries.values()) this.#drop(canary);
    this.#letGo(watched, verdict);
    if (verdict === 'believed') block.isBelieved[host] = 1;
    // Of an impostor the verdict is kept; who may not be asked is met anew, if at all.
    if (verdict === 'believed' || verdict === 'refused') this.#suspects.get(block)?.delete(host);
    else watched.state = verdict;
  }

  /** The probes that were sent for the host are counted with the first of its positions that have room for them. */
  #letGo(watched: WatchedHost<number>, verdict: Verdict | 'refused'): void {
    const { window } = this.#options;
    let uncounted = watched.canaryProbes;
    for (const slot of watched.release()) {
      const attempts = window.attempts[slot] ?? 0;
      const counted = Math.min(uncounted, MAX_ATTEMPTS_SHOWN - attempts);
      window.attempts[slot] = attempts + counted;
      uncounted -= counted;
      if (verdict === 'refused') window.setOutcome(slot, SKIPPED);
      else if (verdict !== 'believed') window.setOutcome(slot, DISBELIEVED[verdict]);
      window.release(slot);
    }
  }

  #drop(canary: Canary): void {
    const { canaries, watched } = canary.suspect;
    canaries.delete(canary.probe.port);
    watched.canaryProbes += this.#options.window.attempts[canary.slot] ?? 0;
    if (!canary.isQueued) this.#free(canary);
  }

  #free({ slot }: Canary): void {
    this.#canaries.delete(slot);
    this.#options.window.freeSpare(slot);
  }
}
