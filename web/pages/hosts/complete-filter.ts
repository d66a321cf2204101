import { allOf, fieldIs } from '#domain/filter/filter.js';
import { printFilter } from '#domain/filter/print.js';
import { readFilter } from '#domain/filter/read.js';
import type { HostStatus } from '#domain/hosts/host-status.js';

interface Listed {
  readonly filter: string | undefined;
  readonly status: HostStatus | undefined;
  /** Those alone that are ignored. */
  readonly isIgnored: boolean;
}

const ANYBODY = fieldIs('ignored', { type: 'term', term: 'no' });

/** A filter that finds whom a list shows on all its pages; throws as `readFilter` does. */
export function fullFilter({ filter, status, isIgnored }: Listed): string {
  const parts = [
    ...(filter === undefined ? [] : [readFilter(filter)]),
    ...(status === undefined ? [] : [fieldIs('status', { type: 'term', term: status })]),
    ...(isIgnored ? [fieldIs('ignored', { type: 'term', term: 'yes' })] : []),
  ];
  return printFilter(parts.length === 0 ? ANYBODY : allOf(parts));
}
