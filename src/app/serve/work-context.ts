import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { localNetworks } from '#app/serve/local-networks.js';
import { resolveBySystem } from '#app/serve/resolver.js';
import type { WorkSettings } from '#config/work-settings.js';
import { createUid, UID_RANDOM_BYTES } from '#domain/errors/uid.js';
import { Semaphore } from '#domain/rates/concurrency-limit.js';
import { readOwnAddresses } from '#net/native/links/local-addresses.js';
import { systemClock } from '#net/send/system-clock.js';
import { MAX_BATCH_DELAY_MS } from '#scan/results/batches.js';
import type { WorkContext } from '#work/context/context.js';
import { MAX_BATCHES_AT_ONCE } from '#work/context/context.js';
import { OUTAGE_HOLD_MS } from '#work/context/retry.js';
import { ExclusionFeed } from '#work/exclusions/exclusion-feed.js';
import { IMPORT_BATCH_ROWS } from '#work/imports/report-batches.js';
import { Postponed } from '#work/schedules/postponed.js';
import { LiveSettings } from '#work/settings/live-settings.js';
import { RateShares } from '#work/settings/rate-shares.js';

/** Two containers may have the same name and process number, and one that is started again has. */
const OWNER_TAIL_BYTES = 3;

/** What work is given in this program, around the parts that differ. */
export function createWorkContext(
  { leaseMs, batchDelayMs = MAX_BATCH_DELAY_MS }: WorkSettings,
  parts: Pick<WorkContext, 'store' | 'log' | 'metrics' | 'prober' | 'enqueueShards' | 'post'>,
): WorkContext {
  // Its owner's name may be that of another: in containers process numbers are alike.
  const program = createUid(systemClock.now(), randomBytes(UID_RANDOM_BYTES));
  const shares = new RateShares({ ...parts, program });
  const settings = new LiveSettings();
  return {
    ...parts,
    exclusions: new ExclusionFeed({ ...parts, shares, settings, clock: systemClock }),
    settings,
    clock: systemClock,
    random: (bytes) => randomBytes(bytes),
    resolve: resolveBySystem,
    localNetworks,
    unreadable: new Postponed(systemClock),
    uncomputable: new Postponed(systemClock),
    batchSlots: new Semaphore(MAX_BATCHES_AT_ONCE),
    owner: `${hostname()}/${process.pid}-${randomBytes(OWNER_TAIL_BYTES).toString('hex')}`,
    get leaseMs() {
      return leaseMs ?? settings.leaseMs;
    },
    ownAddresses: readOwnAddresses,
    batchDelayMs,
    outageHoldMs: OUTAGE_HOLD_MS,
    importBatchRows: IMPORT_BATCH_ROWS,
  };
}
