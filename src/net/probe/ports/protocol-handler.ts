import type { Probe } from '#domain/scans/plan.js';
import type { Outcome, ProbeResult } from '#net/probe/ports/outcome.js';

export interface ProbeSocket {
  readonly fd: number;
  readonly probe: Probe;
  /** On the monotonic clock. */
  readonly startedAtMs: number;
}

/** How a port is asked by a socket that never waits. */
export interface ProtocolHandler {
  /** What the kernel is to look out for. */
  readonly events: number;
  /** What it means when nothing comes. */
  readonly noResponse: Outcome;
  /** Asks: a descriptor to look at, or what is known already. */
  begin(probe: Probe): number | ProbeResult;
  /** The answer, and the socket is no longer the caller's; undefined while there is none. */
  poll(probed: ProbeSocket): ProbeResult | undefined;
  /** Gives up waiting. */
  drop(fd: number): void;
  close(): void;
}
