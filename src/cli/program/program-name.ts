const DATABASE_FLAG = '--database-url';
const NAMED_COMMAND = /`scanorama( [^`]*)`/g;
/** What needs no quoting in a shell. */
const PLAIN_VALUE = /^[\w./~+@:-]+$/;
/** Flags that say which inventory is meant. */
const PLACE_FLAGS = ['--data-dir', '--server', DATABASE_FLAG];

/** How this program was called. */
export interface Calling {
  /** The words that started it. */
  readonly program: string;
  /** The flags that say where, as another command has to repeat them; absent or empty for none. */
  readonly place?: string | undefined;
}

/**
 * The same text with its commands written as this program was called: `./scanorama hosts list --data-dir /srv/x`. Without
 * the place, a command that is copied out of a hint would speak of another inventory. One that says its own is for another
 * machine.
 */
export function spokenAs({ program, place = '' }: Calling, text: string): string {
  return text.replaceAll(NAMED_COMMAND, (_all, args: string) => {
    const isPlaced = args.split(' ').some((arg) => PLACE_FLAGS.includes(arg));
    return `\`${program}${args}${isPlaced ? '' : place}\``;
  });
}

/** The flags of a command line that say where, as they are to be repeated; empty for none. */
export function placeOf(argv: readonly string[]): string {
  return PLACE_FLAGS.flatMap((flag) => {
    const at = argv.findIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
    const value = argv[at] === flag ? argv[at + 1] : argv[at]?.slice(flag.length + 1);
    if (value === undefined || value === '') return [];
    return [` ${flag} ${flag === DATABASE_FLAG ? publicUrl(value) : quotedForShell(value)}`];
  }).join('');
}

/** Where a database is, unless a secret may be in it: that is left to the person. */
function publicUrl(value: string): string {
  const url = URL.parse(value);
  const isPublic = url !== null && url.password === '' && url.search === '' && url.hash === '';
  return isPublic ? quotedForShell(value) : '…';
}

function quotedForShell(arg: string): string {
  return PLAIN_VALUE.test(arg) ? arg : `'${arg.replaceAll("'", String.raw`'\''`)}'`;
}
