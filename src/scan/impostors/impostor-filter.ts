import type { Plan } from '#domain/scans/plan.js';
import { type Decision, ImpostorWatch } from '#scan/impostors/rules.js';
import type { ImpostorVerdict } from '#scan/impostors/verdict.js';
import { isSeen, type Settled } from '#scan/results/completed.js';

/**
 * Stands between an engine and its reader: what is settled comes out as it went in, or, if it is open on a host
 * that is an impostor, as `unknown`; perhaps later, and for a host that may not be asked to the end, `skipped`.
 */
export class ImpostorFilter {
  readonly watch: ImpostorWatch<Settled>;
  readonly #onComplete: (settled: Settled) => void;

  constructor(plan: Plan, onComplete: (settled: Settled) => void) {
    this.#onComplete = onComplete;
    this.watch = new ImpostorWatch({ plan, onDecision: (decision) => this.#decided(decision) });
  }

  settle(settled: Settled, nowMs: number): void {
    const { outcome, probe } = settled;
    const isInside = isSeen(outcome) && probe.protocol === 'tcp';
    const verdict = isInside ? this.watch.settle(settled, outcome.state === 'open', nowMs) : 'believed';
    if (verdict === 'believed') this.#onComplete(settled);
    else if (verdict !== 'held') this.#onComplete(disbelieved(settled, verdict));
  }

  #decided({ held, verdict, canaryProbes }: Decision<Settled>): void {
    for (const [index, settled] of held.entries()) {
      // The probes that were sent for the host are counted with the first of its positions.
      const counted = index === 0 ? { ...settled, attempts: settled.attempts + canaryProbes } : settled;
      if (verdict === 'believed') this.#onComplete(counted);
      else if (verdict === 'refused') this.#onComplete({ ...counted, outcome: 'skipped' });
      else this.#onComplete(disbelieved(counted, verdict));
    }
  }
}

function disbelieved(settled: Settled, reason: ImpostorVerdict): Settled {
  return { ...settled, outcome: { state: 'unknown', reason } };
}
