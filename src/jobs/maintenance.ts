import { makePartitions } from '#store/partitions.js';
import type { WorkContext } from '#work/context.js';

/** How often a server that stays up looks whether the next months have their partitions. */
export const MAINTENANCE_INTERVAL_MS = 6 * 3_600_000;

/** Keeps partitions ready while a server runs for months; gives what ends it. */
export function keepPartitionsReady(
  context: WorkContext,
  intervalMs = MAINTENANCE_INTERVAL_MS,
): () => Promise<void> {
  let making: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    making = makePartitions(context.store.read)
      .then((made) => {
        if (made > 0) context.log.info({ made }, 'partitions were made ahead');
        return undefined;
      })
      .catch((error: unknown) => context.log.warn({ err: error }, 'partitions could not be made ahead'));
  }, intervalMs);
  return async () => {
    clearInterval(timer);
    await making;
  };
}
