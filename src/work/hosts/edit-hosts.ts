import { ScanoramaError } from '#domain/errors/error.js';
import { labelKey } from '#domain/fields/label-name.js';
import type { Filter } from '#domain/filter/filter.js';
import type { Executor } from '#store/database/database.js';
import { onTrial } from '#store/edits/edit-lock.js';
import { type HeldHost, lockHosts, lockMatchingHosts } from '#store/edits/edits.js';
import { hostWithTooManyNotes } from '#store/groups/annotations.js';
import {
  allButThese,
  eachWithEach,
  hostInTooMany,
  putInto,
  takeOutOf,
} from '#store/groups/host-memberships.js';
import {
  insertNotes,
  ownerForEach,
  setFieldValues,
  setOwners,
  valuesForEach,
} from '#store/hosts/host-values.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { assertExpected } from '#work/context/selection.js';
import { makeTags } from '#work/edits/create-tags.js';
import {
  type EditOutcome,
  MAX_CHANGES_PER_EDIT,
  newUid,
  recordEdit,
  underEditLock,
} from '#work/edits/record-edit.js';
import { type HostEditInput, type HostEditPlan, planHostEdit } from '#work/hosts/host-edit-request.js';

/** Bounds of one host. */
export const MAX_TAGS_PER_HOST = 100;
export const MAX_GROUPS_PER_HOST = 100;
export const MAX_NOTES_PER_HOST = 1_000;

/** Which hosts are meant: by their ids, of which one that is not there is `not_found`, or whatever a list with that filter shows: none that is deleted, none that is ignored unless the filter asks for that. */
export type HostSelection = { readonly uids: readonly string[] } | { readonly matching: Filter };

export interface EditOrder {
  readonly hosts: HostSelection;
  readonly input: HostEditInput;
  readonly actor: Actor;
  /** Takes everything back at the end, and tells what would have changed. */
  readonly dryRun?: boolean | undefined;
  /** By what the things are known that the person was told of (`digestOf`); for others it is a `conflict`, and nothing changes. */
  readonly expected?: string | undefined;
}

export interface HostEditOutcome extends EditOutcome {
  /** Hosts that were meant, whether or not anything changed of them. */
  readonly hostsMatched: number;
  /** By what these are known. */
  readonly digest: string;
}

/**
 * Says the same of each of these hosts, in one transaction: all of it or nothing. What is so already does not change and
 * is not written down. Throws `invalid_request`, `not_found`, `conflict`.
 */
export async function editHosts(context: WorkContext, order: EditOrder): Promise<HostEditOutcome> {
  const { input, actor, dryRun = false } = order;
  const outcome = await underEditLock(context, async (executor) => {
    const plan = await planHostEdit(executor, input);
    const hosts = await selectHosts(context, executor, { selection: order.hosts, plan });
    const digest = assertExpected(
      'hosts',
      order.expected,
      hosts.map(({ uid }) => uid),
    );
    const work = () =>
      recordEdit(context, executor, {
        terms: { summary: plan.summary, actor },
        act: (editId) => makeEdit(context, executor, { editId, plan, actor, hosts }),
      });
    const created = await (dryRun ? onTrial(executor, work) : work());
    return { ...created, edit: dryRun ? null : created.edit, hostsMatched: hosts.length, digest };
  });
  const { edit, hostsChanged } = outcome;
  if (edit !== null) context.log.info({ edit, hosts: hostsChanged, actor }, 'hosts edited');
  return outcome;
}

/** So many that what is said of each stays within `MAX_CHANGES_PER_EDIT`. */
async function selectHosts(
  context: WorkContext,
  executor: Executor,
  { selection, plan }: { readonly selection: HostSelection; readonly plan: HostEditPlan },
): Promise<readonly HeldHost[]> {
  const limit = Math.floor(MAX_CHANGES_PER_EDIT / Math.max(1, plan.changesPerHost));
  if ('uids' in selection) return namedHosts(executor, selection.uids, limit);
  const now = new Date(context.clock.now());
  const hosts = await lockMatchingHosts(executor, selection.matching, { now, limit: limit + 1 });
  if (hosts.length > limit) throw tooManyHosts(limit);
  return hosts;
}

async function namedHosts(
  executor: Executor,
  uids: readonly string[],
  limit: number,
): Promise<readonly HeldHost[]> {
  const wanted = [...new Set(uids.map((uid) => uid.toLowerCase()))];
  if (wanted.length > limit) throw tooManyHosts(limit);
  const hosts = await lockHosts(executor, wanted);
  const there = new Set(hosts.map(({ uid }) => uid));
  const missing = wanted.filter((uid) => !there.has(uid));
  if (missing.length === 0) return hosts;
  throw new ScanoramaError('not_found', `There is no host with the id ${missing[0]}.`, {
    ...(missing[0] === undefined ? {} : { at: missing[0] }),
    facts: { missing: missing.slice(0, 20), missing_count: missing.length },
  });
}

function tooManyHosts(limit: number): ScanoramaError {
  return new ScanoramaError(
    'invalid_request',
    `More than ${limit.toLocaleString('en')} hosts are too many for one edit of this kind.`,
    { hint: 'Take part of them at a time, or say less at once.', facts: { limit } },
  );
}

interface EditWork {
  readonly editId: number;
  readonly plan: HostEditPlan;
  readonly actor: Actor;
  readonly hosts: readonly HeldHost[];
}

async function makeEdit(
  context: WorkContext,
  executor: Executor,
  { editId, plan, actor, hosts }: EditWork,
): Promise<void> {
  const hostIds = hosts.map(({ id }) => id);
  await editTags(context, executor, { editId, plan, actor, hosts });
  await editGroups(executor, editId, { plan, hostIds });
  if (plan.owner !== undefined) await setOwners(executor, editId, ownerForEach(hostIds, plan.owner.id));
  if (plan.fields.length > 0) await setFieldValues(executor, editId, valuesForEach(hostIds, plan.fields));
  if (plan.note !== undefined) {
    const uids = hostIds.map(() => newUid(context));
    await insertNotes(executor, { editId, hostIds, uids, text: plan.note, author: actor });
    const crowded = await hostWithTooManyNotes(executor, hostIds, MAX_NOTES_PER_HOST);
    if (crowded !== undefined) throw tooMuchOf(crowded, 'notes', MAX_NOTES_PER_HOST);
  }
}

async function editTags(
  context: WorkContext,
  executor: Executor,
  { editId, plan, actor, hosts }: EditWork,
): Promise<void> {
  const kind = 'tag';
  const hostIds = hosts.map(({ id }) => id);
  const { addTags, removeTagKeys, onlyTagKeys } = plan;
  const edit = { kind, editId } as const;
  if (onlyTagKeys !== undefined)
    await takeOutOf(executor, { ...edit, pairs: allButThese(kind, hostIds, onlyTagKeys) });
  if (removeTagKeys.length > 0)
    await takeOutOf(executor, { ...edit, pairs: eachWithEach(kind, hostIds, removeTagKeys) });
  if (addTags.length === 0 || hosts.length === 0) return;
  await makeTags(context, executor, { names: addTags, actor });
  await putInto(executor, { ...edit, pairs: eachWithEach(kind, hostIds, addTags.map(labelKey)) });
  const crowded = await hostInTooMany(executor, kind, { hostIds, limit: MAX_TAGS_PER_HOST });
  if (crowded !== undefined) throw tooMuchOf(crowded, 'tags', MAX_TAGS_PER_HOST);
}

async function editGroups(
  executor: Executor,
  editId: number,
  { plan, hostIds }: { readonly plan: HostEditPlan; readonly hostIds: readonly number[] },
): Promise<void> {
  const edit = { kind: 'group', editId } as const;
  const { addGroupKeys, removeGroupKeys } = plan;
  if (removeGroupKeys.length > 0)
    await takeOutOf(executor, { ...edit, pairs: eachWithEach('group', hostIds, removeGroupKeys) });
  if (addGroupKeys.length === 0) return;
  await putInto(executor, { ...edit, pairs: eachWithEach('group', hostIds, addGroupKeys) });
  const crowded = await hostInTooMany(executor, 'group', { hostIds, limit: MAX_GROUPS_PER_HOST });
  if (crowded !== undefined) throw tooMuchOf(crowded, 'groups', MAX_GROUPS_PER_HOST);
}

function tooMuchOf(address: string, noun: string, limit: number): ScanoramaError {
  return new ScanoramaError(
    'invalid_request',
    `The host ${address} would have more than ${limit.toLocaleString('en')} ${noun}.`,
    { at: noun, facts: { host: address, limit } },
  );
}
