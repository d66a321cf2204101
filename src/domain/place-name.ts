import { ScanoramaError } from '#domain/error.js';
import { quote } from '#domain/quote.js';

/** What a site or a network may be called, as the database has it too. */
const PLACE_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/;

/** The name without spaces around it. Throws `invalid_request`. */
export function checkPlaceName(text: string, noun: 'site' | 'network'): string {
  const name = text.trim();
  if (PLACE_NAME.test(name)) return name;
  throw new ScanoramaError('invalid_request', `${quote(name)} cannot be the name of a ${noun}.`, {
    at: 'name',
    hint: 'A name starts with a letter or digit and has up to 100 letters, digits, spaces, dots, hyphens and underscores.',
  });
}
