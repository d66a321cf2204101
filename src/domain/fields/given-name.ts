import { ScanoramaError } from '#domain/errors/error.js';
import { quote } from '#domain/text/quote.js';

/** What sites, networks and profiles may be called, as the database has it too. */
const GIVEN_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/;
type GivenNameNoun = 'site' | 'network' | 'profile';

/** The name without spaces around it. Throws `invalid_request`. */
export function checkGivenName(text: string, noun: GivenNameNoun): string {
  const name = text.trim();
  if (GIVEN_NAME.test(name)) return name;
  throw givenNameError(name, noun);
}

export function givenNameError(name: string, noun: GivenNameNoun): ScanoramaError {
  return new ScanoramaError('invalid_request', `${quote(name)} cannot be the name of a ${noun}.`, {
    at: 'name',
    hint: 'A name starts with a letter or digit and has up to 100 letters, digits, spaces, dots, hyphens and underscores.',
  });
}
