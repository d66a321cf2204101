import { deleteExpiredAccess } from '#store/access.js';
import { makePartitions } from '#store/partitions.js';
import type { WorkContext } from '#work/context.js';

/** How often a server that stays up sees to what only time brings. */
export const MAINTENANCE_INTERVAL_MS = 6 * 3_600_000;

/** Keeps partitions ready and expired sessions away while a server runs for months; gives what ends it. */
export function keepMaintained(
  context: WorkContext,
  intervalMs = MAINTENANCE_INTERVAL_MS,
): () => Promise<void> {
  let maintaining: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    maintaining = maintain(context);
  }, intervalMs);
  return async () => {
    clearInterval(timer);
    await maintaining;
  };
}

async function maintain({ store, log }: WorkContext): Promise<void> {
  try {
    const made = await makePartitions(store.read);
    if (made > 0) log.info({ made }, 'partitions were made ahead');
    await deleteExpiredAccess(store.read);
  } catch (error) {
    log.warn({ err: error }, 'maintenance failed and is tried again later');
  }
}
