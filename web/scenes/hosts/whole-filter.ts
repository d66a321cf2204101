import { comparisonsOf } from '#domain/filter/filter.js';
import { parseFilter } from '#domain/filter/parse.js';
import type { HostStatus } from '#domain/host-status.js';

interface Listed {
  readonly filter: string | undefined;
  readonly status: HostStatus | undefined;
  /** Those alone that are ignored. */
  readonly isIgnored: boolean;
}

/** A filter that finds whom a list shows on all its pages; throws as `parseFilter` does. */
export function wholeFilter({ filter, status, isIgnored }: Listed): string {
  const asksForIgnored =
    filter !== undefined && comparisonsOf(parseFilter(filter)).some(({ field }) => field === 'ignored');
  const parts = [
    ...(filter === undefined ? [] : [`(${filter})`]),
    ...(status === undefined ? [] : [`status:${status}`]),
    // Lists leave ignored hosts out by themselves, unless they are asked for them; an edit does not.
    ...(isIgnored ? ['ignored:yes'] : []),
    ...(isIgnored || asksForIgnored ? [] : ['ignored:no']),
  ];
  return parts.join(' and ');
}
