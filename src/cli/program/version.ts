import { writeDocument } from '#cli/output/json.js';
import { type Context, defineCommand } from '#cli/program/command.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';

export async function runVersion(_plan: undefined, context: Context): Promise<ExitCode> {
  const { stdout } = context.io;
  if (context.globals.json === 'off') await stdout.write(`scanorama ${context.version}\n`);
  else await writeDocument(stdout, { name: 'scanorama', version: context.version });
  return EXIT.done;
}

export const versionCommand = defineCommand<undefined>({
  path: ['version'],
  summary: 'print the version',
  examples: [['version', 'the version of this program']],
  json: 'document',
  place: 'none',
  parse: () => undefined,
  run: runVersion,
});
