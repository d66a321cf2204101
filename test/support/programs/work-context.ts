import { randomBytes } from 'node:crypto';
import { isLoopback } from '#domain/addresses/address.js';
import { createUid, UID_RANDOM_BYTES } from '#domain/errors/uid.js';
import { Semaphore } from '#domain/rates/concurrency-limit.js';
import { connectTcp } from '#net/probe/ports/tcp-connect.js';
import { ScanPaces } from '#net/send/scan-pace.js';
import { systemClock } from '#net/send/system-clock.js';
import { createConnectEngine } from '#scan/connect/connect-engine.js';
import type { Engine } from '#scan/engine/engine.js';
import { createLocalProber } from '#scan/engine/local-prober.js';
import type { MissingEngine, Prober, ProberFacts } from '#scan/engine/prober.js';
import { MAX_BATCH_DELAY_MS } from '#scan/results/batches.js';
import type { Store } from '#store/database/store.js';
import { createLog } from '#telemetry/log.js';
import { createMetrics } from '#telemetry/metrics.js';
import type { WorkContext } from '#work/context/context.js';
import { MAX_BATCHES_AT_ONCE } from '#work/context/context.js';
import { OUTAGE_HOLD_MS } from '#work/context/retry.js';
import { ExclusionFeed, type ExclusionFeedOptions } from '#work/exclusions/exclusion-feed.js';
import { IMPORT_BATCH_ROWS } from '#work/imports/report-batches.js';
import { Postponed } from '#work/schedules/postponed.js';
import { LiveSettings } from '#work/settings/live-settings.js';
import { RateShares } from '#work/settings/rate-shares.js';

const clock = systemClock;

/** The real probe, for loopback only: a test that names any other address by mistake fails instead of sending. */
const connectOnLoopback: typeof connectTcp = (permit, options) => {
  if (!isLoopback(permit.probe.address)) throw new Error('a test tried to send beyond loopback');
  return connectTcp(permit, options);
};

export const PROBER_FACTS: ProberFacts = {
  where: 'in-process',
  nodePath: '/usr/bin/node',
  nodeVersion: 'v24.0.0',
  platform: 'linux',
  rawPackets: false,
  liveHosts: false,
  descriptorLimit: 1_024,
  nmapVersion: null,
};

/** A prober in this process, with these engines. */
export function proberOf(engines: readonly Engine[], missing: readonly MissingEngine[] = []): Prober {
  return createLocalProber({ engines, missing, paces: new ScanPaces(clock), clock, facts: PROBER_FACTS });
}

/** An exclusion feed of another program, which shares the rates. */
export function createFeed(store: Store, parts: Partial<ExclusionFeedOptions> = {}): ExclusionFeed {
  const program = createUid(clock.now(), randomBytes(UID_RANDOM_BYTES));
  const options = { store, settings: new LiveSettings(), log: createLog('silent'), clock, ...parts };
  const shares = new RateShares({ ...options, program });
  return new ExclusionFeed({ shares, metrics: createMetrics(), ...options });
}

/** A work context over a real store and the real connect engine. Names do not resolve and nothing is queued by default. */
export function createWorkContext(store: Store, overrides: Partial<WorkContext> = {}): WorkContext {
  const settings = new LiveSettings();
  return {
    store,
    clock,
    log: createLog('silent'),
    metrics: createMetrics(),
    random: (bytes) => randomBytes(bytes),
    resolve: (name) => Promise.reject(new Error(`tests resolve no names, and ${name} was looked up`)),
    localNetworks: () => [],
    prober: proberOf([createConnectEngine({ clock, connect: connectOnLoopback })]),
    exclusions: createFeed(overrides.store ?? store, { settings }),
    settings,
    unreadable: new Postponed(overrides.clock ?? clock),
    uncomputable: new Postponed(overrides.clock ?? clock),
    batchSlots: new Semaphore(MAX_BATCHES_AT_ONCE),
    owner: `test/${process.pid}`,
    get leaseMs() {
      return settings.leaseMs;
    },
    post: { kind: 'visitor' },
    ownAddresses: () => [],
    batchDelayMs: MAX_BATCH_DELAY_MS,
    outageHoldMs: OUTAGE_HOLD_MS,
    importBatchRows: IMPORT_BATCH_ROWS,
    enqueueShards: () => Promise.resolve(),
    ...overrides,
  };
}
