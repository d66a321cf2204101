import { confirm, type Question } from '#cli/confirm.js';
import type { Context } from '#cli/verb.js';
import type { Client } from '#contract/client.js';
import type { ScanRequest } from '#contract/scan.js';
import { ScanoramaError } from '#domain/error.js';

/** What a person may have to say yes to, as fields of the request. */
const CONFIRMATIONS = ['confirm_large', 'confirm_unscoped'] as const;

const START: Question = {
  ask: 'Start it?',
  hint: 'Say yes beforehand with --yes, or look first with --dry-run.',
  refused: 'The scan was not confirmed, so nothing was started.',
  interrupted: 'Interrupted at the question, so nothing was started.',
};

/** Starts a scan, asking first whatever wants a yes, each question once. */
export async function startConfirmed(
  context: Context,
  client: Client,
  { request, signal }: { readonly request: ScanRequest; readonly signal: AbortSignal },
) {
  let wanted = request;
  for (;;) {
    try {
      return await client.startScan(wanted);
    } catch (error) {
      if (!(error instanceof ScanoramaError) || error.code !== 'confirmation_required') throw error;
      const field = CONFIRMATIONS.find((name) => name === error.facts?.['confirm']) ?? 'confirm_large';
      if (wanted[field] === true) throw error;
      // Of a scope the server knows more than how to say yes.
      const question = field === 'confirm_unscoped' ? { ...START, hint: error.hint ?? START.hint } : START;
      await confirm(context, question, { cause: error, signal });
      wanted = { ...wanted, [field]: true };
    }
  }
}
