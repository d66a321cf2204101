import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';

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

/** What PostgreSQL counted in our database since its statistics began, whoever caused it. */
export interface ServerActivity {
  readonly committed: number;
  readonly rolledBack: number;
  readonly deadlocks: number;
}

export async function findServerActivity(executor: Executor): Promise<ServerActivity> {
  const { rows } = await sql<ServerActivity>`
    SELECT xact_commit AS committed, xact_rollback AS "rolledBack", deadlocks
    FROM pg_stat_database WHERE datname = current_database()`.execute(executor);
  const activity = rows[0];
  if (activity === undefined) throw new Error('the statistics know every database');
  return activity;
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
