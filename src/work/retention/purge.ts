import { ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';
import { type Purge, recordPurge, wasPurged } from '#store/events/events.js';
import { takeRemovalLock } from '#store/retention/removal-lock.js';
import { PURGE_TIMEOUT_MS } from '#store/scans/scan-deletion.js';
import type { WorkContext } from '#work/context/context.js';
import { retryTransient } from '#work/context/retry.js';

/**
 * One purge in a transaction of its own, in its turn and with its event, tried again when it failed for a reason that
 * passes. A try whose answer was lost may have been committed: then the next finds nothing, and the event says why.
 * `remove` gives what the event tells beside the id.
 */
export async function purgeSerially(
  context: WorkContext,
  purge: Purge,
  remove: (executor: Executor) => Promise<Readonly<Record<string, unknown>>>,
): Promise<void> {
  let tries = 0;
  await retryTransient(context, async () => {
    tries += 1;
    try {
      await context.store.transaction(
        async (executor) => {
          await takeRemovalLock(executor);
          await recordPurge(executor, purge, await remove(executor));
        },
        { statementTimeoutMs: PURGE_TIMEOUT_MS },
      );
    } catch (error) {
      const isGone = error instanceof ScanoramaError && error.code === 'not_found';
      if (!isGone || tries === 1 || !(await wasPurged(context.store.read, purge))) throw error;
    }
  });
  context.log.info({ [purge.what]: purge.uid, actor: purge.actor }, `${purge.what} purged`);
}
