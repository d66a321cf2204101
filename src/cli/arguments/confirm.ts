import { printable } from '#cli/output/text.js';
import type { Context } from '#cli/program/command.js';
import { interrupted } from '#cli/program/connection.js';
import { ScanoramaError } from '#domain/errors/error.js';

/** What is asked before something dear. */
export interface Question {
  /** What follows the sentence that says what is at stake: `Start it?` */
  readonly prompt: string;
  /** For who cannot be asked. */
  readonly hint: string;
  /** How an answer other than yes ends: `The scan was not confirmed, so nothing was started.` */
  readonly refused: string;
  readonly interrupted: string;
}

export interface Probing {
  /** The `confirmation_required` that is to be overcome; its message says what is at stake. */
  readonly cause: ScanoramaError;
  readonly signal: AbortSignal;
}

/** Returns when the person said yes; throws `confirmation_required` or `interrupted` otherwise. */
export async function confirm(
  context: Context,
  question: Question,
  { cause, signal }: Probing,
): Promise<void> {
  const { stdin, stderr, interrupts } = context.io;
  if (!stdin.isTerminal || !stderr.isTerminal) {
    throw new ScanoramaError('confirmation_required', cause.message, {
      hint: question.hint,
      ...(cause.facts === undefined ? {} : { facts: cause.facts }),
      cause,
    });
  }
  if (signal.aborted) throw interrupted();
  const leaving = new AbortController();
  const release = interrupts.takeOver(() => leaving.abort());
  try {
    await stderr.write(`${printable(cause.message)} ${question.prompt} [y/N] `);
    const answer = await stdin.readLine(leaving.signal);
    if (leaving.signal.aborted) await stderr.write('\n');
    refuseUnless(answer, leaving.signal, question);
  } finally {
    release();
  }
}

function refuseUnless(answer: string, left: AbortSignal, question: Question): void {
  if (left.aborted) throw new ScanoramaError('interrupted', question.interrupted);
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new ScanoramaError('confirmation_required', question.refused);
}
