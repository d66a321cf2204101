import { parseNetworkCidr } from '#domain/addresses/network-cidr.js';
import type { FilterReading } from '#domain/filter/comparison.js';
import { allOf, type Filter, fieldIs } from '#domain/filter/filter.js';
import { readFilter } from '#domain/filter/read.js';

/** Which hosts of a site a smart scan is for, as people say it; all of it together. */
export interface SelectionTexts {
  /** Hosts with an address in it. */
  readonly networkCidr?: string | undefined;
  readonly osFamily?: string | undefined;
  /** In the language of filters, text or JSON. */
  readonly filter?: string | undefined;
}

/** The same as a filter; undefined for all hosts. Throws `invalid_filter`, and `invalid_target` for what is no network. */
export function selectionFilter(
  { networkCidr, osFamily, filter }: SelectionTexts,
  reading: FilterReading = {},
): Filter | undefined {
  const parts: Filter[] = [];
  if (networkCidr !== undefined)
    parts.push(fieldIs('address', { type: 'address', range: parseNetworkCidr(networkCidr).range }));
  if (osFamily !== undefined) parts.push(fieldIs('os', { type: 'text', pattern: [osFamily] }));
  if (filter !== undefined) parts.push(readFilter(filter, reading));
  return parts.length === 0 ? undefined : allOf(parts);
}
