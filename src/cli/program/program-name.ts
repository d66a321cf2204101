const DATABASE_FLAG = '--database-url';
const NAMED_COMMAND = /`scanorama( [^`]*)`/g;
/** What needs no quoting in a shell. */
const PLAIN_VALUE = /^[\w./~+@:-]+$/;
/** Options that select the inventory. */
const PLACE_FLAGS = ['--data-dir', '--server', DATABASE_FLAG];

/** How this program was called. */
export interface Calling {
  /** The command that started it. */
  readonly program: string;
  /** The options that select the inventory, as another command has to repeat them. Absent or empty for none. */
  readonly place?: string | undefined;
}

/**
 * Returns the text with its commands written as this program was called: `./scanorama hosts list --data-dir /srv/x`.
 * Without the options that select the inventory, a command copied from a hint would use another inventory. A command
 * that already has such an option is for another machine, and gets none added.
 */
export function spokenAs({ program, place = '' }: Calling, text: string): string {
  return text.replaceAll(NAMED_COMMAND, (_all, args: string) => {
    const isPlaced = args.split(' ').some((arg) => PLACE_FLAGS.includes(arg));
    return `\`${program}${args}${isPlaced ? '' : place}\``;
  });
}

/** The options of a command line that select the inventory, as another command has to repeat them. Empty for none. */
export function placeOf(argv: readonly string[]): string {
  return PLACE_FLAGS.flatMap((flag) => {
    const at = argv.findIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
    const value = argv[at] === flag ? argv[at + 1] : argv[at]?.slice(flag.length + 1);
    if (value === undefined || value === '') return [];
    return [` ${flag} ${flag === DATABASE_FLAG ? publicUrl(value) : quotedForShell(value)}`];
  }).join('');
}

/** The URL of a database, or `…` when it may contain a secret. */
function publicUrl(value: string): string {
  const url = URL.parse(value);
  const isPublic = url !== null && url.password === '' && url.search === '' && url.hash === '';
  return isPublic ? quotedForShell(value) : '…';
}

function quotedForShell(arg: string): string {
  return PLAIN_VALUE.test(arg) ? arg : `'${arg.replaceAll("'", String.raw`'\''`)}'`;
}
