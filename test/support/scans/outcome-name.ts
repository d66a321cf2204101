import { type Completed, isSeen } from '#scan/results/completed.js';

/** What came of a position: `open syn-ack`, `skipped`, `not asked: ENETUNREACH`. */
export function outcomeName({ outcome }: Pick<Completed, 'outcome'>): string {
  if (isSeen(outcome)) return `${outcome.state} ${outcome.reason}`;
  return outcome === 'skipped' ? outcome : `not asked: ${outcome.unreachable}`;
}

/** Each once. */
export function outcomeNames(completed: readonly Pick<Completed, 'outcome'>[]): string[] {
  return [...new Set(completed.map(outcomeName))].sort();
}
