import { isLoopback } from '#domain/addresses/address.js';
import type { Reason } from '#domain/ports/port-state.js';
import type { Protocol } from '#domain/ports/protocol.js';
import type { Probe } from '#domain/scans/plan.js';
import type { Clock } from '#domain/time/clock.js';
import { EPOLLONESHOT, Epoll } from '#net/native/libc/epoll.js';
import { SystemCallError } from '#net/native/libc/system-call-error.js';
import { NativeTcp } from '#net/probe/ports/native-tcp.js';
import { NativeUdp } from '#net/probe/ports/native-udp.js';
import { ABORTED, isAnswer, isFailure, type ProbeResult } from '#net/probe/ports/outcome.js';
import type { ProbeSocket, ProtocolHandler } from '#net/probe/ports/protocol-handler.js';
import { RouteCheck } from '#net/probe/ports/route-check.js';
import type { ConnectOptions } from '#net/probe/ports/tcp-connect.js';
import type { Permit } from '#net/send/gate.js';

/** Rounds of events taken before the event loop has its turn again. */
const MAX_ROUNDS = 8;

/** Said by this machine as by the network. */
const DOUBTFUL_REASONS: ReadonlySet<Reason> = new Set(['no-response', 'host-unreach', 'net-unreach']);
/** Of a route that throws away or forbids what takes it, or has no address of ours; and of much else. */
const DOUBTFUL_FAILURES: ReadonlySet<string> = new Set(['EINVAL', 'EACCES', 'EADDRNOTAVAIL']);

type Resolve = (result: ProbeResult) => void;

interface Pending extends ProbeSocket {
  readonly handler: ProtocolHandler;
  readonly resolve: Resolve;
}

/**
 * Ports asked by sockets of the C library, many at once. It works until its signal is aborted, which closes
 * everything; what was being asked is then the failure `aborted`.
 *
 *     ask ─> begin ─> look ─┬─ known at once ──────┐
 *                           └─ epoll ──> look ─────┴─> result
 *                                └──── deadline ─────> silence
 *
 * On loopback a port has answered before connect is back, and a refused socket can be used again: asking
 * 65,535 closed ports so takes 0.62 s of system calls, and 1.7 s with a socket and an event each.
 */
export class NativeProbeRunner {
  readonly #options: ConnectOptions;
  readonly #clock: Clock;
  readonly #handlers: Readonly<Record<Protocol, ProtocolHandler>> = {
    tcp: new NativeTcp(),
    udp: new NativeUdp(),
  };
  /** By descriptor, the longest waiting first. */
  readonly #pending = new Map<number, Pending>();
  readonly #routeCheck: RouteCheck;
  #known: (() => void)[] = [];
  #epoll: Epoll | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#routeCheck = new RouteCheck(options.clock);
    options.signal.addEventListener('abort', () => this.#close(), { once: true });
  }

  /** Never rejects. */
  probe(permit: Permit): Promise<ProbeResult> {
    const { promise, resolve } = Promise.withResolvers<ProbeResult>();
    const result = this.#options.signal.aborted ? ABORTED : this.#begin(permit.probe, resolve);
    if (result !== undefined) this.#reportSoon(resolve, result);
    return promise;
  }

  /** Undefined when the answer is still to come. */
  #begin(probe: Probe, resolve: Resolve): ProbeResult | undefined {
    const handler = this.#handlers[probe.protocol];
    const startedAtMs = this.#clock.monotonic();
    const begun = handler.begin(probe);
    if (typeof begun !== 'number') return this.#judged(this.#timed(begun, startedAtMs), probe);
    const pending = { fd: begun, probe, startedAtMs, handler, resolve };
    const result = handler.poll(pending);
    return result === undefined
      ? this.#await(pending)
      : this.#judged(this.#timed(result, startedAtMs), probe);
  }

  /** What this machine itself kept from being asked says nothing of the port. */
  #judged(result: ProbeResult, { address }: Probe): ProbeResult {
    if (isLoopback(address)) return result;
    const isDoubtful = isFailure(result)
      ? DOUBTFUL_FAILURES.has(result.code)
      : DOUBTFUL_REASONS.has(result.reason);
    const unreachable = isDoubtful ? this.#routeCheck.unreachableTo(address) : undefined;
    return unreachable === undefined ? result : { kind: 'local', code: unreachable };
  }

  #timed(result: ProbeResult, startedAtMs: number): ProbeResult {
    if (isFailure(result) || !isAnswer(result)) return result;
    return { ...result, roundTripMicroseconds: Math.round((this.#clock.monotonic() - startedAtMs) * 1_000) };
  }

  #await(pending: Pending): ProbeResult | undefined {
    const code = this.#watch(pending);
    if (code !== undefined) {
      pending.handler.drop(pending.fd);
      return { kind: 'local', code };
    }
    this.#pending.set(pending.fd, pending);
    this.#setTimer();
    return undefined;
  }

  /** Undefined, or the name of the error. */
  #watch({ fd, handler }: Pending): string | undefined {
    try {
      this.#epoll ??= new Epoll(() => this.#takeAnswers());
    } catch (error) {
      if (error instanceof SystemCallError) return error.code;
      throw error;
    }
    const events = handler.events | EPOLLONESHOT;
    const code = this.#epoll.watch(fd, events);
    // One that was used before, or had an event that told nothing, is in the kernel's list already.
    return code === 'EEXIST' ? this.#epoll.watchAgain(fd, events) : code;
  }

  #takeAnswers(): void {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const ready = this.#epoll?.ready() ?? [];
      for (const fd of ready) this.#answered(fd);
      if (ready.length === 0) return;
    }
  }

  #answered(fd: number): void {
    const pending = this.#pending.get(fd);
    if (pending === undefined) return;
    const result = pending.handler.poll(pending);
    if (result === undefined) {
      this.#watch(pending);
      return;
    }
    this.#pending.delete(fd);
    pending.resolve(this.#judged(this.#timed(result, pending.startedAtMs), pending.probe));
  }

  #setTimer(): void {
    if (this.#timer !== undefined) return;
    const first = this.#pending.values().next().value;
    if (first === undefined) return;
    const delayMs = first.startedAtMs + this.#options.timeoutMs - this.#clock.monotonic();
    // A timer that fires late fires before the answers already waiting in the kernel are read: let those win.
    this.#timer = setTimeout(() => setImmediate(() => this.#expire()), Math.max(1, Math.ceil(delayMs)));
  }

  #expire(): void {
    this.#timer = undefined;
    this.#takeAnswers();
    const latestMs = this.#clock.monotonic() - this.#options.timeoutMs;
    for (const { fd, handler, probe, startedAtMs, resolve } of this.#pending.values()) {
      if (startedAtMs > latestMs) break;
      this.#pending.delete(fd);
      handler.drop(fd);
      resolve(this.#judged(handler.noResponse, probe));
    }
    this.#setTimer();
  }

  /** In a turn of its own: where every answer is there at once, nobody else would ever have one. */
  #reportSoon(resolve: Resolve, result: ProbeResult): void {
    if (this.#known.length === 0) setImmediate(() => this.#reportKnown());
    this.#known.push(() => resolve(result));
  }

  #reportKnown(): void {
    const known = this.#known;
    this.#known = [];
    for (const report of known) report();
  }

  #close(): void {
    clearTimeout(this.#timer);
    for (const { fd, handler, resolve } of this.#pending.values()) {
      handler.drop(fd);
      resolve(ABORTED);
    }
    this.#pending.clear();
    for (const handler of Object.values(this.#handlers)) handler.close();
    this.#routeCheck.close();
    this.#epoll?.close();
    this.#epoll = undefined;
  }
}
