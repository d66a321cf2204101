import type { Plan, Probe } from '#domain/plan.js';
import type { EngineName } from '#domain/scan-type.js';
import type { Outcome } from '#probe/outcome.js';
import type { SettledChunk } from '#scan/settled-chunk.js';
import type { Gate } from '#send/gate.js';
import type { Pace } from '#send/pace.js';

export const DEFAULT_TIMEOUT_MS = 1_000;
export const DEFAULT_RETRIES = 1;
export const DEFAULT_CONCURRENCY = 1_000;
/** How long after a stop the answers to probes already sent are still taken. */
export const DRAIN_MS = 800;

/** One position of the plan about which no more will be asked. */
export interface Settled {
  readonly position: number;
  readonly probe: Probe;
  /** Probes sent for it. */
  readonly attempts: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly observedAtMs: number;
  /** `skipped`: the gate refused, so nothing is known, whatever an earlier attempt failed to find. */
  readonly outcome: Outcome | 'skipped';
}

export interface EngineRequest {
  readonly plan: Plan;
  /** Positions from `first` up to but not including `end`. */
  readonly first: number;
  readonly end: number;
  readonly gate: Gate;
  readonly pace: Pace;
  /** How often a silent probe is sent again. */
  readonly retries: number;
  readonly timeoutMs: number;
  /** Probes in flight at once, at most. */
  readonly concurrency: number;
}

export interface Engine {
  readonly name: EngineName;
  /**
   * Yields every position of the request once, in chunks, in the order they settle. A slow reader slows
   * the probing. An abort of `signal` ends the packets at once; answers to what was sent are yielded for
   * up to `DRAIN_MS` more, then the iteration ends without throwing, its other positions left unsettled.
   * Leaving the loop closes everything. Throws `engine_failed`, after yielding what is settled, when this
   * machine cannot go on asking.
   */
  run(request: EngineRequest, signal: AbortSignal): AsyncIterable<SettledChunk>;
}
