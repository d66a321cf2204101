/** What stands for a character that cannot be stored. */
const REPLACEMENT = '�';

/**
 * Text that PostgreSQL stores and UTF-8 can carry: NUL and lone surrogates become U+FFFD; cut to
 * `maxCharacters`, never in the middle of a surrogate pair.
 */
export function cleanText(text: string, maxCharacters: number): string {
  const short = text.length > maxCharacters ? text.slice(0, maxCharacters) : text;
  return (short.includes('\0') ? short.replaceAll('\0', REPLACEMENT) : short).toWellFormed();
}

/** The same, and undefined for what is absent or blank. */
export function optionalText(text: string | undefined, maxCharacters: number): string | undefined {
  if (text === undefined) return undefined;
  const clean = cleanText(text, maxCharacters);
  return clean.trim() === '' ? undefined : clean;
}

/** A whole number in decimal digits from 0 to `max`; undefined for anything else. */
export function integer(text: string | undefined, max: number = Number.MAX_SAFE_INTEGER): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const number = Number(text);
  return number <= max ? number : undefined;
}

/** The latest accepted time: the end of the year 9999, which both PostgreSQL and JSON support. */
const MAX_SECONDS = 253_402_300_799;

/** Converts seconds since 1970 to milliseconds. Undefined for 0, which some programs write for an unknown time. */
export function instantMs(seconds: string | undefined): number | undefined {
  const number = integer(seconds, MAX_SECONDS);
  return number === undefined || number === 0 ? undefined : number * 1_000;
}
