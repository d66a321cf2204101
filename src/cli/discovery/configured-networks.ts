import { pagesOf } from '#cli/arguments/pages.js';
import type { Client } from '#contract/api/client.js';
import type { Network } from '#contract/networks/network.js';
import { configuredTargets } from '#domain/targets/configured-networks.js';

/** Every enabled network of a site, as targets. Throws `target_empty` when there is none. */
export async function configuredNetworks(client: Client, site = 'default'): Promise<readonly string[]> {
  const names: string[] = [];
  const pages = pagesOf<Network>({
    keyOf: ({ id }) => id,
    load: (query) => client.networks({ ...query, site, enabled: 'true' }),
  });
  for await (const page of pages) names.push(...page.map(({ name }) => name));
  return configuredTargets(site, names);
}
