import type { Executor } from '#store/database/database.js';
import { BATCH_DEADLINE_MS } from '#store/database/session-limits.js';
import type { AsOf } from '#store/history/as-of.js';
import { awaitCommitted } from '#store/history/committed-time.js';
import { historyHorizon } from '#store/retention/retention-horizon.js';

/** A scan that may have begun. */
export interface BegunScan {
  readonly id: number;
  /** By PostgreSQL's clock; null of one that never began. */
  readonly startedAt: Date | null;
}

/**
 * The moment just before a scan began, whatever came to be known of it afterwards. What an import stores is dated by its
 * transaction, which began before the scan did: it knew nothing of itself.
 */
export function timeBefore({ id, startedAt }: BegunScan): AsOf & { readonly recorded: Date } {
  return { recorded: new Date((startedAt?.getTime() ?? 0) - 1), withoutScan: id };
}

/** Waits until nothing more can be stored as of the moment before a scan began; throws as `awaitCommitted` does. */
export async function awaitCommittedBefore(executor: Executor, scan: BegunScan): Promise<void> {
  if (scan.startedAt !== null) await awaitCommitted(executor, timeBefore(scan).recorded);
}

/**
 * Whether history still tells what was known before a scan began. What the scan itself stored may have superseded what it
 * is asked for, and is dated earlier by as much as a transaction may last.
 */
export async function isReportedBefore(executor: Executor, { startedAt }: BegunScan): Promise<boolean> {
  if (startedAt === null) return true;
  const horizon = await historyHorizon(executor);
  return horizon === null || startedAt.getTime() - BATCH_DEADLINE_MS >= horizon.getTime();
}
