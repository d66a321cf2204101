import type { Plan } from '#domain/scans/plan.js';
import { type Decision, ImpostorWatch } from '#scan/impostors/rules.js';
import type { ImpostorVerdict } from '#scan/impostors/verdict.js';
import { type Completed, isSeen } from '#scan/results/completed.js';

/**
 * Stands between an engine and its reader: what is settled comes out as it went in, or, if it is open on a host
 * that is an impostor, as `unknown`; perhaps later, and for a host that may not be asked to the end, `skipped`.
 */
export class ImpostorFilter {
  readonly watch: ImpostorWatch<Completed>;
  readonly #onComplete: (completed: Completed) => void;

  constructor(plan: Plan, onComplete: (completed: Completed) => void) {
    this.#onComplete = onComplete;
    this.watch = new ImpostorWatch({ plan, onDecision: (decision) => this.#decided(decision) });
  }

  complete(completed: Completed, nowMs: number): void {
    const { outcome, probe } = completed;
    const isInside = isSeen(outcome) && probe.protocol === 'tcp';
    const verdict = isInside ? this.watch.complete(completed, outcome.state === 'open', nowMs) : 'believed';
    if (verdict === 'believed') this.#onComplete(completed);
    else if (verdict !== 'held') this.#onComplete(disbelieved(completed, verdict));
  }

  #decided({ held, verdict, canaryProbes }: Decision<Completed>): void {
    for (const [index, completed] of held.entries()) {
      // The probes that were sent for the host are counted with the first of its positions.
      const counted = index === 0 ? { ...completed, attempts: completed.attempts + canaryProbes } : completed;
      if (verdict === 'believed') this.#onComplete(counted);
      else if (verdict === 'refused') this.#onComplete({ ...counted, outcome: 'skipped' });
      else this.#onComplete(disbelieved(counted, verdict));
    }
  }
}

function disbelieved(completed: Completed, reason: ImpostorVerdict): Completed {
  return { ...completed, outcome: { state: 'unknown', reason } };
}
