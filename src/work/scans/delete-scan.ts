import { ScanoramaError } from '#domain/errors/error.js';
import { isEnded } from '#domain/scans/scan-status.js';
import type { Executor } from '#store/database/database.js';
import { recordScanEvents } from '#store/events/events.js';
import { refuseAwaitedOsScans } from '#store/scans/os-scans.js';
import {
  type DeletableScan,
  lockScansToDelete,
  lockScanToDelete,
  markScansDeleted,
  noSuchScan,
  removeScan,
  unmarkScansDeleted,
} from '#store/scans/scan-deletion.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { matchesNoMore } from '#work/context/selection.js';
import { purgeSerially } from '#work/retention/purge.js';
import { type ScanSelection, stillMeant } from '#work/scans/select-scans.js';

/** What became of one scan that was to be deleted, or to be there again. */
export interface ScanMark {
  readonly uid: string;
  /** Undefined where nothing was there to change: it is so already. */
  readonly scan: DeletableScan | undefined;
  /** Why it stays as it is. */
  readonly refused: ScanoramaError | undefined;
}

/**
 * Marks a scan as deleted: no list shows it, and nothing of it is removed. Doing it twice is no error. Throws
 * `not_found`, and `invalid_transition` for one that is not over.
 */
export async function deleteScan(context: WorkContext, uid: string, actor: Actor): Promise<void> {
  const marking = { uids: [uid], selection: { uids: [uid] }, actor };
  const marks = await context.store.transaction(async (executor) => {
    const created = await markWithin(executor, marking);
    throwRefused(created);
    return created;
  });
  if (changedBy(marks).length > 0) context.log.info({ scan: uid, actor }, 'scan deleted');
}

/** Takes the deletion back; `not_found` when there is no such scan any more. False for one that was not deleted. */
export async function restoreScan(context: WorkContext, uid: string, actor: Actor): Promise<boolean> {
  const marks = await context.store.transaction((executor) => unmarkWithin(executor, [uid], actor));
  throwRefused(marks);
  const isRestored = changedBy(marks).length > 0;
  if (isRestored) context.log.info({ scan: uid, actor }, 'scan restored');
  return isRestored;
}

function throwRefused(marks: readonly ScanMark[]): void {
  for (const { refused } of marks) if (refused !== undefined) throw refused;
}

interface Marking {
  readonly uids: readonly string[];
  /** How they were found. */
  readonly selection: ScanSelection;
  readonly actor: Actor;
}

/** In an open transaction: deletes those of these scans that can be, and says why not of the others. */
export async function markWithin(
  executor: Executor,
  { uids, selection, actor }: Marking,
): Promise<readonly ScanMark[]> {
  const locked = await lockScansToDelete(executor, uids);
  // After the locks: of a scan that was changed while they were waited for it tells how it stands now.
  const meant = await stillMeant(executor, selection, uids);
  const marks = deletionsOf(uids, locked, meant);
  const scans = changedBy(marks);
  if (scans.length === 0) return marks;
  await markScansDeleted(
    executor,
    scans.map(({ id }) => id),
    actor,
  );
  await recordScanEvents(
    executor,
    scans.map((job) => ({ kind: 'scan.deleted', job, payload: { actor } })),
  );
  return marks;
}

/** What was wanted once is started by nothing that somebody does to a list, which may be weeks later. */
const DELETED_BEFORE =
  'The operating systems of the hosts found were not detected: the discovery was deleted before a scan for them was started.';

/** In an open transaction: takes the deletion of those of these scans back that are deleted. */
export async function unmarkWithin(
  executor: Executor,
  uids: readonly string[],
  actor: Actor,
): Promise<readonly ScanMark[]> {
  const marks = marksOf(uids, await lockScansToDelete(executor, uids), (scan) => ({
    uid: scan.uid,
    scan: scan.isDeleted ? scan : undefined,
    refused: undefined,
  }));
  const scans = changedBy(marks);
  if (scans.length === 0) return marks;
  const ids = scans.map(({ id }) => id);
  await unmarkScansDeleted(executor, ids);
  await refuseAwaitedOsScans(executor, DELETED_BEFORE, ids);
  await recordScanEvents(
    executor,
    scans.map((job) => ({ kind: 'scan.restored', job, payload: { actor } })),
  );
  return marks;
}

/** What deleting these scans would do to each, from how they stand; one that is not meant stays. */
export function deletionsOf(
  uids: readonly string[],
  scans: readonly DeletableScan[],
  meant: ReadonlySet<string>,
): readonly ScanMark[] {
  return marksOf(uids, scans, (scan) => {
    const { uid } = scan;
    if (scan.isDeleted) return { uid, scan: undefined, refused: undefined };
    const refused = meant.has(uid) ? unfinished(scan, 'deleted') : matchesNoMore('scan', uid);
    return { uid, scan: refused === undefined ? scan : undefined, refused };
  });
}

function marksOf(
  uids: readonly string[],
  scans: readonly DeletableScan[],
  mark: (scan: DeletableScan) => ScanMark,
): readonly ScanMark[] {
  const byUid = new Map(scans.map((scan) => [scan.uid, scan]));
  return uids.map((uid) => {
    const scan = byUid.get(uid.toLowerCase());
    return scan === undefined ? { uid, scan, refused: noSuchScan(uid) } : mark(scan);
  });
}

/** Those that a marking changes. */
export function changedBy(marks: readonly ScanMark[]): readonly DeletableScan[] {
  return marks.flatMap(({ scan }) => scan ?? []);
}

/**
 * Removes a scan for ever, with its raw rows, ledger and coverage, whether it was deleted before or not. The current
 * state of hosts and their history keep what it found. Throws `not_found`, `invalid_transition`.
 */
export async function purgeScan(context: WorkContext, uid: string, actor: Actor): Promise<void> {
  await purgeSerially(context, { what: 'scan', uid, actor }, async (executor) => {
    const scan = await lockScanToDelete(executor, uid);
    const refused = unfinished(scan, 'purged');
    if (refused !== undefined) throw refused;
    await removeScan(executor, scan.id);
    return {};
  });
}

function unfinished({ status, uid }: DeletableScan, what: 'deleted' | 'purged'): ScanoramaError | undefined {
  if (isEnded(status)) return undefined;
  return new ScanoramaError('invalid_transition', `The scan is ${status}, so it cannot be ${what}.`, {
    hint: `Stop it first: \`scanorama scans stop ${uid}\`.`,
    at: uid,
  });
}
