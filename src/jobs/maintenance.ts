import { repeat } from '#jobs/repeat.js';
import { deleteExpiredAccess } from '#store/access/access.js';
import type { Executor } from '#store/database/database.js';
import { makePartitions } from '#store/ports/partitions.js';
import { deleteOldRuns } from '#store/schedules/schedule-runs.js';
import type { WorkContext } from '#work/context/context.js';
import { healDevices } from '#work/devices/identify-devices.js';
import { applyRetention } from '#work/retention/apply-retention.js';

/** How often a long-running server does periodic maintenance. */
export const MAINTENANCE_INTERVAL_MS = 6 * 3_600_000;
/** When it does so first: soon enough for a server that is restarted daily, but not while it is starting. */
const FIRST_MAINTENANCE_MS = 60_000;

/**
 * Creates partitions ahead of time, removes expired sessions, applies retention and repairs devices while a server
 * runs. Returns a function that ends this between two slices of a deletion.
 */
export function keepMaintained(
  context: WorkContext,
  intervalMs = MAINTENANCE_INTERVAL_MS,
): () => Promise<void> {
  const firstMs = Math.min(FIRST_MAINTENANCE_MS, intervalMs);
  return repeat((signal) => maintain(context, signal), { firstMs, everyMs: intervalMs });
}

async function maintain(context: WorkContext, signal: AbortSignal): Promise<void> {
  const { store, log } = context;
  try {
    const created = await makePartitions(store.read);
    if (created > 0) log.info({ created }, 'partitions were created ahead of time');
    await deleteExpiredAccess(store.read);
    await forgetOldRuns(store.read, signal);
    await applyRetention(context, signal);
    await healDevices(context, signal);
  } catch (error) {
    log.warn({ err: error }, 'maintenance failed; will be retried');
  }
}

/** How long the runs of schedules are kept. */
const KEPT_RUN_DAYS = 400;
const RUNS_AT_ONCE = 1_000;

async function forgetOldRuns(executor: Executor, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await deleteOldRuns(executor, KEPT_RUN_DAYS, RUNS_AT_ONCE)) === RUNS_AT_ONCE);
}
