import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';

/** Says which version serves from now on. */
export async function setProgramVersion(executor: Executor, version: string): Promise<void> {
  await sql`
    INSERT INTO installation (version) VALUES (${version})
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, set_at = clock_timestamp()
    WHERE installation.version <> excluded.version`.execute(executor);
}

/** The version of the server that started last; null before the first. */
export async function findProgramVersion(executor: Executor): Promise<string | null> {
  const { rows } = await sql<{ version: string }>`SELECT version FROM installation`.execute(executor);
  return rows[0]?.version ?? null;
}
