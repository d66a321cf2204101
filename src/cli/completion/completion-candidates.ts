import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import type { CliCommand } from '#cli/program/command.js';
import { GLOBAL_FLAGS, globalFlagsOf } from '#cli/program/globals.js';

export interface FlagNames {
  readonly long: string;
  readonly short: string | undefined;
  readonly takesValue: boolean;
}

export function namesOf(flag: FlagSpec): FlagNames {
  const args = flag.flags.split(/[ ,]+/);
  return {
    long: args.find((arg) => arg.startsWith('--')) ?? '',
    short: args.find((arg) => /^-[^-]$/.test(arg)),
    takesValue: flag.flags.includes('<'),
  };
}

const flagsOf = (command: CliCommand): readonly FlagSpec[] => [
  ...(command.flags ?? []),
  ...globalFlagsOf(command.place),
];
const spellings = ({ long, short }: FlagNames) => (short === undefined ? [long] : [short, long]);

/** The words that may follow each beginning: `''` → the verbs, `scans` → `list show …`, `scans list` → its flags. */
function candidates(commands: readonly CliCommand[]): Map<string, string[]> {
  const table = new Map<string, string[]>([['', ['help', '--help', '--version']]]);
  for (const command of commands) {
    const [name = '', subname] = command.path;
    addTo(table, '', name);
    if (subname !== undefined) addTo(table, name, subname);
    const args = command.arguments?.flatMap((argument) => argument.choices ?? []) ?? [];
    const flags = flagsOf(command).map((flag) => namesOf(flag).long);
    table.set(command.path.join(' '), [...args, ...flags, '--help']);
  }
  table.set('help', [...new Set(commands.map((command) => command.path[0] ?? ''))]);
  return table;
}

function addTo(table: Map<string, string[]>, key: string, arg: string): void {
  const args = table.get(key) ?? [];
  if (!args.includes(arg)) table.set(key, [...args, arg]);
}

/** Flags whose value is one of few words, by verb. */
function* choiceRows(
  commands: readonly CliCommand[],
): Generator<{ readonly patterns: string[]; readonly choices: string }> {
  for (const command of commands) {
    for (const flag of command.flags ?? []) {
      if (flag.choices === undefined) continue;
      const patterns = spellings(namesOf(flag)).map((spelling) => `'${command.path.join(' ')}:${spelling}'`);
      yield { patterns, choices: flag.choices.join(' ') };
    }
  }
}

export const isPath = (flag: FlagSpec) => flag.takesPath === true;

/** Every spelling of the flags that take a value, over all verbs, so that a value is not taken for a verb. */
export function valueFlags(
  commands: readonly CliCommand[],
  keep: (flag: FlagSpec) => boolean = () => true,
): string {
  const all = [...GLOBAL_FLAGS, ...commands.flatMap((command) => command.flags ?? [])]
    .filter(keep)
    .map(namesOf);
  return [...new Set(all.filter(({ takesValue }) => takesValue).flatMap(spellings))].join('|');
}

export function pathCommands(commands: readonly CliCommand[]): string {
  const taking = commands.filter(
    (command) => command.arguments?.some((argument) => argument.takesPath === true) === true,
  );
  return taking.map((command) => `'${command.path.join(' ')}'`).join('|');
}

/** `case` branches that bash and zsh read alike. */
export function caseRows(
  commands: readonly CliCommand[],
  assign: (args: string) => string,
): { flags: string; commands: string } {
  const flagRows = [...choiceRows(commands)].map(
    ({ patterns, choices }) => `    ${patterns.join('|')}) ${assign(choices)} ;;`,
  );
  const commandRows = [...candidates(commands)].map(
    ([key, args]) => `    '${key}') ${assign(args.join(' '))} ;;`,
  );
  return { flags: flagRows.join('\n'), commands: commandRows.join('\n') };
}

/** `case` patterns of every beginning that is a verb or the first word of one. */
function beginnings(commands: readonly CliCommand[]): string {
  return [...candidates(commands).keys()]
    .filter((key) => key !== '')
    .map((key) => `'${key}'`)
    .join('|');
}

/** What bash and zsh do alike with one word before the cursor: skip flags and their values, gather the verb. */
export function addCommand(commands: readonly CliCommand[]): string {
  return `    if ((skip)); then skip=0; continue; fi
    case "$word" in
      ${valueFlags(commands)}) skip=1; continue ;;
      -*) continue ;;
    esac
    case "\${verb:+$verb }$word" in
      ${beginnings(commands)}) verb="\${verb:+$verb }$word" ;;
    esac`;
}
