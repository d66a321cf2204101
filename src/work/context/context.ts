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

/** Finds the addresses of a name; throws when there are none. Nothing else here asks the network for names. */
export type NameResolver = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

/** A network that an interface of this machine is in. */
export interface LocalNetwork {
  readonly cidr: string;
  readonly interface: string;
}

/**
 * Batches that one program stores at once; the others wait here, without a connection. Scans of the same
 * addresses wait for each other in the database, and the heartbeat of a shard for its batch: sixteen of them
 * took all 20 connections of the pool, and whoever else asked got `database_unavailable` after 10 s.
 */
export const MAX_BATCHES_AT_ONCE = 6;

/**
 * What this program runs of what is stored. `visitor`: scans that were made here, of sites without workers of their own.
 * `worker`: what its registered place and its machine allow. `none`: nothing.
 */
export type Post =
  | { readonly kind: 'visitor' }
  | {
      readonly kind: 'worker';
      readonly workerId: number;
      /** Null: of every site that has no workers of its own. */
      readonly siteId: number | null;
      /** As its machine was surveyed last. */
      abilities: Abilities;
    }
  | { readonly kind: 'none' };

/** What every verb of this room is given. Only `app` makes one. */
export interface WorkContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly random: (bytes: number) => Uint8Array;
  readonly resolve: NameResolver;
  readonly prober: Prober;
  /** Looked up when it is asked; nothing is sent. */
  readonly localNetworks: () => readonly LocalNetwork[];
  /** Tells what runs here of exclusions that are added meanwhile, and how long those it knows may be sent by. */
  readonly exclusions: ExclusionFeed;
  /** Of the batches that are being stored. */
  readonly batchSlots: Pick<Semaphore, 'take'>;
  /** Scans whose findings could not be read for devices, by the ids of their jobs. */
  readonly unreadable: Postponed;
  /** Sites whose devices could not be computed, by their ids. */
  readonly uncomputable: Postponed;
  /** Puts "this shard can be run" into the queue, in the same transaction as whatever made it so. */
  readonly enqueueShards: (executor: Executor, scanUid: string, shardIds: readonly number[]) => Promise<void>;
  /** Names this program in leases. */
  readonly owner: string;
  /** By the setting, unless somebody said else for this program. */
  readonly leaseMs: number;
  /** Those of the installation that running work heeds. */
  readonly settings: LiveSettings;
  readonly post: Post;
  /** Addresses of this machine: that they answer is no sign of anybody else. */
  readonly ownAddresses: () => readonly string[];
  /** How long something that was seen may wait for more to be stored with it. */
  readonly batchDelayMs: number;
  /** How long a batch is held while PostgreSQL is away. */
  readonly outageHoldMs: number;
  /** Rows after which a batch of an import ends. */
  readonly importBatchRows: number;
}

/** Who asked for a change, as the audit trail will name them: `key:NAME`, `os:USER`. */
export type Actor = string;
