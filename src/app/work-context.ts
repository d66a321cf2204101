import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { resolveBySystem } from '#app/resolver.js';
import { systemClock } from '#app/system-clock.js';
import type { WorkContext } from '#work/context.js';
import { OUTAGE_HOLD_MS } from '#work/retry.js';
import { MAX_BATCHES_AT_ONCE, Turns } from '#work/turns.js';

/** How long a worker may be silent before another may take its shards over. */
const LEASE_MS = 15_000;

/** What work is given in this program, around the parts that differ. */
export function createWorkContext(
  parts: Pick<WorkContext, 'store' | 'log' | 'metrics' | 'prober' | 'enqueueShards'>,
): WorkContext {
  return {
    ...parts,
    clock: systemClock,
    random: (bytes) => randomBytes(bytes),
    resolve: resolveBySystem,
    batchTurns: new Turns(MAX_BATCHES_AT_ONCE),
    owner: `${hostname()}/${process.pid}`,
    leaseMs: LEASE_MS,
    outageHoldMs: OUTAGE_HOLD_MS,
  };
}
