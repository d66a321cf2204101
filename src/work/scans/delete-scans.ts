import type { Executor } from '#store/database/database.js';
import type { ScanFilter } from '#store/filter/scan-filter.js';
import { countListedPorts, readScansToDelete } from '#store/scans/scan-deletion.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { inSteps } from '#work/context/process-in-steps.js';
import type { DeletionOrder } from '#work/context/selection.js';
import { changedBy, deletionsOf, markWithin, type ScanMark, unmarkWithin } from '#work/scans/delete-scan.js';
import { selectScans, stillMeant } from '#work/scans/select-scans.js';

/** Scans that are deleted in one transaction: so many are locked at once, and wait for each other's commit. */
export const SCANS_PER_TRANSACTION = 200;

export interface DeleteScansOutcome {
  readonly marks: readonly ScanMark[];
  /** Open ports that the scans list which are deleted by this. */
  readonly openPorts: number;
}

/**
 * Marks scans as deleted, each of them as `deleteScan` does or not at all, `SCANS_PER_TRANSACTION` in one transaction. One
 * that cannot be is told with its reason and keeps no other from it. What is done before a failure stays done, and is told.
 */
export async function deleteScans(
  context: WorkContext,
  { which: selection, actor, dryRun = false, signal }: DeletionOrder<ScanFilter>,
): Promise<DeleteScansOutcome> {
  const { read } = context.store;
  const uids = await selectScans(read, selection);
  if (dryRun) {
    const scans = await readScansToDelete(read, uids);
    return withPorts(read, deletionsOf(uids, scans, await stillMeant(read, selection, uids)));
  }
  return inChunks(
    context,
    { uids, signal, terms: { done: 'scans deleted', actor } },
    async (executor, chunk) =>
      withPorts(executor, await markWithin(executor, { uids: chunk, selection, actor })),
  );
}

async function withPorts(executor: Executor, marks: readonly ScanMark[]): Promise<DeleteScansOutcome> {
  const jobIds = changedBy(marks).map(({ id }) => id);
  return { marks, openPorts: await countListedPorts(executor, jobIds) };
}

/** Takes the deletion of scans back, likewise. */
export async function restoreScans(
  context: WorkContext,
  uids: readonly string[],
  actor: Actor,
): Promise<readonly ScanMark[]> {
  const wanted = await selectScans(context.store.read, { uids });
  const names = { done: 'scans restored', actor };
  const { marks } = await inChunks(context, { uids: wanted, terms: names }, async (executor, chunk) => ({
    marks: await unmarkWithin(executor, chunk, actor),
    openPorts: 0,
  }));
  return marks;
}

interface Chunks {
  readonly uids: readonly string[];
  readonly terms: { readonly done: string; readonly actor: Actor };
  readonly signal?: AbortSignal | undefined;
}

async function inChunks(
  context: WorkContext,
  { uids, terms: names, signal }: Chunks,
  mark: (executor: Executor, chunk: readonly string[]) => Promise<DeleteScansOutcome>,
): Promise<DeleteScansOutcome> {
  const outcomes = await inSteps(context, {
    steps: chunksOf(uids),
    signal,
    async act(chunk) {
      const outcome = await context.store.transaction((executor) => mark(executor, chunk));
      context.log.info({ scans: changedBy(outcome.marks).length, actor: names.actor }, names.done);
      return outcome;
    },
    notDone: (chunk, refused) => ({
      marks: chunk.map((uid) => ({ uid, scan: undefined, refused })),
      openPorts: 0,
    }),
  });
  return {
    marks: outcomes.flatMap(({ marks }) => marks),
    openPorts: outcomes.reduce((sum, { openPorts }) => sum + openPorts, 0),
  };
}

function chunksOf(uids: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(uids.length / SCANS_PER_TRANSACTION);
  return Array.from({ length: count }, (_, at) =>
    uids.slice(at * SCANS_PER_TRANSACTION, (at + 1) * SCANS_PER_TRANSACTION),
  );
}
