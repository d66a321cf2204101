import type { Executor } from '#store/database.js';
import { countListedPorts, readScansToDelete } from '#store/scan-deletion.js';
import type { Actor, WorkContext } from '#work/context.js';
import { changedBy, deletionsOf, markWithin, type ScanMark, unmarkWithin } from '#work/delete-scan.js';
import { type ScanSelection, selectScans, stillMeant } from '#work/select-scans.js';

/** Scans that are deleted in one transaction: so many are locked at once, and wait for each other's commit. */
export const SCANS_PER_TRANSACTION = 200;

export interface DeleteScansOrder {
  readonly scans: ScanSelection;
  readonly actor: Actor;
  /** Only says what would become of them. */
  readonly dryRun?: boolean | undefined;
  /** How many scans the person was told of; another number is a `conflict`, and nothing changes. */
  readonly expectedScans?: number | undefined;
  /** Ends it between two transactions; what is done stays done. */
  readonly signal?: AbortSignal | undefined;
}

export interface DeleteScansOutcome {
  readonly marks: readonly ScanMark[];
  /** Open ports that the scans list which are deleted by this. */
  readonly openPorts: number;
}

/**
 * Marks scans as deleted, each of them as `deleteScan` does or not at all, `SCANS_PER_TRANSACTION` in one transaction. One
 * that cannot be is told with its reason and keeps no other from it. What is done before a failure stays done.
 */
export async function deleteScans(
  context: WorkContext,
  order: DeleteScansOrder,
): Promise<DeleteScansOutcome> {
  const { actor, dryRun = false } = order;
  const { read } = context.store;
  const uids = await selectScans(read, order.scans, order.expectedScans);
  const marks = dryRun
    ? deletionsOf(uids, await readScansToDelete(read, uids), await stillMeant(read, order.scans, uids))
    : await inChunks(context, { uids, signal: order.signal }, (executor, chunk) =>
        markWithin(executor, { uids: chunk, selection: order.scans, actor }),
      );
  const scans = changedBy(marks);
  const openPorts = await countListedPorts(
    read,
    scans.map(({ id }) => id),
  );
  if (!dryRun) context.log.info({ scans: scans.length, actor }, 'scans deleted');
  return { marks, openPorts };
}

/** Takes the deletion of scans back, likewise. */
export async function restoreScans(
  context: WorkContext,
  uids: readonly string[],
  actor: Actor,
): Promise<readonly ScanMark[]> {
  const wanted = await selectScans(context.store.read, { uids });
  const marks = await inChunks(context, { uids: wanted }, (executor, chunk) =>
    unmarkWithin(executor, chunk, actor),
  );
  context.log.info({ scans: changedBy(marks).length, actor }, 'scans restored');
  return marks;
}

async function inChunks(
  { store }: WorkContext,
  { uids, signal }: { readonly uids: readonly string[]; readonly signal?: AbortSignal | undefined },
  mark: (executor: Executor, chunk: readonly string[]) => Promise<readonly ScanMark[]>,
): Promise<readonly ScanMark[]> {
  const marks: ScanMark[] = [];
  for (let at = 0; at < uids.length; at += SCANS_PER_TRANSACTION) {
    signal?.throwIfAborted();
    const chunk = uids.slice(at, at + SCANS_PER_TRANSACTION);
    marks.push(...(await store.transaction((executor) => mark(executor, chunk))));
  }
  return marks;
}
