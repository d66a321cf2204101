import { ScanoramaError } from '#domain/errors/error.js';
import { distinctLabels, labelKey } from '#domain/fields/label-name.js';
import type { Executor } from '#store/database/database.js';
import { onTrial } from '#store/edits/edit-lock.js';
import { markReaffirmed } from '#store/edits/scan-tag-edits.js';
import { recordScanEvents } from '#store/events/events.js';
import {
  type HeldScan,
  lockScans,
  type ScanTagChange,
  scanWithTooManyTags,
  tagScanRows,
  untagScanRows,
} from '#store/tags/scan-tags.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { assertExpected } from '#work/context/selection.js';
import { makeTags } from '#work/edits/create-tags.js';
import { MAX_CHANGES_PER_EDIT, underEditLock } from '#work/edits/record-edit.js';
import { type MembershipInput, refuseBoth, TAGS_SET_WEIGHT } from '#work/hosts/host-edit-request.js';
import { type ScanSelection, selectScans } from '#work/scans/select-scans.js';

export const MAX_TAGS_PER_SCAN = 100;

export interface TagScansOrder {
  readonly scans: ScanSelection;
  readonly tags: MembershipInput;
  readonly actor: Actor;
  /** Takes everything back at the end, and tells what would have changed. */
  readonly dryRun?: boolean | undefined;
  /** By what the things are known that the person was told of (`digestOf`); for others it is a `conflict`, and nothing changes. */
  readonly expected?: string | undefined;
}

/** A tag that scans got, or lost; to take it back, do the other to these scans. */
export interface TagMove {
  readonly action: 'add' | 'remove';
  readonly tag: string;
  /** Uids. */
  readonly scans: readonly string[];
}

export interface TagScansOutcome {
  readonly scansMatched: number;
  readonly scansChanged: number;
  /** None of a trial, which has nothing to take back. */
  readonly moves: readonly TagMove[];
  /** By what the scans are known that were meant. */
  readonly digest: string;
}

/**
 * Gives scans tags, or takes some away, in one transaction: all of it or nothing. What is so already does not change. What a
 * scan is does not depend on it, so one that runs or is deleted can be tagged. Throws `invalid_request`, `not_found`, `conflict`.
 */
export async function tagScans(context: WorkContext, order: TagScansOrder): Promise<TagScansOutcome> {
  const { actor, dryRun = false } = order;
  const input = readInput(order.tags);
  const outcome = await underEditLock(context, async (executor) => {
    const uids = await selectScans(executor, order.scans);
    const digest = assertExpected('scans', order.expected, uids);
    assertNotTooLarge(uids.length, input);
    const work = () => tagWithin(context, executor, { uids, input, actor });
    const created = await (dryRun ? onTrial(executor, work) : work());
    return { ...created, digest, moves: dryRun ? [] : created.moves };
  });
  const { scansChanged: scans } = outcome;
  if (!dryRun) context.log.info({ scans, add: input.add, remove: input.remove, actor }, 'scans tagged');
  return outcome;
}

interface TagInput {
  readonly add: readonly string[];
  readonly remove: readonly string[];
  /** What is added is all that stays. */
  readonly only: boolean;
}

function readInput({ add: more = [], set, remove: less = [] }: MembershipInput): TagInput {
  const add = distinctLabels('tag', [...more, ...(set ?? [])]);
  const remove = distinctLabels('tag', less);
  refuseBoth('tag', add, remove);
  return { add, remove, only: set !== undefined };
}

/** Scans times what is said of each, as of an edit of hosts. */
function assertNotTooLarge(scans: number, { add, remove, only }: TagInput): void {
  const changesPerScan = add.length + remove.length + (only ? TAGS_SET_WEIGHT : 0);
  const limit = Math.floor(MAX_CHANGES_PER_EDIT / Math.max(1, changesPerScan));
  if (scans <= limit) return;
  throw new ScanoramaError(
    'invalid_request',
    `More than ${limit.toLocaleString('en')} scans are too many for so many tags at once.`,
    { at: 'tags', hint: 'Take part of them at a time, or fewer tags at once.', facts: { limit } },
  );
}

interface Tagging {
  readonly uids: readonly string[];
  readonly input: TagInput;
  readonly actor: Actor;
}

async function tagWithin(
  context: WorkContext,
  executor: Executor,
  { uids, input, actor }: Tagging,
): Promise<Omit<TagScansOutcome, 'digest'>> {
  const { add, remove, only } = input;
  const [addKeys, removeKeys] = [add.map(labelKey), remove.map(labelKey)];
  const scans = await lockAll(executor, uids);
  const jobIds = scans.map(({ id }) => id);
  const removed = only
    ? await untagScanRows(executor, { jobIds, keys: addKeys, allBut: true })
    : await untagScanRows(executor, { jobIds, keys: removeKeys });
  if (add.length > 0 && scans.length > 0) await makeTags(context, executor, { names: add, actor });
  const added = await tagScanRows(executor, { jobIds, keys: addKeys });
  await assertNotTooMany(executor, jobIds);
  await markReaffirmed(executor, [...added, ...removed]);
  await report(executor, scans, { added, removed, actor });
  return {
    scansMatched: scans.length,
    scansChanged: new Set([...added, ...removed].map(({ jobId }) => jobId)).size,
    moves: [...movesOf('add', added, scans), ...movesOf('remove', removed, scans)],
  };
}

async function lockAll(executor: Executor, uids: readonly string[]): Promise<readonly HeldScan[]> {
  const scans = await lockScans(executor, uids);
  const there = new Set(scans.map(({ uid }) => uid));
  const missing = uids.find((uid) => !there.has(uid));
  if (missing === undefined) return scans;
  throw new ScanoramaError('not_found', `There is no scan with the id ${missing}.`, { at: missing });
}

async function assertNotTooMany(executor: Executor, jobIds: readonly number[]): Promise<void> {
  const crowded = await scanWithTooManyTags(executor, jobIds, MAX_TAGS_PER_SCAN);
  if (crowded === undefined) return;
  throw new ScanoramaError(
    'invalid_request',
    `The scan ${crowded} would have more than ${MAX_TAGS_PER_SCAN} tags.`,
    { at: 'tags', facts: { scan: crowded, limit: MAX_TAGS_PER_SCAN } },
  );
}

interface Reported {
  readonly added: readonly ScanTagChange[];
  readonly removed: readonly ScanTagChange[];
  readonly actor: Actor;
}

async function report(
  executor: Executor,
  scans: readonly HeldScan[],
  { added, removed, actor }: Reported,
): Promise<void> {
  const [addedTo, removedFrom] = [tagsByScan(added), tagsByScan(removed)];
  const changed = scans.filter(({ id }) => addedTo.has(id) || removedFrom.has(id));
  await recordScanEvents(
    executor,
    changed.map((job) => ({
      kind: 'scan.tagged',
      job,
      payload: { added: addedTo.get(job.id) ?? [], removed: removedFrom.get(job.id) ?? [], actor },
    })),
  );
}

function tagsByScan(changes: readonly ScanTagChange[]): ReadonlyMap<number, readonly string[]> {
  const byScan = Map.groupBy(changes, ({ jobId }) => jobId);
  return new Map([...byScan].map(([id, of]) => [id, of.map(({ tag }) => tag)]));
}

function movesOf(
  action: TagMove['action'],
  changes: readonly ScanTagChange[],
  scans: readonly HeldScan[],
): readonly TagMove[] {
  const uidOf = new Map(scans.map(({ id, uid }) => [id, uid]));
  return [...Map.groupBy(changes, ({ tag }) => tag)].map(([tag, of]) => ({
    action,
    tag,
    scans: of.map(({ jobId }) => uidOf.get(jobId) ?? ''),
  }));
}
