import { DatabaseError } from 'pg';
import { type ErrorDetails, ScanoramaError } from '#domain/errors/error.js';
import { SQLSTATE_RULES } from '#store/database/sqlstate.js';

/** Node's codes for a server that is not there or no longer answers. */
const CONNECTION_CODES: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EACCES',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const CONNECTION_MESSAGES =
  /connection terminated|timeout expired when trying to connect|client has encountered a connection error|not queryable|connection ended/i;

export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

/** The constraint that refused a row. */
export function constraintOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.constraint : undefined;
}

/** Whether an error, or the one behind it, says that PostgreSQL or the way to it is not there. */
export function isAway(error: unknown): boolean {
  if (error instanceof ScanoramaError)
    return error.code === 'database_unavailable' && (error.cause === undefined || isAway(error.cause));
  const state = sqlStateOf(error);
  if (state !== undefined) return SQLSTATE_RULES.get(state)?.isAway ?? false;
  // The queue library tells of errors by copies that are none.
  if (typeof error !== 'object' || error === null || !('message' in error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (SQLSTATE_RULES.get(code)?.isAway === true || CONNECTION_CODES.has(code)) return true;
  return CONNECTION_MESSAGES.test(String(error.message));
}

/** Whether the same transaction may simply be tried again. */
export function isTransient(error: unknown): boolean {
  return transienceOf(error) !== undefined;
}

/** What a retry is counted under where no SQLSTATE says why. */
export const LOST_CONNECTION = 'connection';

/** Why an error passes by itself: a SQLSTATE of the table, or `connection`; undefined when it does not. */
export function transienceOf(error: unknown): string | undefined {
  if (isPoolExhausted(error)) return LOST_CONNECTION;
  const cause = error instanceof ScanoramaError ? (error.cause ?? error) : error;
  const state = sqlStateOf(cause);
  if (state === undefined) return isAway(cause) ? LOST_CONNECTION : undefined;
  return SQLSTATE_RULES.get(state)?.isTransient === true ? state : undefined;
}

/** The error of a statement that is not sent because PostgreSQL is known to be away. */
export function databaseAway(): ScanoramaError {
  return new ScanoramaError(
    'database_unavailable',
    'The database is away; this program goes on when it is back.',
    {
      hint: 'Nothing that was stored is lost. Check that PostgreSQL runs.',
    },
  );
}

const POOL_EXHAUSTED = 'every connection is in use';

/** The error of whoever waited for a connection in vain. */
export function poolExhausted(connections: number, waitedMs: number, cause: unknown): ScanoramaError {
  return new ScanoramaError(
    'database_unavailable',
    `${connections === 1 ? 'The reserved database connection' : `All ${connections} database connections`} of this program stayed in use for ${waitedMs / 1_000} s.`,
    {
      hint: 'Try again in a moment; the metric scanorama_pool_waiting_requests shows how many wait.',
      facts: { reason: POOL_EXHAUSTED },
      cause,
    },
  );
}

function isPoolExhausted(error: unknown): boolean {
  return error instanceof ScanoramaError && error.facts?.['reason'] === POOL_EXHAUSTED;
}

/** Turns what the driver throws into an error a person can read; our own errors pass unchanged. */
export function storageError(error: unknown): ScanoramaError {
  if (error instanceof ScanoramaError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (isAway(error) || sqlStateOf(error) === '53300') {
    return new ScanoramaError(
      'database_unavailable',
      `The database cannot be reached: ${sentence(message)}`,
      {
        hint: 'Check that PostgreSQL runs and that --database-url or DATABASE_URL names it.',
        cause: error,
      },
    );
  }
  const sqlState = sqlStateOf(error);
  return new ScanoramaError('storage_failed', `The database refused to store or read: ${sentence(message)}`, {
    ...(sqlState === undefined ? {} : { facts: { sqlstate: sqlState } }),
    cause: error,
  });
}

/** Runs what waits for a lock; who waited in vain hears `conflict` in words of the caller. */
export async function unlessHeld<Result>(
  work: () => Promise<Result>,
  { message, ...details }: ErrorDetails & { readonly message: string },
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (sqlStateOf(error) !== '55P03') throw error;
    throw new ScanoramaError('conflict', message, { ...details, cause: error });
  }
}

function sentence(message: string): string {
  const line = message.replaceAll(/\s+/g, ' ').trim();
  return line.endsWith('.') ? line : `${line}.`;
}
