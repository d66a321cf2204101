import { confirm, type Question } from '#cli/confirm.js';
import type { Context } from '#cli/verb.js';
import { ScanoramaError } from '#domain/error.js';
import { confirmationOf, type ScanConfirmation } from '#domain/scan-confirmation.js';

export type Confirmations = { readonly [field in ScanConfirmation]?: boolean };

const START: Question = {
  ask: 'Start it?',
  hint: 'Say yes beforehand with --yes, or look first with --dry-run.',
  refused: 'The scan was not confirmed, so nothing was started.',
  interrupted: 'Interrupted at the question, so nothing was started.',
};

interface Start<Started> {
  /** Asks for the scan, with what the person said yes to. */
  readonly start: (confirmed: Confirmations) => Promise<Started>;
  readonly signal: AbortSignal;
}

/** Starts a scan, or several, asking first whatever wants a yes, each question once. */
export async function startConfirmed<Started>(
  context: Context,
  { start, signal }: Start<Started>,
): Promise<Started> {
  let confirmed: Confirmations = {};
  for (;;) {
    try {
      return await start(confirmed);
    } catch (error) {
      if (!(error instanceof ScanoramaError) || error.code !== 'confirmation_required') throw error;
      const field = confirmationOf(error.facts);
      if (confirmed[field] === true) throw error;
      // Of a scope the server knows more than how to say yes.
      const question = field === 'confirm_unscoped' ? { ...START, hint: error.hint ?? START.hint } : START;
      await confirm(context, question, { cause: error, signal });
      confirmed = { ...confirmed, [field]: true };
    }
  }
}
