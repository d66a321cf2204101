import { checkGivenName } from '#domain/fields/given-name.js';

/** The site that is meant where none is named; it always exists. */
export const DEFAULT_SITE = 'default';

/** The name of a site; throws `invalid_request`. */
export function checkSiteName(text: string): string {
  return checkGivenName(text, 'site');
}
