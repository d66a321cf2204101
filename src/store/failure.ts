import { DatabaseError } from 'pg';
import { ScanoramaError } from '#domain/error.js';

/**
 * SQLSTATEs after which the same transaction may simply be tried again: serialization failure,
 * deadlock, lock not available, a session that timed out idle (a machine that slept), and everything that says the server or the connection went away.
 * Source: PostgreSQL, Appendix A.
 */
export const TRANSIENT_SQLSTATES: ReadonlySet<string> = new Set([
  '25P03',
  '40001',
  '40P01',
  '55P03',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '08000',
  '08001',
  '08003',
  '08004',
  '08006',
  '53300',
]);

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
  /connection terminated|timeout (expired|exceeded) when trying to connect|client has encountered a connection error|not queryable|connection ended/i;

export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

/** The constraint that refused a row. */
export function constraintOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.constraint : undefined;
}

function isConnectionFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const state = sqlStateOf(error);
  if (state !== undefined) return state.startsWith('08') || state.startsWith('57P') || state === '53300';
  const code = 'code' in error ? error.code : undefined;
  return (typeof code === 'string' && CONNECTION_CODES.has(code)) || CONNECTION_MESSAGES.test(error.message);
}

export function isTransient(error: unknown): boolean {
  const cause = error instanceof ScanoramaError ? error.cause : error;
  const state = sqlStateOf(cause);
  return state === undefined ? isConnectionFailure(cause) : TRANSIENT_SQLSTATES.has(state);
}

/** Turns what the driver throws into an error a person can read; our own errors pass unchanged. */
export function storageError(error: unknown): ScanoramaError {
  if (error instanceof ScanoramaError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (isConnectionFailure(error)) {
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

function sentence(message: string): string {
  const line = message.replaceAll(/\s+/g, ' ').trim();
  return line.endsWith('.') ? line : `${line}.`;
}
