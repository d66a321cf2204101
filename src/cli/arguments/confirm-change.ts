import { confirm, type Question } from '#cli/arguments/confirm.js';
import type { Context } from '#cli/program/command.js';
import { ScanoramaError } from '#domain/errors/error.js';

/** How an act on many things is carried out. */
interface Way<Outcome> {
  readonly dry_run?: true;
  /** What the person was told and agreed to: it is done to these and no others. */
  readonly confirmed?: Outcome;
}

/** An act on things that are named, or found by a filter. */
export interface Act<Outcome> {
  readonly isFound: boolean;
  readonly dryRun: boolean;
  readonly isConfirmed: boolean;
  readonly perform: (way: Way<Outcome>) => Promise<Outcome>;
  readonly changed: (outcome: Outcome) => number;
  /** A sentence that says what would become of them. */
  readonly stake: (outcome: Outcome) => string;
  readonly question: Question;
}

/** What a filter finds is told and agreed to first; what is named is agreed to by that. */
export async function performConfirmed<Outcome extends { readonly dry_run: boolean }>(
  context: Context,
  { isFound, dryRun, isConfirmed, perform, changed, stake, question }: Act<Outcome>,
): Promise<Outcome> {
  if (dryRun) return perform({ dry_run: true });
  if (!isFound || isConfirmed) return perform({});
  const trial = await perform({ dry_run: true });
  if (changed(trial) === 0) return { ...trial, dry_run: false };
  const cause = new ScanoramaError('confirmation_required', stake(trial));
  await confirm(context, question, { cause, signal: context.io.interrupts.signal });
  return perform({ confirmed: trial });
}
