import { type RawBuilder, sql } from 'kysely';

/**
 * `undo_chain`, to be joined laterally: what the undos of the row with this id come to, each of which may be taken back by the
 * next. `undone_by` is the last of them where the row is taken back, and `recreated_by` where it stands again; whoever takes
 * that one back turns the matter round.
 */
export function undoChainOf(
  table: 'edits' | 'device_decisions',
  id: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`(
    WITH RECURSIVE chain AS (
      SELECT id, uid, 1 AS place FROM ${sql.table(table)} WHERE undoes = ${id}
      UNION ALL SELECT next.id, next.uid, chain.place + 1 FROM chain JOIN ${sql.table(table)} next ON next.undoes = chain.id)
    SELECT CASE WHEN place % 2 = 1 THEN uid END AS undone_by, CASE WHEN place % 2 = 0 THEN uid END AS recreated_by
    FROM chain ORDER BY place DESC LIMIT 1) AS undo_chain`;
}
