import type { EventKind } from '#domain/events/event-kind.js';
import type { Announcements } from '#store/events/announcements.js';
import { awaitedOsScans } from '#store/scans/os-scans.js';
import { runnableShards, stalledScans } from '#store/scans/scan-shards.js';
import type { WorkContext } from '#work/context/context.js';
import { startOsScan } from '#work/discovery/os-scan.js';
import { cancelScan, finishScan } from '#work/scans/end-scan.js';
import { MAX_HELD_SHARDS_PER_SCAN, takerOf } from '#work/shards/claim-shard.js';
import { runShard } from '#work/shards/run-shard.js';

/**
 * Offered shards that a worker remembers beside the running ones: more than one scan has, for a worker that never
 * polls.
 */
export const MAX_OFFERED_SHARDS = 256;
/** Stalled scans that one poll ends. */
const ENDED_AT_ONCE = 16;
/**
 * How often a worker looks for shards whose message was lost or whose holder died. Once a lease where the lease is
 * shorter.
 */
const RECOVERY_INTERVAL_MS = 2_000;

export interface WorkerOptions {
  /** Shards it runs at once (default: the setting `worker.shards`). */
  readonly concurrency?: number | undefined;
}

export interface Worker {
  /** Reports shards that may be runnable. Each is claimed or ignored. */
  offer(shardIds: readonly number[]): void;
  /**
   * Looks for runnable and stalled scans at intervals until the worker is closed: all scans, or only those whose uids
   * are in `own` at that time.
   */
  runMaintenance(own?: ReadonlySet<string>): void;
  /**
   * Takes no new shards and hands over the running ones: stops packets, stores the results so far and returns the
   * leases.
   */
  pause(): void;
  /** Takes work again after a pause. */
  goOn(): void;
  /** Hands over these shards only. */
  letGo(shardIds: readonly number[]): void;
  /** Stops all packets, lets every run store its results, and waits for them. */
  close(): Promise<void>;
}

/**
 * Events that announce possible work. Every worker looks for itself, because a queue message reaches only one of
 * them.
 */
const WORK_EVENTS: readonly EventKind[] = ['scan.created', 'scan.resumed', 'scan.waiting'];

interface RunningShard {
  /** The scan of the shard, once it is claimed. */
  uid: string | undefined;
  readonly abort: AbortController;
  done: Promise<unknown>;
}

/**
 *     queue message ─┐
 *     poll ──────────┼─→ offered ──(at most `concurrency`)──────→ runShard ─→ lease, packets, batches
 *     own scans ─────┘                         ▲
 *                         stop announcement ───┘ aborts
 *     exclusion announcement ──→ context.exclusions ──→ every run that continues
 */
export function createWorker(
  context: WorkContext,
  announcements: Announcements,
  { concurrency }: WorkerOptions = {},
): Worker {
  /** Shards this process runs at once. Others wait in the database. */
  const most = (): number => concurrency ?? context.settings.shardsAtOnce;
  const running = new Map<number, RunningShard>();
  const offered = new Set<number>();
  let closed = false;
  let paused = false;
  const closing = new AbortController();
  let discoverer: NodeJS.Timeout | undefined;
  let discovering: Promise<void> = Promise.resolve();
  let scope: { readonly own: ReadonlySet<string> | undefined } | undefined;

  const unsubscribe = announcements.subscribe(({ kind, scan }) => {
    if (kind === 'exclusion.added') context.exclusions.wake();
    if (kind === 'settings.changed') heedSettings();
    if (scan === null) return;
    // The scan is committed, so there is no need to wait for the next poll.
    if (scope !== undefined && scope.own?.has(scan) !== false && WORK_EVENTS.includes(kind)) void poll();
    if (kind !== 'scan.stopping' && kind !== 'scan.cancelled' && kind !== 'scan.failed') return;
    for (const run of running.values()) if (run.uid === scan) run.abort.abort();
  });

  /** Probers get new settings with the exclusions. There may be capacity for more shards as well. */
  function heedSettings(): void {
    context.exclusions.wake();
    if (scope !== undefined) void poll();
  }

  function fill(): void {
    for (const shardId of offered) {
      if (closed || paused || running.size >= most()) return;
      offered.delete(shardId);
      if (!running.has(shardId)) start(shardId);
    }
  }

  function start(shardId: number): void {
    const abort = new AbortController();
    const run: RunningShard = { uid: undefined, abort, done: Promise.resolve() };
    running.set(shardId, run);
    run.done = runShard(context, shardId, { signal: abort.signal, onClaimed: (uid) => void (run.uid = uid) })
      .catch((error: unknown) => {
        context.log.error({ err: error, shardId }, 'a shard could not be run');
        return false;
      })
      .then((hasRun) => {
        running.delete(shardId);
        fill();
        // A slot is free. A shard held by another worker does not trigger a poll, or polling would never end.
        if (hasRun && scope !== undefined && running.size < most()) void poll();
        return undefined;
      });
  }

  /** Polls once, after the poll in progress. Never rejects. */
  function poll(): Promise<void> {
    discovering = discovering
      .then(() => (closed || paused || context.store.breaker.isOpen ? undefined : discovery(scope?.own)))
      .catch((error: unknown) =>
        context.log.warn({ err: error }, 'looking for work failed; will be retried'),
      );
    return discovering;
  }

  async function discovery(own: ReadonlySet<string> | undefined): Promise<void> {
    await context.settings.refresh(context.store.read);
    if (own?.size === 0) return;
    const only = own === undefined ? undefined : [...own];
    for (const { uid, stopRequested } of await stalledScans(context.store.read, {
      only,
      limit: ENDED_AT_ONCE,
    })) {
      const ending = stopRequested ? cancelScan(context, uid, false) : finishScan(context, uid);
      // A scan that cannot be ended must not delay the others.
      await ending.catch((error: unknown) =>
        context.log.error({ scan: uid, err: error }, 'a scan could not be ended'),
      );
    }
    await followDiscoveries(only);
    const free = most() - running.size;
    // The capabilities of the machine may have changed.
    const taker = takerOf(context.post);
    if (free <= 0 || taker === undefined) return;
    const share = { ...taker, owner: context.owner, perScan: MAX_HELD_SHARDS_PER_SCAN };
    offer(await runnableShards(context.store.read, { only, limit: free }, share));
  }

  /** Starts the scans that follow discovery runs whose process died before it started them. */
  async function followDiscoveries(only: readonly string[] | undefined): Promise<void> {
    const taker = takerOf(context.post);
    if (taker === undefined) return;
    const { siteId } = taker;
    for (const uid of await awaitedOsScans(context.store.read, { siteId, only, limit: ENDED_AT_ONCE }))
      await startOsScan(context, uid, closing.signal).catch((error: unknown) =>
        context.log.error(
          { scan: uid, err: error },
          'a scan to detect operating systems could not be started',
        ),
      );
  }

  function offer(shardIds: readonly number[]): void {
    // Shards beyond the limit are not remembered: they are in the database, and a later poll finds them again.
    if (paused) return;
    for (const shardId of shardIds) if (offered.size < MAX_OFFERED_SHARDS) offered.add(shardId);
    fill();
  }

  return {
    offer,
    runMaintenance(own) {
      scope = { own };
      const again = (): void => {
        void poll().then(() => {
          if (!closed) discoverer = setTimeout(again, Math.min(RECOVERY_INTERVAL_MS, context.leaseMs));
          return undefined;
        });
      };
      again();
    },
    pause() {
      paused = true;
      offered.clear();
      for (const run of running.values()) run.abort.abort();
    },
    goOn() {
      if (!paused) return;
      paused = false;
      if (scope !== undefined) void poll();
    },
    letGo(shardIds) {
      for (const shardId of shardIds) running.get(shardId)?.abort.abort();
    },
    async close() {
      closed = true;
      closing.abort();
      clearTimeout(discoverer);
      unsubscribe();
      offered.clear();
      for (const run of running.values()) run.abort.abort();
      await discovering;
      await Promise.all([...running.values()].map((run) => run.done));
    },
  };
}
