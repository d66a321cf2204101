import type { Probe } from '#domain/scans/plan.js';
import type { UnreachableCause } from '#domain/scans/unreachable.js';
import type { Outcome } from '#net/probe/ports/outcome.js';

/** One position of the plan about which no more will be asked. */
export interface Completed {
  readonly position: number;
  readonly probe: Probe;
  /** Probes sent for it. */
  readonly attempts: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly observedAtMs: number;
  /**
   * `skipped`: the gate refused, so nothing is known, whatever an earlier attempt failed to find. With an obstacle: this
   * machine could not ask, and nothing is known either.
   */
  readonly outcome: Outcome | 'skipped' | Unprobed;
}

export interface Unprobed {
  readonly unreachable: UnreachableCause;
}

/** Whether it says anything of the port. */
export function isSeen(outcome: Completed['outcome']): outcome is Outcome {
  return outcome !== 'skipped' && !('unreachable' in outcome);
}
