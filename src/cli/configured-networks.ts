import { pagesOf } from '#cli/pages.js';
import type { Client } from '#contract/client.js';
import type { Network } from '#contract/network.js';
import { ScanoramaError } from '#domain/error.js';
import { quote } from '#domain/quote.js';
import { NETWORK_PREFIX } from '#domain/target-word.js';

/** Every enabled network of a site, as targets. Throws `target_empty` when there is none. */
export async function configuredNetworks(client: Client, site = 'default'): Promise<readonly string[]> {
  const targets: string[] = [];
  const pages = pagesOf<Network>({
    keyOf: ({ id }) => id,
    load: (query) => client.networks({ ...query, site, enabled: 'true' }),
  });
  for await (const page of pages) targets.push(...page.map(({ name }) => `${NETWORK_PREFIX}${name}`));
  if (targets.length > 0) return targets;
  throw new ScanoramaError('target_empty', `The site ${quote(site)} has no network that is enabled.`, {
    hint: 'Store one with `scanorama networks add CIDR`.',
  });
}
