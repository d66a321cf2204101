import type { Access, Connection } from '#app/interface.js';
import { appIo } from '#cli/arguments/print-notice.js';
import type { Context } from '#cli/program/command.js';
import { ScanoramaError } from '#domain/errors/error.js';

/**
 * Provides a connection and always closes it. An interruption that the command does not handle ends the wait with
 * `interrupted`. The server may still complete the request.
 */
export function withConnection<Result>(
  context: Context,
  use: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  return lend(context, 'any', use);
}

/** The same for a command that only uses stored data. It does not create a database where none exists. */
export function withStored<Result>(
  context: Context,
  use: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  return lend(context, 'stored', use);
}

async function lend<Result>(
  context: Context,
  access: Access,
  use: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const { signal } = context.io.interrupts;
  const app = await context.loadApp();
  const connection = await app.connect(context.globals.place, appIo(context, signal), access);
  try {
    if (signal.aborted) throw interrupted();
    return await unlessInterrupted(use(connection), signal);
  } catch (error) {
    throw connection.where === 'remote' ? inStandardTerms(error) : error;
  } finally {
    await connection.close();
  }
}

/** A server speaks of headers and signing in; here a key is given in two ways. */
function inStandardTerms(error: unknown): unknown {
  if (!(error instanceof ScanoramaError) || error.code !== 'unauthenticated') return error;
  return new ScanoramaError(error.code, error.message, {
    hint: 'Give a valid key with --api-key or SCANORAMA_API_KEY; `scanorama api-keys create NAME` on the machine of the server makes one.',
    cause: error,
  });
}

/** The result, or the error `interrupted` as soon as the signal aborts. */
export async function unlessInterrupted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(interrupted());
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    work.catch(() => undefined);
  }
}

export function interrupted(): ScanoramaError {
  return new ScanoramaError('interrupted', 'Interrupted before it was done.');
}
