import { writeDocument } from '#cli/output/json.js';
import { printable } from '#cli/output/text.js';
import type { Context } from '#cli/program/command.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';

/** Says what was done: as a document where JSON was asked for, else in sentences, a line each. */
export async function printResult(
  { globals, io }: Context,
  document: unknown,
  ...sentences: readonly string[]
): Promise<ExitCode> {
  const lines = sentences.map((sentence) => `${printable(sentence)}\n`);
  if (globals.json === 'off') await io.stdout.write(lines.join(''));
  else await writeDocument(io.stdout, document);
  return EXIT.done;
}
