import { repeat } from '#jobs/repeat.js';
import type { WorkContext } from '#work/context/context.js';
import { identifyDevices } from '#work/devices/identify-devices.js';

/**
 * How often a server looks for completed scans whose devices are not computed yet. Most are computed at the end of
 * the scan.
 */
const POLL_MS = 30_000;
const FIRST_POLL_MS = 5_000;

/** Computes devices left over by other processes while a server runs. Returns a function that ends this. */
export function keepIdentified(context: WorkContext, everyMs = POLL_MS): () => Promise<void> {
  const poll = async (signal: AbortSignal): Promise<void> => {
    if (context.store.breaker.isOpen) return;
    try {
      await identifyDevices(context, signal);
    } catch (error) {
      context.log.warn({ err: error }, 'devices could not be computed; will be retried');
    }
  };
  return repeat(poll, { firstMs: Math.min(FIRST_POLL_MS, everyMs), everyMs });
}
