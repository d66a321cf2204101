import { DEFAULT_SITE } from '#domain/targets/site-name.js';

/** What is at a site, which is named where it is not the one that there always is: one address at two sites is two things. */
export function placed(text: string, site: string): string {
  return site === DEFAULT_SITE ? text : `${text} (${site})`;
}
