import { sql } from 'kysely';
import type { Executor } from '#store/database.js';

/** What PostgreSQL says of itself and of the schema in it. */
export interface ServerFacts {
  readonly serverVersion: string;
  readonly schemaVersion: number | null;
}

export async function findServerFacts(executor: Executor): Promise<ServerFacts> {
  const { rows } = await sql<ServerFacts>`
    SELECT current_setting('server_version') AS "serverVersion", max(version) AS "schemaVersion"
    FROM schema_migrations`.execute(executor);
  const facts = rows[0];
  if (facts === undefined) throw new Error('an aggregate returned no row');
  return facts;
}

/** The version PostgreSQL says it has, also where nothing of ours is stored. */
export async function findServerVersion(executor: Executor): Promise<string | null> {
  const { rows } = await sql<{ version: string }>`
    SELECT current_setting('server_version') AS version`.execute(executor);
  return rows[0]?.version ?? null;
}

/** Settles when the database answered; throws the driver's error when it cannot. */
export async function pingDatabase(executor: Executor): Promise<void> {
  await sql`SELECT 1`.execute(executor);
}
