import { sql } from 'kysely';
import { ScanoramaError } from '#domain/error.js';
import type { Executor } from '#store/database.js';

/** The id of a site by its name; `not_found` names it. */
export async function siteIdByName(executor: Executor, name: string): Promise<number> {
  const { rows } = await sql<{ id: number }>`SELECT id FROM sites WHERE name = ${name}`.execute(executor);
  const site = rows[0];
  if (site === undefined) throw await unknownSite(executor, name);
  return site.id;
}

/** More names than this are no hint any more. */
const NAMED_SITES = 10;

async function unknownSite(executor: Executor, name: string): Promise<ScanoramaError> {
  const { rows } = await sql<{ name: string }>`
    SELECT name FROM sites ORDER BY name LIMIT ${NAMED_SITES}`.execute(executor);
  const names = rows.map((site) => site.name).join(', ');
  return new ScanoramaError('not_found', `There is no site named "${name}".`, {
    at: name,
    hint: rows.length === 1 ? `There is one site, named ${names}.` : `There are the sites ${names}.`,
  });
}
