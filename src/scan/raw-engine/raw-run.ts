import type { Plan } from '#domain/scans/plan.js';
import type { Clock } from '#domain/time/clock.js';
import { nameOfErrno } from '#net/native/libc/libc.js';
import { NativeCallError } from '#net/native/libc/native-call-error.js';
import type { AddressGate } from '#net/send/gate.js';
import type { Pace } from '#net/send/pace.js';
import { type RateChange, RateController } from '#net/send/rate-controller.js';
import { Attempts } from '#scan/connect/probe-attempts.js';
import { Standstill } from '#scan/connect/standstill.js';
import { type Lane, Lanes, RECEIVED_AT_ONCE } from '#scan/raw-engine/lanes.js';
import { BATCH_FRAMES } from '#scan/raw-engine/tx-batch.js';
import { ENETDOWN, type RawNetwork } from '#scan/raw-engine/wire.js';
import { LinkWatch } from '#scan/raw-hosts/link-watch.js';
import { Impostors } from '#scan/raw-hosts/raw-impostors.js';
import { Timeouts } from '#scan/raw-hosts/timeouts.js';
import { EXTRA_ATTEMPTS } from '#scan/raw-hosts/unreachable-limit.js';
import { BlockOpener } from '#scan/raw-probes/block-opener.js';
import type { CookieKey } from '#scan/raw-probes/cookie.js';
import { OpenBlock } from '#scan/raw-probes/open-block.js';
import { Probing } from '#scan/raw-probes/probe-sender.js';
import { Answers } from '#scan/raw-probes/response-handler.js';
import type { SourcePorts } from '#scan/raw-probes/source-ports.js';
import { noResponse, type TcpProbe } from '#scan/raw-probes/verdict.js';
import { Window } from '#scan/raw-probes/window.js';
import { type CompletedChunk, NO_ROUND_TRIP, unprobedCode } from '#scan/results/completed-chunk.js';

/** Batches of replies read in a row before probes are sent again. */
const MAX_RECEIVES = 64;
const MEASURE_MS = 20;
const EAGAIN = 11;
const EINTR = 4;

/** Positions of one block to be asked next; `later` when there may be more; undefined when there are none. */
export type RangeFeed = () => { readonly first: number; readonly end: number } | 'later' | undefined;

export interface RawRunOptions {
  readonly plan: Plan;
  readonly feed: RangeFeed;
  readonly tcpProbe: TcpProbe;
  readonly network: RawNetwork;
  readonly gate: AddressGate;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly ports: SourcePorts;
  readonly key: CookieKey;
  readonly retries: number;
  readonly timeoutMs: number;
  readonly maxPieces?: number;
  /** Takes up no more while so many could be asked at once; absent: as much as there is room for. */
  readonly enoughReady?: number;
  /** The piece that began there is settled and taken to its end. */
  readonly onPieceClosed?: (first: number) => void;
}

/** One thread's share of a scan, driven from outside: `step` again and again, `take` what is settled. */
export class RawRun {
  readonly #options: RawRunOptions;
  readonly #window: Window;
  readonly #timeouts = new Timeouts();
  readonly #attempts: Attempts;
  readonly #lanes: Lanes;
  readonly #links: LinkWatch;
  readonly #impostors: Impostors;
  readonly #answers: Answers;
  readonly #probing: Probing;
  readonly #opener: BlockOpener;
  readonly #rate: RateController;
  readonly #standstill: Standstill;
  readonly #halt = new AbortController();
  #blocks: OpenBlock[] = [];
  #opening: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;
  #isFed = false;
  #isStopped = false;
  #sentCount = 0;
  #measuredAtMs = 0;
  #measured = { sent: 0, answered: 0, late: 0, dropped: 0, bufferFull: 0 };
  readonly #isPending = (slot: number, sentAt: number): boolean =>
    this.#window.isWaiting(slot) && this.#window.sentAtMicroseconds[slot] === sentAt;

  constructor(options: RawRunOptions) {
    const { plan, network, ports, tcpProbe, clock, gate, pace, key } = options;
    this.#options = options;
    this.#standstill = new Standstill(gate.freshness);
    this.#window = new Window(options.maxPieces, options.onPieceClosed);
    this.#attempts = new Attempts(options.retries);
    this.#lanes = new Lanes(network, ports, tcpProbe);
    this.#links = new LinkWatch(network, clock);
    this.#rate = new RateController({ nowMs: clock.monotonic(), timeoutMs: options.timeoutMs });
    const judged = { plan, tcpProbe, window: this.#window, attempts: this.#attempts };
    this.#impostors = new Impostors({ ...judged, clock });
    const shared = { plan, window: this.#window, ports, impostors: this.#impostors };
    this.#answers = new Answers({ ...shared, tcpProbe, attempts: this.#attempts });
    this.#probing = new Probing({
      ...shared,
      timeouts: this.#timeouts,
      lanes: this.#lanes,
      gate,
      pace,
      clock,
    });
    const { signal } = this.#halt;
    const onFound = (slots: readonly number[]): void => {
      for (const slot of slots) this.#probing.again.push(slot);
    };
    this.#opener = new BlockOpener({
      network,
      gate,
      pace,
      clock,
      signal,
      lanes: this.#lanes,
      links: this.#links,
      key,
      onFound,
    });
  }

  get rateTrace(): readonly RateChange[] {
    return this.#rate.trace;
  }

  /** Everything is settled and taken, or nothing is waited for after a stop. */
  get isDone(): boolean {
    if (this.#isStopped) return this.#timeouts.first(this.#isPending) < 0;
    return this.#isFed && this.#window.isEmpty;
  }

  /** Settled and not taken. */
  get completedCount(): number {
    return this.#window.completedCount;
  }

  /** Nothing more is asked or waited for: what is settled is all there will be. */
  get isIdle(): boolean {
    return this.#isFed && this.#isAllComplete && this.#window.heldCount === 0;
  }

  get #isAllComplete(): boolean {
    return this.#window.freshCount === 0 && this.#window.waitingCount === 0;
  }

  /** Settled positions, up to so many; undefined for none. */
  take(maxPositions: number): CompletedChunk | undefined {
    const chunk = this.#window.take(maxPositions);
    if (chunk !== undefined) this.#forgetBlocks();
    return chunk;
  }

  /** Sends no more; answers to what was sent still count. */
  stop(): void {
    this.#isStopped = true;
    this.#halt.abort();
    this.#probing.clear();
  }

  /** What is settled anywhere, after a stop. */
  takeRest(): CompletedChunk | undefined {
    return this.#window.takeRest();
  }

  /** Resolves when nothing is asked of the network any more. */
  async close(): Promise<void> {
    this.#halt.abort();
    await this.#opening;
    await this.#opener.ended();
    this.#lanes.close();
  }

  /** A turn of reading and, unless it was stopped, sending; true when there is more to do at once. Throws what ends the run. */
  step(): boolean {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#feed();
    const isReading = this.#receive();
    const nowMs = this.#options.clock.monotonic();
    // A reply that was not read yet is no silence, however long this process had to wait for a processor.
    if (!isReading) this.#expire(nowMs);
    if (!this.#isStopped) this.#judge(nowMs);
    const sent = this.#isStopped ? 0 : this.#send(nowMs);
    const isFull = this.#probing.bufferFullCount > this.#measured.bufferFull;
    if (isFull || nowMs - this.#measuredAtMs >= MEASURE_MS) this.#measure(nowMs);
    return sent > 0 || isReading;
  }

  /** Rests until a reply comes or something else is due, so long at most. */
  rest(maxMs: number): void {
    this.#lanes.all[0]?.wire.wait(maxMs);
  }

  get isWaiting(): boolean {
    const isWaiting = this.#window.waitingCount > 0 || this.#impostors.canaryCount > 0;
    return isWaiting && this.#lanes.all.length > 0;
  }

  /** Asks more of hosts that may be impostors, and ends the waiting for them. */
  #judge(nowMs: number): void {
    const stoodMs = this.#standstill.poll(nowMs);
    if (stoodMs === undefined) return;
    if (stoodMs > 0) this.#impostors.stoodStill(stoodMs);
    this.#impostors.expire(nowMs, this.#isAllComplete && this.#impostors.canaryCount === 0);
    this.#impostors.queueCanaries(this.#probing.again);
  }

  #send(nowMs: number): number {
    if (nowMs < this.#probing.heldUntilMs) return 0;
    const allowance = Math.min(this.#rate.allowance(nowMs), BATCH_FRAMES);
    if (allowance === 0) return 0;
    const sent = this.#probing.send(allowance, nowMs);
    this.#rate.spend(sent);
    this.#sentCount += sent;
    return sent;
  }

  #feed(): void {
    const { enoughReady = Number.POSITIVE_INFINITY } = this.#options;
    while (!this.#isFed && !this.#isStopped && this.#window.hasCapacity) {
      if (this.#window.readyCount >= enoughReady) return;
      const range = this.#options.feed();
      if (range === 'later') return;
      if (range === undefined) {
        this.#isFed = true;
        return;
      }
      this.#window.open(range.first, range.end, this.#blockOf(range.first));
    }
  }

  #blockOf(position: number): OpenBlock {
    const number = this.#options.plan.blockOf(position);
    const known = this.#blocks.find((block) => block.number === number);
    if (known !== undefined) return known;
    const block = new OpenBlock(this.#options.plan, number);
    this.#blocks.push(block);
    const fail = (error: unknown): void => {
      this.#failure ??= { error };
    };
    // One after the other, in their order.
    this.#opening = this.#opening.then(() => this.#opener.open(block, fail)).catch(fail);
    return block;
  }

  #forgetBlocks(): void {
    if (this.#blocks.length > 1 || this.#window.isEmpty)
      this.#blocks = this.#blocks.filter((block) =>
        this.#window.pieces.some((piece) => piece.block === block),
      );
  }

  /** True when there may be more. */
  #receive(): boolean {
    let isMore = false;
    for (const lane of this.#lanes.all) {
      let count = RECEIVED_AT_ONCE;
      for (let turn = 0; count === RECEIVED_AT_ONCE && turn < MAX_RECEIVES; turn += 1)
        count = this.#receiveBatch(lane);
      if (count === RECEIVED_AT_ONCE) isMore = true;
    }
    return isMore;
  }

  #receiveBatch(lane: Lane): number {
    const { clock } = this.#options;
    const before = (clock.monotonic() * 1_000) | 0;
    const count = lane.wire.receive(lane.received);
    // That its interface was switched off, which is told once, is no end: it may be back, and other networks are asked.
    if (count < 0 && count !== -EAGAIN && count !== -EINTR && count !== -ENETDOWN)
      throw new NativeCallError('recvmmsg', nameOfErrno(-count));
    if (count > 0) {
      const microseconds = (clock.monotonic() * 1_000) | 0;
      const at = { microseconds, ms: clock.now(), afterMicroseconds: lane.emptyAtMicroseconds };
      this.#answers.read(lane, count, { blocks: this.#blocks, at });
    }
    if (count < RECEIVED_AT_ONCE) lane.emptyAtMicroseconds = before;
    return count;
  }

  /** Asks silent positions again, or settles them when they were asked often enough. */
  #expire(nowMs: number): void {
    const timeoutMicroseconds = this.#options.timeoutMs * 1_000;
    const nowMicroseconds = (nowMs * 1_000) | 0;
    for (;;) {
      const slot = this.#timeouts.first(this.#isPending);
      if (slot < 0) return;
      const waited = (nowMicroseconds - (this.#window.sentAtMicroseconds[slot] ?? 0)) | 0;
      if (waited < timeoutMicroseconds) return;
      this.#timeouts.drop();
      this.#wasUnresponsive(slot, { nowMs, sentAtMs: nowMs - waited / 1_000 });
    }
  }

  #wasUnresponsive(
    slot: number,
    { nowMs, sentAtMs }: { readonly nowMs: number; readonly sentAtMs: number },
  ): void {
    const { plan, clock } = this.#options;
    const window = this.#window;
    if (slot >= window.firstSpare) {
      if (this.#impostors.wasUnresponsive(slot) && !this.#isStopped) this.#probing.again.push(slot);
      return;
    }
    const index = window.indexes[slot] ?? 0;
    const host = Math.floor(index / plan.ports.numbers.length);
    const isTcp = index - host * plan.ports.numbers.length < plan.ports.tcpCount;
    if (!this.#isLinkUp(slot, { host, sinceMs: sentAtMs })) {
      window.complete(slot, unprobedCode('ENETDOWN'), clock.now(), NO_ROUND_TRIP);
      return;
    }
    const limit = isTcp ? undefined : window.pieceOf(slot)?.block.unreachableLimit;
    limit?.unresponsive(host, sentAtMs, nowMs);
    const more = limit?.isLimiting(host) === true ? EXTRA_ATTEMPTS : 0;
    if ((window.attempts[slot] ?? 0) >= this.#attempts.needed + more) {
      window.complete(slot, noResponse(isTcp), clock.now(), NO_ROUND_TRIP);
      const block = window.pieceOf(slot)?.block;
      if (isTcp && block?.isBelieved[host] === 0) this.#impostors.completed(slot, { block, host }, false);
    }
    // After a stop it stays unsettled: it was not asked often enough to be called silent.
    else if (!this.#isStopped) this.#probing.again.push(slot);
  }

  /** What was sent into an interface that is down by now may never have left: that is no silence of the host. */
  #isLinkUp(slot: number, { host, sinceMs }: { readonly host: number; readonly sinceMs: number }): boolean {
    const lane = this.#lanes.all[this.#window.pieceOf(slot)?.block.hosts.lanes[host] ?? 0];
    return lane === undefined || this.#links.isUp(lane.wire.link.index, sinceMs);
  }

  #measure(nowMs: number): void {
    const { shortestMicroseconds, answeredCount, lateCount } = this.#answers;
    const before = this.#measured;
    const now = {
      sent: this.#sentCount,
      answered: answeredCount,
      late: lateCount,
      dropped: this.#lanes.droppedCount(),
      bufferFull: this.#probing.bufferFullCount,
    };
    this.#rate.observe(
      {
        sent: now.sent - before.sent,
        answered: now.answered - before.answered,
        late: now.late - before.late,
        dropped: now.dropped - before.dropped,
        bufferFull: now.bufferFull - before.bufferFull,
        roundTripMicroseconds: Number.isFinite(shortestMicroseconds) ? shortestMicroseconds : undefined,
      },
      nowMs,
    );
    this.#answers.shortestMicroseconds = Number.POSITIVE_INFINITY;
    this.#measured = now;
    this.#measuredAtMs = nowMs;
  }
}
