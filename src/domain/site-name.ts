import { checkPlaceName } from '#domain/place-name.js';

/** The name of a site; throws `invalid_request`. */
export function checkSiteName(text: string): string {
  return checkPlaceName(text, 'site');
}
