import { repeat } from '#jobs/repeat.js';
import type { WorkContext } from '#work/context/context.js';
import { identifyDevices } from '#work/devices/identify-devices.js';

/** How often a server looks for scans that settled and whose devices nobody computed: most are done at the end of the scan. */
const POLL_MS = 30_000;
const FIRST_POLL_MS = 5_000;

/** Computes the devices of what others left, while a server runs; gives what ends it. */
export function keepIdentified(context: WorkContext, everyMs = POLL_MS): () => Promise<void> {
  const poll = async (signal: AbortSignal): Promise<void> => {
    if (context.store.breaker.isOpen) return;
    try {
      await identifyDevices(context, signal);
    } catch (error) {
      context.log.warn({ err: error }, 'devices could not be computed and will be later');
    }
  };
  return repeat(poll, { firstMs: Math.min(FIRST_POLL_MS, everyMs), everyMs });
}
