import { escapeIdentifier, type PoolClient } from 'pg';
import { ScanoramaError } from '#domain/errors/error.js';
import { withCopySession } from '#store/database/copy-session.js';
import { type Database, type DatabaseAddress, openDatabase } from '#store/database/database.js';
import { storageError } from '#store/database/failure.js';

/** Names the advisory lock that lets one drill run at a time ("dril" in ASCII). */
const DRILL_LOCK = 0x6472696c;
/** The longest that making or removing a database may take. */
const SCRATCH_TIMEOUT_MS = 600_000;

export interface ScratchDatabase {
  readonly name: string;
  readonly database: Database;
}

/**
 * Lends an empty database beside the one at `address`, on the same server, and removes it again whatever happens. Its
 * name follows from that database, of which nothing else is used: the one that a killed program left is removed first.
 * Throws `privilege_missing` for a role that may make none, and `conflict` while another program lends one.
 */
export async function withScratchDatabase<Result>(
  database: Database,
  address: DatabaseAddress,
  work: (scratch: ScratchDatabase) => Promise<Result>,
): Promise<Result> {
  // Without the signal: an abort ends the work, and what was made is removed all the same.
  const limits = { statementTimeoutMs: SCRATCH_TIMEOUT_MS, signal: undefined };
  return withCopySession(database, limits, async ({ client }) => {
    const name = await takeLock(client);
    await makeDatabase(client, name).catch((error: unknown) => {
      throw storageError(error);
    });
    const scratch = openDatabase(inDatabase(address, name), () => undefined);
    const remove = async (): Promise<void> => {
      await scratch.close();
      await dropDatabase(client, name);
    };
    let result: Result;
    try {
      result = await work({ name, database: scratch });
    } catch (error) {
      // Where this fails too, the next drill removes it.
      await remove().catch(() => undefined);
      throw error;
    }
    await remove();
    await client.query('SELECT pg_advisory_unlock($1)', [DRILL_LOCK]);
    await client.query('RESET statement_timeout');
    return result;
  });
}

/** The lock goes with the connection. Gives the name of the scratch database. */
async function takeLock(client: PoolClient): Promise<string> {
  const { rows } = await client.query<{ taken: boolean; may: boolean; role: string; name: string }>(
    `SELECT pg_try_advisory_lock($1) AS taken, rolcreatedb OR rolsuper AS may, rolname::text AS role,
      'scanorama_drill_' || (SELECT oid FROM pg_database WHERE datname = current_database()) AS name
    FROM pg_roles WHERE rolname = current_user`,
    [DRILL_LOCK],
  );
  const turn = rows[0];
  if (turn === undefined || !turn.may) {
    throw new ScanoramaError(
      'privilege_missing',
      'This role of the database may not make a scratch database.',
      {
        hint: `Let it: ALTER ROLE ${escapeIdentifier(turn?.role ?? '')} CREATEDB. Or leave --database-url out, and the embedded database is used.`,
      },
    );
  }
  if (!turn.taken) {
    throw new ScanoramaError('conflict', 'Another drill is running on this database.', {
      hint: 'Wait for its end, and try again.',
    });
  }
  return turn.name;
}

/** As the database beside it is made, from a template that nobody can have changed. */
async function makeDatabase(client: PoolClient, name: string): Promise<void> {
  await client.query(`SELECT set_config('statement_timeout', $1, false)`, [String(SCRATCH_TIMEOUT_MS)]);
  await dropDatabase(client, name);
  const { rows } = await client.query<{ options: string }>(`
    SELECT format('ENCODING %L LC_COLLATE %L LC_CTYPE %L', pg_encoding_to_char(encoding), datcollate, datctype) AS options
    FROM pg_database WHERE datname = current_database()`);
  await client.query(
    `CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE template0 ${rows[0]?.options ?? ''}`,
  );
}

async function dropDatabase(client: PoolClient, name: string): Promise<void> {
  await client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
}

/** The same server and the same way to sign in. */
function inDatabase(address: DatabaseAddress, name: string): DatabaseAddress {
  if (address.connectionString === undefined) return { ...address, database: name };
  const url = new URL(address.connectionString);
  url.pathname = `/${name}`;
  return { ...address, connectionString: url.href };
}
