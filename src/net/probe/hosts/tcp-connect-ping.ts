import { isHostEvidence } from '#domain/ports/port-state.js';
import type { Clock } from '#domain/time/clock.js';
import type { HostResult, ProbeOptions } from '#net/probe/hosts/host-probe.js';
import type { TcpPing, TcpPingKind } from '#net/probe/hosts/tcp-ping.js';
import { isFailure } from '#net/probe/ports/outcome.js';
import { connectTcp } from '#net/probe/ports/tcp-connect.js';
import type { Permit } from '#net/send/gate.js';

/** The same question without privilege: the operating system's own connect, hung up at once. */
export class ConnectTcpPing implements TcpPing {
  readonly kinds: readonly TcpPingKind[] = ['syn'];
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  /** One combined signal for each that is handed in, not one for each packet. */
  readonly #eithers = new WeakMap<AbortSignal, AbortSignal>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async probe(permit: Permit, _kind: TcpPingKind, { timeoutMs, signal }: ProbeOptions): Promise<HostResult> {
    const options = { timeoutMs, signal: this.#eitherOf(signal), clock: this.#clock };
    const result = await connectTcp(permit, options);
    if (isFailure(result)) return result;
    // What a router says of the host is no sign of the host.
    if (!isHostEvidence(result.reason)) return undefined;
    return { reason: result.reason, roundTripMicroseconds: result.roundTripMicroseconds ?? 0 };
  }

  close(): void {
    this.#closing.abort();
  }

  #eitherOf(signal: AbortSignal): AbortSignal {
    const either = this.#eithers.get(signal) ?? AbortSignal.any([signal, this.#closing.signal]);
    this.#eithers.set(signal, either);
    return either;
  }
}
