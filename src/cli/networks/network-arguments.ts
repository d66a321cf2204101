import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import { usage } from '#cli/arguments/usage.js';
import type { CommandInput } from '#cli/program/command.js';
import type { Client } from '#contract/api/client.js';
import type { Network } from '#contract/networks/network.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { isUid } from '#domain/errors/uid.js';
import { quote } from '#domain/text/quote.js';

/** Names a network on the command line. */
export interface NetworkArgument {
  /** Its id, name or CIDR. */
  readonly term: string;
  readonly site: string | undefined;
}

export const NETWORK_ARGUMENT = {
  name: 'network',
  help: 'the name, CIDR or id of the network',
  required: true,
} as const;
export const NETWORK_SITE_FLAG: FlagSpec = { flags: '--site <name>', help: 'the site it belongs to' };

export function networkArgumentOf({ flags }: CommandInput, arg = ''): NetworkArgument {
  if (arg.trim() === '') throw usage('The name of the network is empty.');
  return { term: arg.trim(), site: flags.text('site') };
}

/** The network that is meant; `not_found`, or `usage` when several sites have one of that name. */
export async function findNetwork(client: Client, { term: arg, site }: NetworkArgument): Promise<Network> {
  if (isUid(arg)) return client.network(arg.toLowerCase());
  const { data } = await client.networks({ name: arg, ...(site === undefined ? {} : { site }) });
  const [network, ...others] = data;
  if (network === undefined) {
    throw new ScanoramaError('not_found', `There is no network called ${quote(arg)}.`, {
      hint: '`scanorama networks list` shows the networks.',
      at: arg,
    });
  }
  if (others.length > 0) {
    throw usage(`${data.length} sites have a network called ${quote(arg)}.`, {
      hint: `Select one with --site: ${data.map((one) => one.site).join(', ')}.`,
      at: arg,
    });
  }
  return network;
}

/** As people call it: with its CIDR, where it has another name. */
export function networkTitle({ name, cidr }: Pick<Network, 'name' | 'cidr'>): string {
  return name === cidr ? cidr : `${name} (${cidr})`;
}
