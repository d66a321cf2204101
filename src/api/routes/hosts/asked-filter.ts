import type { z } from 'zod';
import type { hostListQuerySchema } from '#contract/hosts/host.js';
import { SLOW_ROUND_TRIP_US } from '#domain/diff/round-trips.js';
import { allOf, type Filter, fieldIs } from '#domain/filter/filter.js';
import { readFilter } from '#domain/filter/read.js';

type Probed = Pick<
  z.output<typeof hostListQuerySchema>,
  'filter' | 'status' | 'search' | 'open_port' | 'site' | 'flapping' | 'slow'
>;

const SLOW: Filter = {
  kind: 'comparison',
  field: 'rtt',
  operator: '>=',
  values: [{ type: 'number', number: SLOW_ROUND_TRIP_US / 1_000, unit: 'ms' }],
};

/** Everything that a list of hosts is asked for as one filter; undefined for all of them. Throws `invalid_filter`. */
export function requestedFilter(probed: Probed): Filter | undefined {
  const { filter, status, search, open_port: port, site, flapping, slow } = probed;
  const parts: Filter[] = [];
  if (status !== undefined) parts.push(fieldIs('status', { type: 'term', term: status }));
  if (site !== undefined) parts.push(fieldIs('site', { type: 'text', pattern: [site] }));
  if (port !== undefined)
    parts.push(fieldIs('port', { type: 'port', first: port, last: port, protocol: null }));
  if (search !== undefined) parts.push({ kind: 'term', pattern: [search] });
  if (flapping !== undefined) parts.push(fieldIs('flapping', { type: 'term', term: 'yes' }));
  if (slow !== undefined) parts.push(SLOW);
  if (filter !== undefined) parts.push(readFilter(filter));
  return parts.length === 0 ? undefined : allOf(parts);
}
