import { type Address, addressBits } from '#domain/addresses/address.js';

/** Open ports in a row that say nothing before no more of their address are asked, and of their network. */
export const MAX_UNRESPONSIVE_PER_ADDRESS = 2;
export const MAX_UNRESPONSIVE_PER_NETWORK = 16;
/** Addresses and networks that are counted at once; the ones that were counted first are forgotten. */
const MAX_COUNTED = 65_536;
/** What one firewall stands before: 256 addresses of IPv4, a link of IPv6. */
const NETWORK_BITS = { 4: 24, 6: 64 } as const;

/**
 * Tells where asking open ports is in vain: a firewall that answers every port for others says nothing afterwards, and each
 * such port costs the whole time that an answer may take. One that says something makes its address and network good again.
 */
export class UnresponsivePorts {
  readonly #addresses = new Map<string, number>();
  readonly #networks = new Map<string, number>();

  isGivenUp(address: Address): boolean {
    return (
      (this.#addresses.get(labelOf(address)) ?? 0) >= MAX_UNRESPONSIVE_PER_ADDRESS ||
      (this.#networks.get(networkOf(address)) ?? 0) >= MAX_UNRESPONSIVE_PER_NETWORK
    );
  }

  wasUnresponsive(address: Address): void {
    count(this.#addresses, labelOf(address));
    count(this.#networks, networkOf(address));
  }

  hasOutput(address: Address): void {
    this.#addresses.delete(labelOf(address));
    this.#networks.delete(networkOf(address));
  }
}

function labelOf({ family, value }: Address): string {
  return `${family}:${value}`;
}

function networkOf({ family, value }: Address): string {
  return `${family}:${value >> BigInt(addressBits(family) - NETWORK_BITS[family])}`;
}

function count(counts: Map<string, number>, text: string): void {
  counts.set(text, (counts.get(text) ?? 0) + 1);
  const [oldest] = counts.keys();
  if (counts.size > MAX_COUNTED && oldest !== undefined) counts.delete(oldest);
}
