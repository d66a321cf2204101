import { randomFillSync } from 'node:crypto';
import { type DiscoveryProbes, openDiscoveryProbes } from '#discovery/probes.js';
import type { AddressFamily } from '#domain/addresses/address.js';
import type { Clock } from '#domain/time/clock.js';
import { readLinks } from '#net/native/links/links.js';
import type { DiscoveryOrder } from '#scan/engine/engine.js';

export const DNS_PORT = 53;

/** The sockets of a sweep on this machine's links, for whoever opens them to close. */
export function openSystemProbes(
  { methods, resolver }: DiscoveryOrder,
  families: readonly AddressFamily[],
  clock: Clock,
): DiscoveryProbes {
  return openDiscoveryProbes({
    methods,
    families,
    clock,
    randomBytes: (count) => randomFillSync(new Uint8Array(count)),
    links: readLinks(),
    ...(resolver === undefined ? {} : { resolver: { address: resolver, port: DNS_PORT } }),
  });
}
