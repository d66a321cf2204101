import { type RawBuilder, sql } from 'kysely';
import type { Executor } from '#store/database/database.js';
import { type Namesakes, namesakesOf } from '#store/edits/label-edits.js';

/** What people said anew of what an edit says. */
export interface LaterEdits {
  readonly editIds: readonly number[];
  /** What was said of one of these was said of what it has the name of. */
  readonly namesakes: Namesakes;
}

/**
 * The acts of people that said anew of a host what this edit says of it, and are in force: not taken back, or that was
 * taken back in turn. What an undo wrote is no act of its own: it makes what was before it stand again.
 */
export async function editsReaffirming(executor: Executor, editId: number): Promise<LaterEdits> {
  const namesakes = await namesakesOf(executor, editId);
  const { rows } = await sql<{ id: number }>`
    WITH RECURSIVE chain AS (
      SELECT origin.id AS origin, origin.id FROM edits origin WHERE origin.undoes IS NULL AND origin.id IN (
        SELECT again.edit_id FROM host_edits past JOIN host_edits again ON ${isAgain(namesakes)} WHERE past.edit_id = ${editId})
      UNION ALL SELECT chain.origin, undoing.id FROM chain JOIN edits undoing ON undoing.undoes = chain.id
    ) SELECT origin AS id FROM chain GROUP BY origin HAVING count(*) % 2 = 1`.execute(executor);
  return { editIds: rows.map(({ id }) => id), namesakes };
}

/** Whether none of these edits says again what the row `past` of `host_edits` says. */
export function isUnreferenced({ editIds, namesakes }: LaterEdits): RawBuilder<unknown> {
  return sql`NOT EXISTS (
    SELECT FROM host_edits again WHERE ${isAgain(namesakes)} AND again.edit_id = ANY(${editIds}::bigint[]))`;
}

function isAgain(namesakes: Namesakes): RawBuilder<unknown> {
  const [gone, others] = [namesakes.map(({ uid }) => uid), namesakes.map(({ other }) => other)];
  return sql`again.host_id = past.host_id AND again.kind = past.kind AND again.id > past.id
    AND (again.subject IS NOT DISTINCT FROM past.subject OR (past.subject, again.subject) IN (
      SELECT * FROM unnest(${gone}::uuid[], ${others}::uuid[])))`;
}
