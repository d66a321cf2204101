import type { Reason } from '#domain/ports/port-state.js';
import type { MacAddress } from '#net/packet/mac-address.js';
import type { ProbeFailure } from '#net/probe/ports/outcome.js';
import type { HostPermit } from '#net/send/gate.js';

/** A host, or something in its place, answered. */
export interface HostAnswer {
  readonly reason: Reason;
  /** From sending to the kernel's time stamp on the answer. */
  readonly roundTripMicroseconds: number;
  /** Time to live or hop limit that its packet arrived with, where it can be told. */
  readonly ttl?: number;
  /** Only of a neighbor on the same link. */
  readonly mac?: MacAddress;
}

/** `undefined`: no answer in time. A failure is no observation, and nothing follows from it. */
export type HostResult = HostAnswer | ProbeFailure | undefined;

export interface ProbeOptions {
  readonly timeoutMs: number;
  /** An abort ends the waiting at once, with the failure `aborted`. */
  readonly signal: AbortSignal;
}

/** One way to ask a host whether it is there. Holds its socket until it is closed. */
export interface HostProbe {
  /** Sends one packet before it returns, so in the turn the permit was given in. Never rejects. */
  probe(permit: HostPermit, options: ProbeOptions): Promise<HostResult>;
  /** What is still waited for ends as `aborted`. */
  close(): void;
}
