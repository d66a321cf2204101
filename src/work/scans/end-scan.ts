import { type ErrorCode, ScanoramaError } from '#domain/errors/error.js';
import { isEnded } from '#domain/scans/scan-status.js';
import type { Executor } from '#store/database/database.js';
import { BATCH_DEADLINE_MS } from '#store/database/session-limits.js';
import { recordEvent } from '#store/events/events.js';
import { abandonedImports } from '#store/scans/imports.js';
import { type LedgerProof, proveFromLedger } from '#store/scans/ledger.js';
import { lockScanJob, moveScanJob, type ScanJob } from '#store/scans/scan-jobs.js';
import {
  abandonedScans,
  hasLiveLease,
  isPartial,
  type LeaseProof,
  lockOwnShard,
  orphanedScans,
  revokeLeases,
  unfinishedShardsOf,
} from '#store/scans/scan-shards.js';
import type { ScanOutcome } from '#telemetry/metrics.js';
import type { WorkContext } from '#work/context/context.js';
import { missHosts } from '#work/hosts/host-status.js';
import { sumUpScan } from '#work/scans/summarize-scan.js';
import { endAttempts } from '#work/smart-scan/end-attempts.js';

/** All that ending a scan needs: it starts and probes nothing. */
export type EndingContext = Pick<WorkContext, 'store' | 'log' | 'metrics'>;

export interface ScanFailure {
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * Ends a scan whose shards are all committed: `completed` once the ledger proves that every position
 * of the plan is settled, together with what it amounts to, what changed since the last comparable scan and whom it missed; `failed` if
 * it does not add up. Does nothing while work is left, and nothing to a scan that is settled already. True when this
 * call ended it.
 */
export async function finishScan(context: EndingContext, uid: string): Promise<boolean> {
  return endingScan(context, async (executor, end) => {
    const job = await lockScanJob(executor, uid);
    if (isEnded(job.status)) return false;
    if ((await unfinishedShardsOf(executor, job.id)).length > 0) return false;
    const proof = await proveFromLedger(executor, job.id);
    const running = await asRunning(executor, job);
    const gap = gapIn(proof, job);
    await revokeLeases(executor, job.id);
    if (gap === undefined) {
      await end(running, {
        to: 'completed',
        partial: await isPartial(executor, job.id),
        payload: { skipped: proof.skipped },
      });
      await sumUpScan(executor, job.id, context);
      await missHosts(executor, job.id);
      await endAttempts(executor, job.id);
    } else await end(running, { to: 'failed', error: { code: 'storage_failed', message: gap } });
    context.log.info({ scan: uid, positions: proof.planned }, gap ?? 'scan completed');
    return true;
  });
}

function gapIn(proof: LedgerProof, job: ScanJob): string | undefined {
  if (proof.brokenShards === 0 && proof.completed === proof.planned && proof.planned === job.positions)
    return undefined;
  return `The ledger accounts for ${proof.completed} of ${job.positions} positions, with ${proof.brokenShards} shards out of order.`;
}

/**
 * Ends a scan that cannot go on, with the reason. What it committed stays, and it can be resumed. From a shard under its
 * lease: throws `lease_lost` when another goes on with it.
 */
export async function failScan(
  context: EndingContext,
  uid: string,
  { lease, ...failure }: ScanFailure & { readonly lease?: LeaseProof },
): Promise<void> {
  await endUnlessEnded(context, uid, { to: 'failed', error: failure, lease });
  context.log.error({ scan: uid, code: failure.code }, failure.message);
}

/** Keeps a scan from going on by itself, with the reason: it is cancelled, and can be resumed. */
export async function lockScan(context: EndingContext, uid: string, reason: ScanFailure): Promise<void> {
  await endUnlessEnded(context, uid, { to: 'cancelled', error: reason });
  context.log.info({ scan: uid, code: reason.code }, reason.message);
}

function endUnlessEnded(
  context: EndingContext,
  uid: string,
  { lease, ...ending }: Ending & { readonly lease?: LeaseProof | undefined },
): Promise<void> {
  return endingScan(context, async (executor, end) => {
    const job = await lockScanJob(executor, uid);
    if (isEnded(job.status)) return;
    if (lease !== undefined) await lockOwnShard(executor, lease);
    await revokeLeases(executor, job.id);
    await end(job, ending);
  });
}

/**
 * Ends a scan that was asked to stop, as soon as nobody writes for it any more; `force` takes the
 * leases away from whoever still does. Leaves a scan alone that nobody asked to stop. True when the scan
 * is settled afterwards.
 */
export async function cancelScan(context: EndingContext, uid: string, force: boolean): Promise<boolean> {
  return endingScan(context, async (executor, end) => {
    const job = await lockScanJob(executor, uid);
    if (isEnded(job.status)) return true;
    // A run that leaves late must not end a scan that was resumed in the meantime.
    if (!job.stopRequested) return false;
    if (!force && (await hasLiveLease(executor, job.id))) return false;
    await revokeLeases(executor, job.id);
    await end(job, { to: 'cancelled' });
    context.log.info({ scan: uid, force }, 'scan cancelled');
    return true;
  });
}

/**
 * Puts a running scan back to `pending` that nobody runs any more, so that it says what it does: wait for a
 * worker. Leaves alone what has a holder, was asked to stop or has no work left. True when it was put back.
 */
export async function letScanWait(context: WorkContext, uid: string): Promise<boolean> {
  return context.store.transaction(async (executor) => {
    const job = await lockScanJob(executor, uid);
    if (job.status !== 'running' || job.stopRequested) return false;
    if ((await hasLiveLease(executor, job.id)) || (await unfinishedShardsOf(executor, job.id)).length === 0)
      return false;
    await moveScanJob(executor, job, { to: 'pending' });
    await recordEvent(executor, { kind: 'scan.waiting', job });
    context.log.info({ scan: uid }, 'the scan waits for a worker to go on with it');
    return true;
  });
}

/** What was running when its program was killed says so from the next program's start on. */
export async function letAbandonedScansWait(context: WorkContext): Promise<void> {
  for (const uid of await abandonedImports(context.store.read))
    await failScan(context, uid, IMPORT_INTERRUPTED);
  for (const uid of await abandonedScans(context.store.read)) await letScanWait(context, uid);
}

/** A worker that was cut off for less than so many leases is expected back. */
export const LEASES_UNTIL_GONE = 2;

/** What only workers ran that are gone says so, and for whom it waits: from time to time, while others run. */
export async function letOrphanedScansWait(context: WorkContext): Promise<void> {
  for (const uid of await orphanedScans(context.store.read, LEASES_UNTIL_GONE * context.leaseMs))
    await letScanWait(context, uid);
}

export const IMPORT_INTERRUPTED: ScanFailure = {
  code: 'interrupted',
  message: 'The import was interrupted. Importing the same file again goes on where it was.',
};

/** A scan whose work was all done before a resume passes through `running` for the table's sake. */
async function asRunning(executor: Executor, job: ScanJob): Promise<ScanJob> {
  if (job.status === 'running') return job;
  await moveScanJob(executor, job, { to: 'running' });
  return { ...job, status: 'running' };
}

interface Ending {
  readonly to: ScanOutcome;
  /** With `completed` alone: it could not see everything. */
  readonly partial?: boolean;
  readonly error?: ScanFailure;
  readonly payload?: Readonly<Record<string, unknown>>;
}

type End = (job: ScanJob, ending: Ending) => Promise<void>;

/** One transaction that may end a scan, which is counted once that is committed. */
async function endingScan<Result>(
  { store, metrics }: EndingContext,
  work: (executor: Executor, end: End) => Promise<Result>,
): Promise<Result> {
  let ended: { readonly outcome: ScanOutcome; readonly seconds: number | null } | undefined;
  const result = await store.transaction(
    (executor) =>
      work(executor, async (job, ending) => {
        ended = { outcome: ending.to, seconds: await endScan(executor, job, ending) };
      }),
    // Whom it missed is history.
    { deadlineMs: BATCH_DEADLINE_MS },
  );
  if (ended !== undefined) {
    metrics.scans.inc({ outcome: ended.outcome });
    if (ended.outcome === 'completed') metrics.scanDuration.observe(ended.seconds ?? 0);
  }
  return result;
}

async function endScan(executor: Executor, job: ScanJob, ending: Ending): Promise<number | null> {
  const seconds = await moveScanJob(executor, job, {
    to: ending.to,
    ...(ending.partial === undefined ? {} : { partial: ending.partial }),
    ...(ending.error === undefined ? {} : { error: ending.error }),
  });
  await recordEvent(executor, {
    kind: `scan.${ending.to}`,
    job,
    payload: { ...ending.payload, ...(ending.error === undefined ? {} : { error: ending.error }) },
  });
  return seconds;
}

/** What to tell about an error that ended a scan: ours as it is, anything else without its insides. */
export function failureOf(error: unknown): ScanFailure {
  if (error instanceof ScanoramaError) {
    const sqlState = error.facts?.['sqlstate'];
    return {
      code: error.code,
      message: typeof sqlState === 'string' ? `${error.message} (SQLSTATE ${sqlState})` : error.message,
    };
  }
  return {
    code: 'internal',
    message: `The scan met an unexpected error: ${error instanceof Error ? error.message : String(error)}.`,
  };
}
