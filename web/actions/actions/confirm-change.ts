import type { Question } from '../../components/forms/dialog-queue.ts';
import type { ActionContext } from './action.ts';
import { Declined } from './start-confirmed.ts';

interface Way {
  readonly dry_run?: true;
  readonly expected?: string;
}

/** An act on things that are chosen, or found by a filter. */
interface Act<Outcome> {
  readonly isFound: boolean;
  readonly perform: (way: Way) => Promise<Outcome>;
  readonly changed: (outcome: Outcome) => number;
  readonly question: (trial: Outcome) => Question;
}

/**
 * What a filter finds is told and agreed to first, as on the command line, and done to these and no others; what was chosen is
 * agreed to by that. Throws `Declined`.
 */
export async function performConfirmed<Outcome extends { readonly digest: string }>(
  context: ActionContext,
  { isFound, perform, changed, question }: Act<Outcome>,
): Promise<Outcome> {
  if (!isFound) return perform({});
  const trial = await perform({ dry_run: true });
  if (changed(trial) === 0) return trial;
  if (!(await context.confirm(question(trial)))) throw new Declined();
  return perform({ expected: trial.digest });
}
