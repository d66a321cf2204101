import { type Completed, isSeen } from '#scan/results/completed.js';

/** The outcome of a position: `open syn-ack`, `skipped`, `not probed: ENETUNREACH`. */
export function outcomeName({ outcome }: Pick<Completed, 'outcome'>): string {
  if (isSeen(outcome)) return `${outcome.state} ${outcome.reason}`;
  return outcome === 'skipped' ? outcome : `not probed: ${outcome.unreachable}`;
}

/** Each name once. */
export function outcomeNames(completed: readonly Pick<Completed, 'outcome'>[]): string[] {
  return [...new Set(completed.map(outcomeName))].sort();
}
