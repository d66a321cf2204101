import { sql } from 'kysely';
import { ScanoramaError } from '#domain/error.js';
import type { Executor } from '#store/database.js';

/** The id of a site by its name; `not_found` names it. */
export async function siteIdByName(executor: Executor, name: string): Promise<number> {
  const { rows } = await sql<{ id: number }>`SELECT id FROM sites WHERE name = ${name}`.execute(executor);
  const site = rows[0];
  if (site === undefined) {
    throw new ScanoramaError('not_found', `There is no site named "${name}".`, {
      at: name,
      hint: 'The site that always exists is named default.',
    });
  }
  return site.id;
}
