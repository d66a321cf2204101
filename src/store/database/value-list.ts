import { type RawBuilder, sql } from 'kysely';

/** Words of the domain as an SQL list of literals, which the condition of a partial index is recognised by. */
export function valueList(terms: readonly string[]): RawBuilder<unknown> {
  return sql.join(terms.map((term) => sql.lit(term)));
}
