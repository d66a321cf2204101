import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import type { Verb } from '#cli/program/command.js';
import { GLOBAL_FLAGS, globalFlagsOf } from '#cli/program/globals.js';

export interface FlagNames {
  readonly long: string;
  readonly short: string | undefined;
  readonly takesValue: boolean;
}

export function namesOf(flag: FlagSpec): FlagNames {
  const words = flag.flags.split(/[ ,]+/);
  return {
    long: words.find((word) => word.startsWith('--')) ?? '',
    short: words.find((word) => /^-[^-]$/.test(word)),
    takesValue: flag.flags.includes('<'),
  };
}

const flagsOf = (verb: Verb): readonly FlagSpec[] => [...(verb.flags ?? []), ...globalFlagsOf(verb.place)];
const spellings = ({ long, short }: FlagNames) => (short === undefined ? [long] : [short, long]);

/** The words that may follow each beginning: `''` → the verbs, `scans` → `list show …`, `scans list` → its flags. */
function candidates(verbs: readonly Verb[]): Map<string, string[]> {
  const table = new Map<string, string[]>([['', ['help', '--help', '--version']]]);
  for (const verb of verbs) {
    const [name = '', subname] = verb.path;
    addTo(table, '', name);
    if (subname !== undefined) addTo(table, name, subname);
    const words = verb.arguments?.flatMap((argument) => argument.choices ?? []) ?? [];
    const flags = flagsOf(verb).map((flag) => namesOf(flag).long);
    table.set(verb.path.join(' '), [...words, ...flags, '--help']);
  }
  table.set('help', [...new Set(verbs.map((verb) => verb.path[0] ?? ''))]);
  return table;
}

function addTo(table: Map<string, string[]>, key: string, word: string): void {
  const words = table.get(key) ?? [];
  if (!words.includes(word)) table.set(key, [...words, word]);
}

/** Flags whose value is one of few words, by verb. */
function* choiceRows(
  verbs: readonly Verb[],
): Generator<{ readonly patterns: string[]; readonly choices: string }> {
  for (const verb of verbs) {
    for (const flag of verb.flags ?? []) {
      if (flag.choices === undefined) continue;
      const patterns = spellings(namesOf(flag)).map((spelling) => `'${verb.path.join(' ')}:${spelling}'`);
      yield { patterns, choices: flag.choices.join(' ') };
    }
  }
}

export const isPath = (flag: FlagSpec) => flag.takesPath === true;

/** Every spelling of the flags that take a value, over all verbs, so that a value is not taken for a verb. */
export function valueFlags(verbs: readonly Verb[], keep: (flag: FlagSpec) => boolean = () => true): string {
  const all = [...GLOBAL_FLAGS, ...verbs.flatMap((verb) => verb.flags ?? [])].filter(keep).map(namesOf);
  return [...new Set(all.filter(({ takesValue }) => takesValue).flatMap(spellings))].join('|');
}

export function pathCommands(verbs: readonly Verb[]): string {
  const taking = verbs.filter(
    (verb) => verb.arguments?.some((argument) => argument.takesPath === true) === true,
  );
  return taking.map((verb) => `'${verb.path.join(' ')}'`).join('|');
}

/** `case` branches that bash and zsh read alike. */
export function caseRows(
  verbs: readonly Verb[],
  assign: (words: string) => string,
): { flags: string; verbs: string } {
  const flagRows = [...choiceRows(verbs)].map(
    ({ patterns, choices }) => `    ${patterns.join('|')}) ${assign(choices)} ;;`,
  );
  const commandRows = [...candidates(verbs)].map(
    ([key, words]) => `    '${key}') ${assign(words.join(' '))} ;;`,
  );
  return { flags: flagRows.join('\n'), verbs: commandRows.join('\n') };
}

/** `case` patterns of every beginning that is a verb or the first word of one. */
function beginnings(verbs: readonly Verb[]): string {
  return [...candidates(verbs).keys()]
    .filter((key) => key !== '')
    .map((key) => `'${key}'`)
    .join('|');
}

/** What bash and zsh do alike with one word before the cursor: skip flags and their values, gather the verb. */
export function addCommand(verbs: readonly Verb[]): string {
  return `    if ((skip)); then skip=0; continue; fi
    case "$word" in
      ${valueFlags(verbs)}) skip=1; continue ;;
      -*) continue ;;
    esac
    case "\${verb:+$verb }$word" in
      ${beginnings(verbs)}) verb="\${verb:+$verb }$word" ;;
    esac`;
}
