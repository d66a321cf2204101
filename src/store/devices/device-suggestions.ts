import { type RawBuilder, sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';
import type { Page } from '#store/scans/scan-views.js';
import { isSiteCalled } from '#store/sites/site-by-name.js';

/** Two devices that may be one. */
export interface SuggestionView {
  readonly uid: string;
  readonly oneId: number;
  readonly otherId: number;
  readonly score: number;
  readonly reasons: readonly string[];
  readonly veto: string | null;
}

function suggestionViews(condition: RawBuilder<unknown>): RawBuilder<SuggestionView> {
  return sql<SuggestionView>`
    SELECT near.uid, near.one_id AS "oneId", near.other_id AS "otherId", near.score, near.reasons, near.veto
    FROM device_suggestions near JOIN devices one ON one.id = near.one_id WHERE ${condition}`;
}

const ofSite = (site: string | undefined) =>
  site === undefined ? sql`true` : sql`one.site_id IN (SELECT id FROM sites WHERE ${isSiteCalled(site)})`;

/** The most likely first. */
export async function listSuggestions(
  executor: Executor,
  page: Page,
  site: string | undefined,
): Promise<readonly SuggestionView[]> {
  const { rows } = await suggestionViews(sql`${ofSite(site)}
    ORDER BY near.score DESC, near.one_id, near.other_id LIMIT ${page.limit} OFFSET ${page.offset}`).execute(
    executor,
  );
  return rows;
}

export async function countSuggestions(executor: Executor, site: string | undefined): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM device_suggestions near JOIN devices one ON one.id = near.one_id
    WHERE ${ofSite(site)}`.execute(executor);
  return rows[0]?.count ?? 0;
}

export async function suggestionsOfDevice(
  executor: Executor,
  deviceId: number,
  limit: number,
): Promise<readonly SuggestionView[]> {
  const { rows } = await suggestionViews(sql`near.one_id = ${deviceId} OR near.other_id = ${deviceId}
    ORDER BY near.score DESC, near.one_id, near.other_id LIMIT ${limit}`).execute(executor);
  return rows;
}

/** One suggestion; `not_found`, also when it is one no more. */
export async function findSuggestion(executor: Executor, uid: string): Promise<SuggestionView> {
  const { rows } = await suggestionViews(sql`near.uid = ${uid}`).execute(executor);
  const row = rows[0];
  if (row === undefined)
    throw new ScanoramaError(
      'not_found',
      `There is no suggestion with the id ${uid}, or it is none any more.`,
      {
        at: uid,
        hint: '`scanorama devices suggestions` shows what is suggested now.',
      },
    );
  return row;
}
