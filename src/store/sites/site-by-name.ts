import { type RawBuilder, sql } from 'kysely';
import { foldCase } from '#domain/filter/pattern.js';

/** Whether a site is called so, whatever the case; `column` is its name. */
export function isSiteCalled(name: string, column: RawBuilder<unknown> = sql`name`): RawBuilder<boolean> {
  return sql`(lower(${column} COLLATE "C") = ${foldCase(name)})`;
}
