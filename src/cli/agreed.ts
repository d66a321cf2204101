import { confirm, type Question } from '#cli/confirm.js';
import type { Context } from '#cli/verb.js';
import { ScanoramaError } from '#domain/error.js';

/** How an act on many things is carried out. */
interface Way {
  readonly dry_run?: true;
  /** How many things the person agreed to; if it finds another number by then, nothing changes. */
  readonly expected?: number;
}

/** An act on things that are named, or found by a filter. */
export interface Act<Outcome> {
  readonly isFound: boolean;
  readonly dryRun: boolean;
  readonly isConfirmed: boolean;
  readonly perform: (way: Way) => Promise<Outcome>;
  readonly matched: (outcome: Outcome) => number;
  readonly changed: (outcome: Outcome) => number;
  /** A sentence that says what would become of them. */
  readonly stake: (outcome: Outcome) => string;
  readonly question: Question;
}

/** What a filter finds is told and agreed to first; what is named is agreed to by that. */
export async function performAgreed<Outcome extends { readonly dry_run: boolean }>(
  context: Context,
  { isFound, dryRun, isConfirmed, perform, matched, changed, stake, question }: Act<Outcome>,
): Promise<Outcome> {
  if (dryRun) return perform({ dry_run: true });
  if (!isFound || isConfirmed) return perform({});
  const trial = await perform({ dry_run: true });
  if (changed(trial) === 0) return { ...trial, dry_run: false };
  const cause = new ScanoramaError('confirmation_required', stake(trial));
  await confirm(context, question, { cause, signal: context.io.interrupts.signal });
  return perform({ expected: matched(trial) });
}
