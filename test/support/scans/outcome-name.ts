import { isSeen, type Settled } from '#scan/results/completed.js';

/** What came of a position: `open syn-ack`, `skipped`, `not asked: ENETUNREACH`. */
export function outcomeName({ outcome }: Pick<Settled, 'outcome'>): string {
  if (isSeen(outcome)) return `${outcome.state} ${outcome.reason}`;
  return outcome === 'skipped' ? outcome : `not asked: ${outcome.obstacle}`;
}

/** Each once. */
export function outcomeNames(settled: readonly Pick<Settled, 'outcome'>[]): string[] {
  return [...new Set(settled.map(outcomeName))].sort();
}
