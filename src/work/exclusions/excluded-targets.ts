import type { AddressSet } from '#domain/addresses/address-set.js';
import { EXCLUSION_LEVELS, type ExclusionLevel } from '#domain/targets/exclusion.js';
import { exclusionsInForce } from '#store/networks/exclusions.js';
import { addressesOf } from '#work/batches/excluded-addresses.js';
import type { WorkContext } from '#work/context/context.js';
import type { ScanTargets } from '#work/scans/scan-addresses.js';

/** How many of the addresses that a scan names get no packet. */
export interface ExcludedTargets {
  readonly total: bigint;
  /** Those of each level that excludes any; an address may be excluded by several. */
  readonly levels: readonly { readonly level: ExclusionLevel; readonly addresses: bigint }[];
}

/** As of now; what is excluded until the scan runs is left alone as well. */
export async function countExcluded(
  { store }: WorkContext,
  { siteId, named, excluded }: ScanTargets,
): Promise<ExcludedTargets> {
  const inForce = await exclusionsInForce(store.read, siteId);
  const ofLevel = (level: ExclusionLevel): AddressSet =>
    level === 'scan' ? excluded : addressesOf(inForce.filter(({ scope }) => scope === level));
  const levels = EXCLUSION_LEVELS.map((level) => ({
    level,
    addresses: named.intersect(ofLevel(level)).size,
  })).filter(({ addresses }) => addresses > 0n);
  return { total: named.intersect(excluded.union(addressesOf(inForce))).size, levels };
}
