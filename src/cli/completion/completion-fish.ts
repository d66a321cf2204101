import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import { isPath, namesOf } from '#cli/completion/completion-candidates.js';
import type { CliCommand } from '#cli/program/command.js';
import { GLOBAL_FLAGS } from '#cli/program/globals.js';

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** The script for fish: a line for every verb and flag. */
export function fishScript(commands: readonly CliCommand[]): string {
  const groups = [
    ...new Set(commands.filter((command) => command.path.length > 1).map((command) => command.path[0] ?? '')),
  ];
  return [
    '# fish completion for scanorama. Load it with: scanorama completion fish | source',
    'complete -c scanorama -f',
    ...groups.map((group) => `complete -c scanorama -n '__fish_use_subcommand' -a ${group}`),
    ...commands.flatMap(commandLines),
    ...GLOBAL_FLAGS.map((flag) => flagLine(flag, '')),
    '',
  ].join('\n');
}

function commandLines(command: CliCommand): string[] {
  const [name = '', subname] = command.path;
  const before = subname === undefined ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${name}`;
  const seen = command.path.map((arg) => `__fish_seen_subcommand_from ${arg}`).join('; and ');
  const args = command.arguments?.flatMap((argument) => argument.choices ?? []) ?? [];
  return [
    `complete -c scanorama -n ${quoted(before)} -a ${subname ?? name} -d ${quoted(command.summary)}`,
    ...args.map((arg) => `complete -c scanorama -n ${quoted(seen)} -a ${arg}`),
    ...(command.flags ?? []).map((flag) => flagLine(flag, ` -n ${quoted(seen)}`)),
  ];
}

function flagLine(flag: FlagSpec, condition: string): string {
  const { long, short, takesValue } = namesOf(flag);
  const names = `-l ${quoted(long.slice(2))}${short === undefined ? '' : ` -s ${short.slice(1)}`}`;
  const choices = flag.choices === undefined ? '' : ` -a ${quoted(flag.choices.join(' '))}`;
  const value = isPath(flag) ? ' -r -F' : ' -x';
  return `complete -c scanorama${condition} ${names}${takesValue ? value : ''}${choices} -d ${quoted(flag.help)}`;
}
