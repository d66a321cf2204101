import type { Probe } from '#domain/scans/plan.js';
import type { Outcome } from '#net/probe/ports/outcome.js';
import type { Due } from '#scan/connect/due-queue.js';
import type { Canary } from '#scan/impostors/rules.js';

/** A question that is to be asked, or is being asked. */
export interface Attempt extends Due {
  readonly probe: Probe;
  /** Probes sent so far that were answered by an outcome, silence included. */
  readonly attempts: number;
  readonly localFailures: number;
  /** Whether the last one was sent when its host could report at once; see ReportLimits. */
  readonly isAtLeisure: boolean;
  readonly silencesAtLeisure: number;
  /** Asked to learn about its host: `position` is only where it stands in line. */
  readonly canary?: Canary;
}

export const UNPROBED = { attempts: 0, localFailures: 0, isAtLeisure: false, silencesAtLeisure: 0 } as const;

export function afterOutcome(attempt: Attempt, { reason }: Outcome): Attempt {
  const isNoResponseSlowly = attempt.isAtLeisure && reason === 'no-response';
  return {
    ...attempt,
    attempts: attempt.attempts + 1,
    silencesAtLeisure: attempt.silencesAtLeisure + (isNoResponseSlowly ? 1 : 0),
  };
}
