import type { CommanderError } from 'commander';
import { usage } from '#cli/arguments/usage.js';
import type { ScanoramaError } from '#domain/errors/error.js';
import { clip, quote } from '#domain/text/quote.js';

/** The sentences for what commander finds wrong; the pattern takes the offending word out of its message. */
const SENTENCES: Readonly<Record<string, { pattern: RegExp; sentence(arg: string): string }>> = {
  'commander.unknownCommand': {
    pattern: /unknown command '(.*)'$/s,
    sentence: (arg) => `There is no command ${quote(arg)}.`,
  },
  'commander.unknownOption': {
    pattern: /unknown option '(.*)'$/s,
    sentence: (arg) => `There is no option ${quote(arg)} here.`,
  },
  'commander.optionMissingArgument': {
    pattern: /option '(.*)' argument missing$/s,
    sentence: (arg) => `The option ${arg} needs a value.`,
  },
  'commander.missingArgument': {
    pattern: /missing required argument '(.*)'$/s,
    sentence: (arg) => `The argument <${arg}> is missing.`,
  },
  'commander.excessArguments': {
    pattern: /Expected .* but got \d+: (.*)\.$/s,
    sentence: (arg) => `There are more words than can be meant: ${quote(arg)}.`,
  },
};
const SUGGESTION = /\n\(Did you mean (?:one of )?(.*)\?\)$/s;

/** What commander says of a wrong command line, as `usage`. `commandLine` is the verb it stopped at. */
export function usageFromCommander(error: CommanderError, commandLine: string): ScanoramaError {
  const suggestion = SUGGESTION.exec(error.message)?.[1];
  const message = error.message.replace(SUGGESTION, '').replace(/^error: /, '');
  const row = SENTENCES[error.code];
  const arg = row?.pattern.exec(message)?.[1];
  const hint =
    suggestion === undefined
      ? `\`${commandLine} --help\` lists what is possible.`
      : `Did you mean ${suggestion}?`;
  if (row === undefined || arg === undefined)
    return usage(`The command line is wrong: ${quote(message)}.`, { hint });
  return usage(row.sentence(arg), { hint, at: clip(arg) });
}
