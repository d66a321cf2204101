import { sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import { firstOf } from '#domain/text/first-items.js';
import type { Executor } from '#store/database/database.js';

export interface References {
  readonly jobIds: readonly number[];
  readonly hostIds: readonly number[];
}

/** How many missing ids an error lists; the rest are only counted. */
export const LISTED_MISSING_IDS = 20;

/**
 * Proves that every job and host named exists, in one statement, and holds them with FOR KEY SHARE
 * until the transaction ends, so that nobody deletes one between the proof and the insert (I3).
 * `missing_reference` lists the ids that are missing.
 */
export async function verifyReferences(executor: Executor, references: References): Promise<void> {
  const { rows } = await sql<{ kind: 'job' | 'host'; id: number }>`
    WITH job AS (SELECT id FROM scan_jobs WHERE id = ANY(${references.jobIds}::bigint[]) ORDER BY id FOR KEY SHARE),
      host AS (SELECT id FROM hosts WHERE id = ANY(${references.hostIds}::bigint[]) ORDER BY id FOR KEY SHARE)
    SELECT 'job' AS kind, id FROM unnest(${references.jobIds}::bigint[]) AS named(id)
      WHERE NOT EXISTS (SELECT FROM job WHERE job.id = named.id)
    UNION
    SELECT 'host', id FROM unnest(${references.hostIds}::bigint[]) AS named(id)
      WHERE NOT EXISTS (SELECT FROM host WHERE host.id = named.id)
    ORDER BY 1, 2`.execute(executor);
  if (rows.length === 0) return;
  const jobs = rows.filter((row) => row.kind === 'job').map((row) => row.id);
  const hosts = rows.filter((row) => row.kind === 'host').map((row) => row.id);
  const named = [
    ...(jobs.length > 0 ? [`scan ${firstOf(jobs.map(String), LISTED_MISSING_IDS)}`] : []),
    ...(hosts.length > 0 ? [`host ${firstOf(hosts.map(String), LISTED_MISSING_IDS)}`] : []),
  ].join(' and ');
  throw new ScanoramaError('missing_reference', `Nothing was stored because ${named} does not exist.`, {
    facts: {
      missing_jobs: jobs.slice(0, LISTED_MISSING_IDS),
      missing_hosts: hosts.slice(0, LISTED_MISSING_IDS),
    },
  });
}
