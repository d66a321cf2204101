import { interrupted } from '#cli/connection.js';
import { printable } from '#cli/output/text.js';
import type { Context } from '#cli/verb.js';
import type { Client } from '#contract/client.js';
import type { ScanRequest } from '#contract/scan.js';
import { ScanoramaError } from '#domain/error.js';

/** What a person may have to say yes to, as fields of the request. */
const CONFIRMATIONS = ['confirm_large', 'confirm_unscoped'] as const;

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
      await confirm(context, error, signal);
      wanted = { ...wanted, [field]: true };
    }
  }
}

/** Returns when the person said yes; throws otherwise. An interruption here has no scan to stop. */
async function confirm(context: Context, question: ScanoramaError, signal: AbortSignal): Promise<void> {
  const { stdin, stderr, interrupts } = context.io;
  if (!stdin.isTerminal || !stderr.isTerminal) {
    throw new ScanoramaError('confirmation_required', question.message, {
      hint: 'Say yes beforehand with --yes, or look first with --dry-run.',
      ...(question.facts === undefined ? {} : { facts: question.facts }),
      cause: question,
    });
  }
  if (signal.aborted) throw interrupted();
  const leaving = new AbortController();
  const release = interrupts.takeOver(() => leaving.abort());
  try {
    await stderr.write(`${printable(question.message)} Start it? [y/N] `);
    const answer = await stdin.readLine(leaving.signal);
    if (leaving.signal.aborted) await stderr.write('\n');
    refuseUnless(answer, leaving.signal);
  } finally {
    release();
  }
}

function refuseUnless(answer: string, left: AbortSignal): void {
  if (left.aborted)
    throw new ScanoramaError('interrupted', 'Interrupted at the question, so nothing was started.');
  if (!/^y(?:es)?$/i.test(answer.trim())) {
    throw new ScanoramaError('confirmation_required', 'The scan was not confirmed, so nothing was started.');
  }
}
