import { ScanoramaError } from '#domain/errors/error.js';
import { NETWORK_PREFIX } from '#domain/targets/parse-target.js';
import { quote } from '#domain/text/quote.js';

/** The enabled networks of a site, by their names, as targets. Throws `target_empty` when there is none. */
export function configuredTargets(site: string, names: readonly string[]): readonly string[] {
  if (names.length > 0) return names.map((name) => `${NETWORK_PREFIX}${name}`);
  throw new ScanoramaError('target_empty', `The site ${quote(site)} has no network that is enabled.`, {
    hint: 'Store one with `scanorama networks add CIDR`.',
  });
}
