import { repeat } from '#jobs/repeat.js';
import type { WorkContext } from '#work/context.js';
import { letOrphanedScansWait } from '#work/settle-scan.js';
import { noticeLostWorkers } from '#work/workers.js';

/** How often a server looks who fell silent. */
const WATCH_INTERVAL_MS = 5_000;

/**
 * Notices workers that fell silent, and lets the scans that only they ran wait, so that these say for whom. Gives what ends it.
 */
export function watchFleet(context: WorkContext, intervalMs = WATCH_INTERVAL_MS): () => Promise<void> {
  return repeat(() => watch(context), { firstMs: intervalMs, everyMs: intervalMs });
}

async function watch(context: WorkContext): Promise<void> {
  const { store, log } = context;
  if (store.breaker.isOpen) return;
  try {
    await noticeLostWorkers(context);
    await letOrphanedScansWait(context);
  } catch (error) {
    log.warn({ err: error }, 'looking after the workers failed and is tried again later');
  }
}
