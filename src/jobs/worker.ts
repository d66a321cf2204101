import type { Announcements } from '#store/announcements.js';
import { awaitedOsScans } from '#store/os-scans.js';
import { runnableShards, stalledScans } from '#store/scan-shards.js';
import { MAX_HELD_SHARDS_PER_SCAN } from '#work/claim-shard.js';
import type { WorkContext } from '#work/context.js';
import { startOsScan } from '#work/os-scan.js';
import { runShard } from '#work/run-shard.js';
import { cancelScan, finishScan } from '#work/settle-scan.js';

/** Shards one worker runs at once; others wait in the database. */
export const MAX_RUNNING_SHARDS = 16;
/** Shards a worker remembers beside them; more than one scan has, for a worker that never sweeps. */
export const MAX_OFFERED_SHARDS = 256;
/** How often a worker looks for shards whose message was lost or whose holder died; with a shorter lease, once a lease. */
const SWEEP_INTERVAL_MS = 2_000;

export interface Worker {
  /** Says that these shards may be runnable; each is claimed or left alone. */
  offer(shardIds: readonly number[]): void;
  /**
   * Looks for runnable and stalled scans now and then, until the worker is closed: all of them, or only
   * those whose uids are in `own` by then.
   */
  sweepForever(own?: ReadonlySet<string>): void;
  /** Ends all packets, lets every run store what it saw, and waits for them. */
  close(): Promise<void>;
}

interface RunningShard {
  /** The scan it belongs to, once it is claimed. */
  uid: string | undefined;
  readonly abort: AbortController;
  done: Promise<unknown>;
}

/**
 *     queue message ─┐
 *     sweep ─────────┼─→ offered ──(at most MAX_RUNNING_SHARDS)──→ runShard ─→ lease, packets, batches
 *     own scans ─────┘                         ▲
 *                         stop announcement ───┘ aborts
 *     exclusion announcement ──→ context.exclusions ──→ every run that goes on
 */
export function createWorker(context: WorkContext, announcements: Announcements): Worker {
  const share = { owner: context.owner, perScan: MAX_HELD_SHARDS_PER_SCAN };
  const sweepMs = Math.min(SWEEP_INTERVAL_MS, context.leaseMs);
  const running = new Map<number, RunningShard>();
  const offered = new Set<number>();
  let closed = false;
  const closing = new AbortController();
  let sweeper: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> = Promise.resolve();
  let scope: { readonly own: ReadonlySet<string> | undefined } | undefined;

  const unsubscribe = announcements.subscribe(({ kind, scan }) => {
    if (kind === 'exclusion.added') context.exclusions.wake();
    if (scan === null) return;
    // Its own scan is committed now: no need to wait for the next sweep.
    if (scope?.own?.has(scan) === true && (kind === 'scan.created' || kind === 'scan.resumed')) void look();
    if (kind !== 'scan.stopping' && kind !== 'scan.cancelled' && kind !== 'scan.failed') return;
    for (const run of running.values()) if (run.uid === scan) run.abort.abort();
  });

  function fill(): void {
    for (const shardId of offered) {
      if (closed || running.size >= MAX_RUNNING_SHARDS) return;
      offered.delete(shardId);
      if (!running.has(shardId)) start(shardId);
    }
  }

  function start(shardId: number): void {
    const abort = new AbortController();
    const run: RunningShard = { uid: undefined, abort, done: Promise.resolve() };
    running.set(shardId, run);
    run.done = runShard(context, shardId, { signal: abort.signal, onClaimed: (uid) => void (run.uid = uid) })
      .catch((error: unknown) => context.log.error({ err: error, shardId }, 'a shard could not be run'))
      .finally(() => {
        running.delete(shardId);
        fill();
      });
  }

  /** Sweeps once, after the sweep under way; never rejects. */
  function look(): Promise<void> {
    sweeping = sweeping
      .then(() => (closed || context.store.breaker.isOpen ? undefined : sweep(scope?.own)))
      .catch((error: unknown) =>
        context.log.warn({ err: error }, 'looking for work failed and is tried again'),
      );
    return sweeping;
  }

  async function sweep(own: ReadonlySet<string> | undefined): Promise<void> {
    if (own?.size === 0) return;
    const only = own === undefined ? undefined : [...own];
    for (const { uid, stopRequested } of await stalledScans(context.store.read, {
      only,
      limit: MAX_RUNNING_SHARDS,
    })) {
      const settling = stopRequested ? cancelScan(context, uid, false) : finishScan(context, uid);
      // One scan that cannot be settled must not keep the others waiting.
      await settling.catch((error: unknown) =>
        context.log.error({ scan: uid, err: error }, 'a scan could not be settled'),
      );
    }
    // Of those whose program died between their end and the scan that was to follow.
    for (const uid of await awaitedOsScans(context.store.read, { only, limit: MAX_RUNNING_SHARDS }))
      await startOsScan(context, uid, closing.signal).catch((error: unknown) =>
        context.log.error({ scan: uid, err: error }, 'a scan for systems could not be started'),
      );
    const free = MAX_RUNNING_SHARDS - running.size;
    if (free > 0) offer(await runnableShards(context.store.read, { only, limit: free }, share));
  }

  function offer(shardIds: readonly number[]): void {
    // What does not fit is not remembered: the database knows it, and a sweep brings it back.
    for (const shardId of shardIds) if (offered.size < MAX_OFFERED_SHARDS) offered.add(shardId);
    fill();
  }

  return {
    offer,
    sweepForever(own) {
      scope = { own };
      const again = (): void => {
        void look().then(() => {
          if (!closed) sweeper = setTimeout(again, sweepMs);
          return undefined;
        });
      };
      again();
    },
    async close() {
      closed = true;
      closing.abort();
      clearTimeout(sweeper);
      unsubscribe();
      offered.clear();
      for (const run of running.values()) run.abort.abort();
      await sweeping;
      await Promise.all([...running.values()].map((run) => run.done));
    },
  };
}
