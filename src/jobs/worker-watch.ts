import { repeat } from '#jobs/repeat.js';
import type { WorkContext } from '#work/context/context.js';
import { LEASES_UNTIL_GONE, letOrphanedScansWait } from '#work/scans/end-scan.js';
import { noticeLostWorkers } from '#work/workers/workers.js';

/** How often a server looks for workers that stopped sending heartbeats. */
const WATCH_INTERVAL_MS = 5_000;

/**
 * Detects workers that stopped sending heartbeats, and sets scans that only they ran to waiting, with what they wait
 * for. While PostgreSQL is unavailable no heartbeat can arrive, so a missing one means nothing. Heartbeats count
 * again after PostgreSQL is back for the time in which a disconnected worker is expected to return. Returns a
 * function that ends this.
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

/** Returns false when it failed. */
async function watch(context: WorkContext): Promise<boolean> {
  try {
    await noticeLostWorkers(context);
    await letOrphanedScansWait(context);
    return true;
  } catch (error) {
    context.log.warn({ err: error }, 'checking the workers failed; will be retried');
    return false;
  }
}
