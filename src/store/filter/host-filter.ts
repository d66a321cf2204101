import { type RawBuilder, sql } from 'kysely';
import type { Filter } from '#domain/filter/filter.js';
import { assertShowsPast } from '#domain/filter/read.js';
import { CONDITIONS, type FilterScope, isTerm } from '#store/filter/filter-conditions.js';
import { type AsOf, isNow } from '#store/history/as-of.js';

/** Spans of time end at the instant that is asked for: `first_seen<7d` as of June is the last days of May. */
export function filterScope(asOf: AsOf, now: Date): FilterScope {
  return { asOf, now: asOf.observed ?? asOf.recorded ?? now };
}

/**
 * The condition that the row `host`, of `hosts` or `hostsAt`, is what a filter asks for: for lists, counts, and whatever is
 * done to all hosts that match. It says nothing of deleted hosts: `host.deleted_at IS NULL` belongs beside it. Throws
 * `not_in_history` where history cannot tell.
 */
export function hostsMatching(filter: Filter, scope: FilterScope): RawBuilder<unknown> {
  if (!isNow(scope.asOf)) assertShowsPast(filter);
  return conditionOf(filter, scope);
}

function conditionOf(filter: Filter, scope: FilterScope): RawBuilder<unknown> {
  switch (filter.kind) {
    case 'all':
      return joined(filter.parts, scope, sql` AND `);
    case 'any':
      return joined(filter.parts, scope, sql` OR `);
    case 'not':
      // What is not known is not so: a host without a name matches "not name:x".
      return sql`(${conditionOf(filter.part, scope)} IS NOT TRUE)`;
    case 'term':
      return isTerm(filter.pattern);
    default: {
      const { field, own, operator, values } = filter;
      const scoped = own === undefined ? scope : { ...scope, own };
      const conditions = values.map((value) => CONDITIONS[field](value, operator, scoped));
      return sql`(${sql.join(conditions, sql` OR `)})`;
    }
  }
}

function joined(parts: readonly Filter[], scope: FilterScope, by: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(${sql.join(
    parts.map((part) => conditionOf(part, scope)),
    by,
  )})`;
}
