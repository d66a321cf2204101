import { confirm, type Question } from '#cli/arguments/confirm.js';
import type { Context } from '#cli/program/command.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { confirmationOf, type ScanConfirmation } from '#domain/scans/scan-confirmation.js';

export type Confirmations = { readonly [field in ScanConfirmation]?: boolean };

const START: Question = {
  prompt: 'Start it?',
  hint: 'Confirm with --yes, or preview with --dry-run.',
  refused: 'The scan was not confirmed, so nothing was started.',
  interrupted: 'Interrupted at the question, so nothing was started.',
};

interface Start<Answer> {
  /** Requests the scan, with the confirmations given so far. */
  readonly start: (confirmed: Confirmations) => Promise<Answer>;
  readonly signal: AbortSignal;
  /** The question, if something other than a scan is started. */
  readonly question?: Question;
}

/** Starts a scan, or stores a schedule, after each confirmation that the server requires was given once. */
export async function startConfirmed<Answer>(
  context: Context,
  { start, signal, question: probed = START }: Start<Answer>,
): Promise<Answer> {
  let confirmed: Confirmations = {};
  for (;;) {
    try {
      return await start(confirmed);
    } catch (error) {
      if (!(error instanceof ScanoramaError) || error.code !== 'confirmation_required') throw error;
      const field = confirmationOf(error.facts);
      if (confirmed[field] === true) throw error;
      // For a missing scope, the hint of the server also explains how to set one.
      const question = field === 'confirm_unscoped' ? { ...probed, hint: error.hint ?? probed.hint } : probed;
      await confirm(context, question, { cause: error, signal });
      confirmed = { ...confirmed, [field]: true };
    }
  }
}
