import type { Semaphore } from '#domain/rates/concurrency-limit.js';
import type { Clock } from '#domain/time/clock.js';
import type { Prober } from '#scan/engine/prober.js';
import type { Executor } from '#store/database/database.js';
import type { Store } from '#store/database/store.js';
import type { Abilities } from '#store/scans/eligible-workers.js';
import type { Log } from '#telemetry/log.js';
import type { Metrics } from '#telemetry/metrics.js';
import type { ExclusionFeed } from '#work/exclusions/exclusion-feed.js';
import type { Postponed } from '#work/schedules/postponed.js';
import type { LiveSettings } from '#work/settings/live-settings.js';

/** Finds the addresses of a name. Throws when there are none. Nothing else in this process resolves names. */
export type NameResolver = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

/** A network of an interface of this machine. */
export interface LocalNetwork {
  readonly cidr: string;
  readonly interface: string;
}

/**
 * Batches that one process stores at once. Others wait without a connection. Scans of the same addresses wait for
 * each other in the database, and the heartbeat of a shard for its batch: sixteen of them took all 20 connections of
 * the pool, and other callers got `database_unavailable` after 10 s.
 */
export const MAX_BATCHES_AT_ONCE = 6;

/**
 * What this process runs. `visitor`: its own scans, of sites without workers. `worker`: what its registered site and
 * its machine allow. `none`: nothing.
 */
export type Post =
  | { readonly kind: 'visitor' }
  | {
      readonly kind: 'worker';
      readonly workerId: number;
      /** Null: every site that has no workers. */
      readonly siteId: number | null;
      /** The last survey of its machine. */
      abilities: Abilities;
    }
  | { readonly kind: 'none' };

/** Passed to every function of this module. Only `app` creates it. */
export interface WorkContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly random: (bytes: number) => Uint8Array;
  readonly resolve: NameResolver;
  readonly prober: Prober;
  /** Read from the operating system at each call. Sends nothing. */
  readonly localNetworks: () => readonly LocalNetwork[];
  /** Notifies running scans of new exclusions, and for how long the known ones are valid. */
  readonly exclusions: ExclusionFeed;
  /** Slots for batches that are being stored. */
  readonly batchSlots: Pick<Semaphore, 'take'>;
  /** Scans whose findings could not be read for devices, by the ids of their jobs. */
  readonly unreadable: Postponed;
  /** Sites whose devices could not be computed, by their ids. */
  readonly uncomputable: Postponed;
  /** Queues the message that a shard can be run, in the same transaction as the change that made it runnable. */
  readonly enqueueShards: (executor: Executor, scanUid: string, shardIds: readonly number[]) => Promise<void>;
  /** The name of this process in leases. */
  readonly owner: string;
  /** From the setting, unless it is overridden for this process. */
  readonly leaseMs: number;
  /** Settings of the installation that running scans use. */
  readonly settings: LiveSettings;
  readonly post: Post;
  /** Addresses of this machine. Their responses are no evidence of another host. */
  readonly ownAddresses: () => readonly string[];
  /** How long an observation may wait so that more are stored with it. */
  readonly batchDelayMs: number;
  /** How long a batch is held while PostgreSQL is unavailable. */
  readonly outageHoldMs: number;
  /** Rows after which a batch of an import ends. */
  readonly importBatchRows: number;
}

/** Who requested a change, as in the audit trail: `key:NAME`, `os:USER`. */
export type Actor = string;
