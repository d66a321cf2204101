import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import { isPath, namesOf } from '#cli/completion/completion-candidates.js';
import type { Verb } from '#cli/program/command.js';
import { GLOBAL_FLAGS } from '#cli/program/globals.js';

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** The script for fish: a line for every verb and flag. */
export function fishScript(verbs: readonly Verb[]): string {
  const groups = [...new Set(verbs.filter((verb) => verb.path.length > 1).map((verb) => verb.path[0] ?? ''))];
  return [
    '# fish completion for scanorama. Load it with: scanorama completion fish | source',
    'complete -c scanorama -f',
    ...groups.map((group) => `complete -c scanorama -n '__fish_use_subcommand' -a ${group}`),
    ...verbs.flatMap(commandLines),
    ...GLOBAL_FLAGS.map((flag) => flagLine(flag, '')),
    '',
  ].join('\n');
}

function commandLines(verb: Verb): string[] {
  const [name = '', subname] = verb.path;
  const before = subname === undefined ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${name}`;
  const seen = verb.path.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
  const words = verb.arguments?.flatMap((argument) => argument.choices ?? []) ?? [];
  return [
    `complete -c scanorama -n ${quoted(before)} -a ${subname ?? name} -d ${quoted(verb.summary)}`,
    ...words.map((word) => `complete -c scanorama -n ${quoted(seen)} -a ${word}`),
    ...(verb.flags ?? []).map((flag) => flagLine(flag, ` -n ${quoted(seen)}`)),
  ];
}

function flagLine(flag: FlagSpec, condition: string): string {
  const { long, short, takesValue } = namesOf(flag);
  const names = `-l ${quoted(long.slice(2))}${short === undefined ? '' : ` -s ${short.slice(1)}`}`;
  const choices = flag.choices === undefined ? '' : ` -a ${quoted(flag.choices.join(' '))}`;
  const value = isPath(flag) ? ' -r -F' : ' -x';
  return `complete -c scanorama${condition} ${names}${takesValue ? value : ''}${choices} -d ${quoted(flag.help)}`;
}
