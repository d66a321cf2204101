import { parseLiteral } from '#domain/addresses/address.js';
import type { AddressRange } from '#domain/addresses/address-range.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import type { ExclusionView } from '#store/networks/exclusions.js';

/** The addresses of a stored exclusion. */
export function rangeOfExclusion({ first, last }: Pick<ExclusionView, 'first' | 'last'>): AddressRange {
  const [from, to] = [parseLiteral(first), parseLiteral(last)];
  if (from === undefined || to === undefined || from.family !== to.family)
    throw new Error(`no addresses from ${first} to ${last}`);
  return { family: from.family, first: from.value, last: to.value };
}

export function addressesOf(exclusions: readonly ExclusionView[]): AddressSet {
  return AddressSet.of(exclusions.map(rangeOfExclusion));
}
