import { usage } from '#cli/arguments/usage.js';
import { completionScript, SHELLS, type Shell } from '#cli/completion/completion.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import { clip, quote } from '#domain/text/quote.js';

export function parseCompletion({ args }: CommandInput): Shell {
  const arg = args[0] ?? '';
  const shell = SHELLS.find((candidate) => candidate === arg);
  if (shell === undefined) {
    throw usage(`There is no completion for ${quote(arg)}; there is one for ${SHELLS.join(', ')}.`, {
      at: clip(arg),
    });
  }
  return shell;
}

export async function runCompletion(shell: Shell, context: Context): Promise<ExitCode> {
  await context.io.stdout.write(completionScript(shell, context.commands));
  return EXIT.done;
}

export const completionCommand = defineCommand<Shell>({
  path: ['completion'],
  summary: 'print the completion script of a shell',
  arguments: [{ name: 'shell', help: SHELLS.join(', '), required: true, choices: SHELLS }],
  examples: [['completion bash > /etc/bash_completion.d/scanorama', 'completes in every new bash']],
  json: 'none',
  place: 'none',
  parse: parseCompletion,
  run: runCompletion,
});
