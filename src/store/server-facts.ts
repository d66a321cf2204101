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

/** Settles when the database answered; throws the driver's error when it cannot. */
export async function pingDatabase(executor: Executor): Promise<void> {
  await sql`SELECT 1`.execute(executor);
}
