import { ScanoramaError } from '#domain/error.js';
import { quote } from '#domain/quote.js';

/** The site that is meant where none is named; it always exists. */
export const DEFAULT_SITE = 'default';

/** What a site may be called, as the database has it too. */
const SITE_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/;

/** The name of a site; throws `invalid_request`. */
export function checkSiteName(text: string): string {
  const name = text.trim();
  if (SITE_NAME.test(name)) return name;
  throw new ScanoramaError('invalid_request', `${quote(name)} cannot be the name of a site.`, {
    at: 'name',
    hint: 'A name starts with a letter or digit and has up to 100 letters, digits, spaces, dots, hyphens and underscores.',
  });
}
