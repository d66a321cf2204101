import type { Connection } from '#app/interface.js';
import { appIo } from '#cli/note.js';
import type { Context } from '#cli/verb.js';
import { ScanoramaError } from '#domain/error.js';

/**
 * Lends a connection and lets go of it whatever happens. An interruption that the verb did not
 * take over ends the wait with `interrupted`; what was asked of the server may still be done there.
 */
export async function withConnection<Result>(
  context: Context,
  use: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const { signal } = context.io.interrupts;
  const app = await context.loadApp();
  const connection = await app.connect(context.globals.place, appIo(context, signal));
  try {
    if (signal.aborted) throw interrupted();
    return await unlessInterrupted(use(connection), signal);
  } finally {
    await connection.close();
  }
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
