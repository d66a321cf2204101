import { EXIT, type ExitCode } from '#cli/exit.js';
import { writeDocument } from '#cli/output/json.js';
import { printable } from '#cli/output/text.js';
import type { Context } from '#cli/verb.js';

/** Says what was done: as a document where JSON was asked for, else in a sentence. */
export async function tell({ globals, io }: Context, document: unknown, sentence: string): Promise<ExitCode> {
  if (globals.json === 'off') await io.stdout.write(`${printable(sentence)}\n`);
  else await writeDocument(io.stdout, document);
  return EXIT.done;
}
