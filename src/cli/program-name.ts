const NAMED_COMMAND = /`scanorama( [^`]*)`/g;
/** What needs no quoting in a shell. */
const PLAIN_WORD = /^[\w./~+@:-]+$/;
/** Flags that say which inventory is meant, and hold no secret; an address of a database may. */
const PLACE_FLAGS = ['--data-dir', '--server'];

/** How this program was called. */
export interface Calling {
  /** The words that started it. */
  readonly program: string;
  /** The flags that say where, as another command has to repeat them; absent or empty for none. */
  readonly place?: string | undefined;
}

/**
 * The same text with its commands written as this program was called: `./scanorama hosts list --data-dir /srv/x`. Without
 * the place, a command that is copied out of a hint would speak of another inventory.
 */
export function spokenAs({ program, place = '' }: Calling, text: string): string {
  return text.replaceAll(NAMED_COMMAND, (_all, words: string) => `\`${program}${words}${place}\``);
}

/** The flags of a command line that say where, as they are to be repeated; empty for none. */
export function placeOf(argv: readonly string[]): string {
  return PLACE_FLAGS.flatMap((flag) => {
    const at = argv.findIndex((word) => word === flag || word.startsWith(`${flag}=`));
    const value = argv[at] === flag ? argv[at + 1] : argv[at]?.slice(flag.length + 1);
    return value === undefined || value === '' ? [] : [` ${flag} ${quotedForShell(value)}`];
  }).join('');
}

function quotedForShell(word: string): string {
  return PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
