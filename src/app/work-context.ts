import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { resolveBySystem } from '#app/resolver.js';
import { systemClock } from '#app/system-clock.js';
import type { WorkSettings } from '#config/work-settings.js';
import { readOwnAddresses } from '#native/own-addresses.js';
import { MAX_BATCH_DELAY_MS } from '#scan/batches.js';
import type { WorkContext } from '#work/context.js';
import { ExclusionFeed } from '#work/exclusion-feed.js';
import { OUTAGE_HOLD_MS } from '#work/retry.js';
import { MAX_BATCHES_AT_ONCE, Turns } from '#work/turns.js';

/** What work is given in this program, around the parts that differ. */
export function createWorkContext(
  { leaseMs, batchDelayMs = MAX_BATCH_DELAY_MS }: WorkSettings,
  parts: Pick<WorkContext, 'store' | 'log' | 'metrics' | 'prober' | 'enqueueShards'>,
): WorkContext {
  return {
    ...parts,
    exclusions: new ExclusionFeed(parts.store, parts.log),
    clock: systemClock,
    random: (bytes) => randomBytes(bytes),
    resolve: resolveBySystem,
    batchTurns: new Turns(MAX_BATCHES_AT_ONCE),
    owner: `${hostname()}/${process.pid}`,
    leaseMs,
    ownAddresses: readOwnAddresses,
    batchDelayMs,
    outageHoldMs: OUTAGE_HOLD_MS,
  };
}
