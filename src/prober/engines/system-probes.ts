import { randomFillSync } from 'node:crypto';
import { openSweepProbes, type SweepProbes } from '#discovery/probes.js';
import type { AddressFamily } from '#domain/addresses/address.js';
import type { Clock } from '#domain/time/clock.js';
import { readLinks } from '#net/native/links/links.js';
import type { SweepWish } from '#scan/engine/engine.js';

export const DNS_PORT = 53;

/** The sockets of a sweep on this machine's links, for whoever opens them to close. */
export function openSystemProbes(
  { methods, resolver }: SweepWish,
  families: readonly AddressFamily[],
  clock: Clock,
): SweepProbes {
  return openSweepProbes({
    methods,
    families,
    clock,
    randomBytes: (count) => randomFillSync(new Uint8Array(count)),
    links: readLinks(),
    ...(resolver === undefined ? {} : { resolver: { address: resolver, port: DNS_PORT } }),
  });
}
