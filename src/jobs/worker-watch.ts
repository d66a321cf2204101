import { repeat } from '#jobs/repeat.js';
import type { WorkContext } from '#work/context/context.js';
import { LEASES_UNTIL_GONE, letOrphanedScansWait } from '#work/scans/end-scan.js';
import { noticeLostWorkers } from '#work/workers/workers.js';

/** How often a server looks who fell silent. */
const WATCH_INTERVAL_MS = 5_000;

/**
 * Notices workers that fell silent, and lets the scans that only they ran wait, so that these say for whom. While PostgreSQL
 * is away nobody can be heard, which is no sign of anybody's death: silence counts again once it is back for as long as one who was cut off is expected. Gives
 * what ends it.
 */
export function watchFleet(context: WorkContext, intervalMs = WATCH_INTERVAL_MS): () => Promise<void> {
  const { breaker } = context.store;
  let heedsFromMs = 0;
  const waitForResponse = (): void => {
    heedsFromMs = context.clock.monotonic() + LEASES_UNTIL_GONE * context.leaseMs;
  };
  const unsubscribe = breaker.onChange(waitForResponse);
  const poll = async (): Promise<void> => {
    if (breaker.isOpen || context.clock.monotonic() < heedsFromMs) return;
    if (!(await watch(context))) waitForResponse();
  };
  const end = repeat(poll, { firstMs: intervalMs, everyMs: intervalMs });
  return () => {
    unsubscribe();
    return end();
  };
}

/** False when it failed. */
async function watch(context: WorkContext): Promise<boolean> {
  try {
    await noticeLostWorkers(context);
    await letOrphanedScansWait(context);
    return true;
  } catch (error) {
    context.log.warn({ err: error }, 'looking after the workers failed and is tried again later');
    return false;
  }
}
