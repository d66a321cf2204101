import { type RawBuilder, sql } from 'kysely';

/** Words of the domain as an SQL list of literals, which the condition of a partial index is recognised by. */
export function valueList(words: readonly string[]): RawBuilder<unknown> {
  return sql.join(words.map((word) => sql.lit(word)));
}
