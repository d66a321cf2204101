import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';
import { type AsOf, within } from '#store/history/as-of.js';

/** A name that a host was found or called by, and who said so last. */
export interface FoundName {
  readonly name: string;
  /** Null: what a person called it. */
  readonly reason: string | null;
  readonly isCustom: boolean;
  readonly observedAt: Date;
  readonly scanUid: string | null;
  readonly actor: string | null;
}

/**
 * Every name that scans found and people gave, each of them once by whoever said it last, the newest first. As of an
 * instant: what history tells of it until then.
 */
export async function listFoundNames(
  executor: Executor,
  hostId: number,
  asOf: AsOf,
): Promise<readonly FoundName[]> {
  const { rows } = await sql<FoundName>`
    SELECT found.name, found.reason, found."isCustom", found."observedAt", job.uid AS "scanUid", found.actor FROM (
      SELECT DISTINCT ON (past.fact, past.new_value, past.reason) past.new_value AS name, past.reason,
        past.fact = 'custom_name' AS "isCustom", past.observed_at AS "observedAt", past.job_id, past.actor
      FROM host_history past WHERE past.host_id = ${hostId} AND past.fact IN ('hostname', 'custom_name') AND past.port IS NULL
        AND past.new_value IS NOT NULL AND ${within(asOf)}
      ORDER BY past.fact, past.new_value, past.reason, past.observed_at DESC, past.id DESC) AS found
      LEFT JOIN scan_jobs job ON job.id = found.job_id
    ORDER BY found."observedAt" DESC, found.name LIMIT ${MAX_NAMES}`.execute(executor);
  return rows;
}

/** Names that one host is told of with. */
const MAX_NAMES = 50;
