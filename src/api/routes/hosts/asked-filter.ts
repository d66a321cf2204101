import type { z } from 'zod';
import type { hostListQuerySchema } from '#contract/host.js';
import type { FieldName } from '#domain/filter/fields.js';
import { allOf, type Filter } from '#domain/filter/filter.js';
import { readFilter } from '#domain/filter/read.js';
import type { FieldValue } from '#domain/filter/value.js';

type Asked = Pick<
  z.output<typeof hostListQuerySchema>,
  'filter' | 'status' | 'search' | 'open_port' | 'site'
>;

/** Everything that a list of hosts is asked for as one filter; undefined for all of them. Throws `invalid_filter`. */
export function askedFilter({ filter, status, search, open_port: port, site }: Asked): Filter | undefined {
  const parts: Filter[] = [];
  if (status !== undefined) parts.push(is('status', { type: 'word', word: status }));
  if (site !== undefined) parts.push(is('site', { type: 'text', pattern: [site] }));
  if (port !== undefined) parts.push(is('port', { type: 'port', first: port, last: port, protocol: null }));
  if (search !== undefined) parts.push({ kind: 'word', pattern: [search] });
  if (filter !== undefined) parts.push(readFilter(filter));
  return parts.length === 0 ? undefined : allOf(parts);
}

function is(field: FieldName, value: FieldValue): Filter {
  return { kind: 'comparison', field, operator: ':', values: [value] };
}
