import type { AppIo } from '#app/interface.js';
import { type Failure, renderError } from '#cli/output/error.js';
import { printable } from '#cli/output/text.js';
import type { Context } from '#cli/program/command.js';
import { spokenAs } from '#cli/program/program-name.js';

/** One sentence beside the result, on stderr; with JSON asked for, stderr is kept for the error object alone. */
export async function note(context: Context, sentence: string): Promise<void> {
  const { io, jsonErrors } = context;
  if (!jsonErrors) await io.stderr.write(`${printable(spokenAs(io, sentence))}\n`);
}

/** The same below the ^C that a terminal shows, from a place that cannot wait. */
export function noteInterrupt(context: Context, sentence: string): void {
  const { stderr } = context.io;
  const freshLine = stderr.isTerminal ? stderr.write('\n') : Promise.resolve();
  void freshLine.then(() => note(context, sentence));
}

export async function reportFailure(context: Context, failure: Failure): Promise<void> {
  const { stderr, program, place } = context.io;
  const form = { json: context.jsonErrors, color: stderr.color, program, place };
  await stderr.write(renderError(failure, form));
}

/**
 * What the application may say to the person, and the signal that ends what it is doing. Routine is progress: from a
 * timer or into a file, two lines of it with every list would bury what matters.
 */
export function appIo(context: Context, signal: AbortSignal): AppIo {
  return {
    signal,
    notice: (message) => void note(context, message),
    routine: (message) => {
      if (context.io.stderr.isTerminal) void note(context, message);
    },
  };
}
