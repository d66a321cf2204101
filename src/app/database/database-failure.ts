import { ScanoramaError } from '#domain/errors/error.js';
import { sqlStateOf } from '#store/database/failure.js';

const HINT = 'Check that PostgreSQL runs there and that --database-url or DATABASE_URL names it.';

/** What the system says of an address where no PostgreSQL answers. */
const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  EHOSTUNREACH: 'there is no way to that machine',
  ENETUNREACH: 'there is no way to that network',
  ENOENT: 'there is no such socket',
  ENOTFOUND: 'the name is unknown',
  EAI_AGAIN: 'the name could not be looked up',
  ETIMEDOUT: 'there was no answer in time',
};

/** Why the first connection to a database of one's own failed, as one sentence that never holds the password. */
export function unreachableDatabase(url: string, error: unknown): ScanoramaError {
  const state = sqlStateOf(error);
  const { host } = new URL(url);
  const where = host === '' ? 'The database' : `The database at ${host}`;
  const what = state === undefined ? 'cannot be reached' : 'refuses the connection';
  return new ScanoramaError('database_unavailable', `${where} ${what}: ${reasonOf(error)}.`, {
    hint: hintFor(state),
    ...(state === undefined ? {} : { facts: { sqlstate: state } }),
    cause: error,
  });
}

function hintFor(sqlState: string | undefined): string {
  if (sqlState?.startsWith('28') === true)
    return 'Check the user and the password in --database-url or DATABASE_URL.';
  if (sqlState === '3D000')
    return 'Create that database, or name another with --database-url or DATABASE_URL.';
  return HINT;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/password must be a string/.test(error.message)) return 'it asks for a password, and none was given';
  return SYSTEM_REASONS[code] ?? (error.message.replaceAll(/\s+/g, ' ').replace(/[.\s]+$/, '') || code);
}
