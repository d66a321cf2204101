import { ScanoramaError } from '#domain/errors/error.js';
import { confirmationOf, type ScanConfirmation } from '#domain/scans/scan-confirmation.js';
import { failureOf, hasCode } from '../../api/failure.ts';
import type { ActionContext } from './action.ts';

/** Thrown where somebody was asked and said no: nothing was done, and there is nothing to tell. */
export class Declined extends Error {
  override readonly name = 'Declined';
}

export type Confirmations = Partial<Readonly<Record<ScanConfirmation, true>>>;

interface ConfirmationTexts {
  /** The question, where it is about the size. */
  readonly large: string;
  /** The question, where the site has no scope. */
  readonly unscoped: string;
  readonly confirmLabel: string;
  /** What to think of before saying yes. */
  readonly note: string;
}

const PROBED_ONCE =
  'This is asked once for a site. A scope, on the page of the site, limits what can be scanned there.';

/** Does what may want a yes first, and asks for each that the server wants. Throws `Declined`. */
export async function confirmed<Result>(
  context: ActionContext,
  texts: ConfirmationTexts,
  start: (given: Confirmations) => Promise<Result>,
): Promise<Result> {
  let given: Confirmations = {};
  for (;;) {
    try {
      return await start(given);
    } catch (error) {
      const wanted = confirmationWanted(error);
      if (wanted === undefined || given[wanted]) throw error;
      const isUnscoped = wanted === 'confirm_unscoped';
      const isYes = await context.confirm({
        title: isUnscoped ? texts.unscoped : texts.large,
        confirmLabel: texts.confirmLabel,
        sentences: [failureOf(error).sentence, texts.note, ...(isUnscoped ? [PROBED_ONCE] : [])],
      });
      if (!isYes) throw new Declined();
      given = { ...given, [wanted]: true };
    }
  }
}

function confirmationWanted(error: unknown): ScanConfirmation | undefined {
  if (!hasCode(error, 'confirmation_required') || !(error instanceof ScanoramaError)) return undefined;
  return confirmationOf(error.facts);
}
