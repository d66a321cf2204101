import type { Plan } from '#domain/scans/plan.js';
import { type Attempts } from '#scan/connect/probe-attempts.js';
import type { Lane } from '#scan/raw-engine/lanes.js';
import type { Impostors } from '#scan/raw-hosts/raw-impostors.js';
import { COOKIE_STATE_WORDS, cookieOf } from '#scan/raw-probes/cookie.js';
import type { OpenBlock } from '#scan/raw-probes/open-block.js';
import { Reply } from '#scan/raw-probes/reply.js';
import { type SourcePorts, TCP_GROUP_PORTS, UDP_GROUP_PORTS } from '#scan/raw-probes/source-ports.js';
import { SYN_ACK, type TcpProbe, verdictOf } from '#scan/raw-probes/verdict.js';
import type { Window } from '#scan/raw-probes/window.js';
import { NO_ROUND_TRIP } from '#scan/results/completed-chunk.js';

export interface AnswersOptions {
  readonly plan: Plan;
  readonly window: Window;
  readonly ports: SourcePorts;
  readonly tcpProbe: TcpProbe;
  readonly attempts: Attempts;
  readonly impostors: Impostors;
}

/** When a batch of replies was taken from the kernel. */
export interface ReceivedAt {
  readonly microseconds: number;
  readonly ms: number;
  /** Before that nothing of it was there. */
  readonly afterMicroseconds: number;
}

/**
 * Believes a reply when it fits a probe that was sent and is waited for, and nothing else:
 *
 *     frame ─> Reply ─> host of an open block ─> port of the plan ─> cookie, source port ─> waiting slot ─> settled
 */
export class Answers {
  readonly #options: AnswersOptions;
  readonly #reply = new Reply();
  /** Place of a port among those of its protocol, less one for none. */
  readonly #tcpPlaces: Int32Array;
  readonly #udpPlaces: Int32Array;
  #recent: OpenBlock | undefined;
  /**
   * The shortest time that a reply was surely under way since somebody looked, for the rate: what it waited here for
   * this process to get a processor is not the path's.
   */
  shortestMicroseconds = Number.POSITIVE_INFINITY;
  /** Positions answered, and of them those whose first probe brought no answer. */
  answeredCount = 0;
  lateCount = 0;

  constructor(options: AnswersOptions) {
    this.#options = options;
    const { numbers, tcpCount } = options.plan.ports;
    this.#tcpPlaces = placesOf(numbers, 0, tcpCount);
    this.#udpPlaces = placesOf(numbers, tcpCount, numbers.length);
  }

  /** Reads `count` received messages of a lane. */
  read(
    { received }: Lane,
    count: number,
    { blocks, at }: { blocks: readonly OpenBlock[]; at: ReceivedAt },
  ): void {
    const stride = received.strideBytes;
    for (let message = 0; message < count; message += 1) {
      const start = (message * stride) >>> 1;
      const byteCount = Math.min(received.receivedLength(message), stride);
      if (this.#reply.read(received.words, start, byteCount)) this.#believe(received.words, blocks, at);
    }
  }

  #believe(words: Uint16Array, blocks: readonly OpenBlock[], at: ReceivedAt): void {
    const reply = this.#reply;
    if (this.#options.impostors.canaryCount > 0 && reply.isTcp) this.#believeOfCanary(words, blocks);
    const place = (reply.isTcp ? this.#tcpPlaces : this.#udpPlaces)[reply.remotePort] ?? -1;
    if (place < 0) return;
    const recent = this.#recent;
    if (recent !== undefined && this.#complete(recent, words, place, at)) return;
    for (const block of blocks) {
      if (block === recent || !this.#complete(block, words, place, at)) continue;
      this.#recent = block;
      return;
    }
  }

  /** False when the host is not of this block. */
  #complete(block: OpenBlock, words: Uint16Array, place: number, at: ReceivedAt): boolean {
    const reply = this.#reply;
    const { window, plan, tcpProbe, impostors } = this.#options;
    const host = block.hosts.find(words, reply.addressAt, reply.addressTexts);
    if (host < 0) return false;
    const index = host * plan.ports.numbers.length + place;
    const slot = block.slots[index] ?? 0;
    if (!window.isAwaited(slot, block, index)) return true;
    const attempt = this.#attemptOf(block, host);
    const attempts = window.attempts[slot] ?? 0;
    if (attempt < 0 || attempt >= attempts) return true;
    const outcome = verdictOf(reply, tcpProbe);
    if (outcome === undefined) return true;
    // A late error about a UDP port may be due to the host's limit on them, which is no loss on the path.
    if (reply.kind === 'port-unreach' && !reply.isTcp) block.unreachableLimit.answered(host, attempt > 0);
    else this.#count(attempt);
    // A late answer to an earlier attempt says nothing of the time since the last.
    const isLatest = attempt === attempts - 1;
    const roundTrip = isLatest
      ? (at.microseconds - (window.sentAtMicroseconds[slot] ?? 0)) | 0
      : NO_ROUND_TRIP;
    if (isLatest) this.#underWay((at.afterMicroseconds - (window.sentAtMicroseconds[slot] ?? 0)) | 0);
    window.complete(slot, outcome, at.ms, roundTrip);
    if (reply.isTcp && block.isBelieved[host] === 0)
      impostors.completed(slot, { block, host }, outcome === SYN_ACK);
    return true;
  }

  #underWay(microseconds: number): void {
    if (microseconds < this.shortestMicroseconds) this.shortestMicroseconds = Math.max(0, microseconds);
  }

  /** A canary asks a port of no position, unless the plan has nearly all ports: then the reply is to both. */
  #believeOfCanary(words: Uint16Array, blocks: readonly OpenBlock[]): void {
    const { impostors, window, tcpProbe } = this.#options;
    const { addressAt, addressTexts, remotePort, windowBytes } = this.#reply;
    for (const block of blocks) {
      const host = block.hosts.find(words, addressAt, addressTexts);
      const canary = host < 0 ? undefined : impostors.canaryOf(block, host, remotePort);
      if (canary === undefined) continue;
      const attempt = this.#attemptOf(block, host);
      if (attempt < 0 || attempt >= (window.attempts[canary.slot] ?? 0)) continue;
      const outcome = verdictOf(this.#reply, tcpProbe);
      if (outcome !== undefined) impostors.answered(canary, { isAccepted: outcome === SYN_ACK, windowBytes });
    }
  }

  #count(attempt: number): void {
    this.#options.attempts.answered(attempt + 1);
    this.answeredCount += 1;
    if (attempt > 0) this.lateCount += 1;
  }

  /** Which attempt the reply is to, 0 for the first; -1 when it carries the wrong numbers. */
  #attemptOf(block: OpenBlock, host: number): number {
    const { isTcp, localPort, remotePort, number } = this.#reply;
    const { ports } = this.#options;
    const state = host * COOKIE_STATE_WORDS;
    if (isTcp) {
      const attempt = localPort - ports.tcpGroup(remotePort);
      if (attempt < 0 || attempt >= TCP_GROUP_PORTS) return -1;
      return cookieOf(block.hosts.cookies, state, (localPort << 16) | remotePort) === number ? attempt : -1;
    }
    const offset = localPort - ports.udpGroup(remotePort);
    if (offset < 0 || offset >= UDP_GROUP_PORTS) return -1;
    return (offset - cookieOf(block.hosts.cookies, state, remotePort)) & (UDP_GROUP_PORTS - 1);
  }
}

function placesOf(ports: Uint16Array, from: number, to: number): Int32Array {
  const places = new Int32Array(65_536).fill(-1);
  for (let place = from; place < to; place += 1) places[ports[place] ?? 0] = place;
  return places;
}
