import { networkInterfaces } from 'node:os';
import { formatRange, parseRange } from '#domain/addresses/address-range.js';
import type { LocalNetwork } from '#work/context/context.js';

/** Larger networks are not offered: nobody looks at all of an IPv6 prefix. A /16. */
const MAX_LOCAL_NETWORK_ADDRESSES = 65_536n;

/** The networks of this machine's interfaces, but for loopback and what is valid on one link alone; each once. */
export function localNetworks(interfaces: typeof networkInterfaces = networkInterfaces): LocalNetwork[] {
  const found = new Map<string, LocalNetwork>();
  for (const [name, addresses = []] of Object.entries(interfaces())) {
    for (const { cidr, internal } of addresses) {
      const network = internal || cidr === null ? undefined : networkOf(cidr);
      if (network !== undefined && !found.has(network))
        found.set(network, { cidr: network, interface: name });
    }
  }
  return [...found.values()];
}

/** The network that an address with its prefix length is in; undefined where it is none to look at. */
function networkOf(cidr: string): string | undefined {
  const range = parseRange(cidr);
  if (range === undefined || /^(?:fe[89ab]|169\.254\.)/i.test(cidr)) return undefined;
  const size = range.last - range.first + 1n;
  return size === 1n || size > MAX_LOCAL_NETWORK_ADDRESSES ? undefined : formatRange(range);
}
