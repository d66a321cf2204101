import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { localNetworks } from '#app/local-networks.js';
import { resolveBySystem } from '#app/resolver.js';
import type { WorkSettings } from '#config/work-settings.js';
import { Turns } from '#domain/turns.js';
import { readOwnAddresses } from '#native/own-addresses.js';
import { MAX_BATCH_DELAY_MS } from '#scan/batches.js';
import { systemClock } from '#send/system-clock.js';
import type { WorkContext } from '#work/context.js';
import { MAX_BATCHES_AT_ONCE } from '#work/context.js';
import { ExclusionFeed } from '#work/exclusion-feed.js';
import { OUTAGE_HOLD_MS } from '#work/retry.js';

/** What work is given in this program, around the parts that differ. */
export function createWorkContext(
  { leaseMs, batchDelayMs = MAX_BATCH_DELAY_MS }: WorkSettings,
  parts: Pick<WorkContext, 'store' | 'log' | 'metrics' | 'prober' | 'enqueueShards'>,
): WorkContext {
  return {
    ...parts,
    exclusions: new ExclusionFeed({ ...parts, clock: systemClock }),
    clock: systemClock,
    random: (bytes) => randomBytes(bytes),
    resolve: resolveBySystem,
    localNetworks,
    batchTurns: new Turns(MAX_BATCHES_AT_ONCE),
    owner: `${hostname()}/${process.pid}`,
    leaseMs,
    ownAddresses: readOwnAddresses,
    batchDelayMs,
    outageHoldMs: OUTAGE_HOLD_MS,
  };
}
