import { ScanoramaError } from '#domain/errors/error.js';
import { checkColor } from '#domain/fields/color.js';
import { checkLabelName, labelKey } from '#domain/fields/label-name.js';
import { quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';
import { lockHostsOf } from '#store/edits/edits.js';
import { removeLabel } from '#store/edits/label-edits.js';
import { lockExistingNames } from '#store/filter/filter-names.js';
import {
  findGroup,
  type GroupView,
  hasGroup,
  insertGroup,
  listGroups,
  updateGroup,
  updateGroupRule,
} from '#store/groups/host-groups.js';
import { allOf, takeOutOf } from '#store/groups/host-memberships.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import {
  assertNoRuleNames,
  assertNothingNames,
  assertRuleLimits,
  readRule,
} from '#work/edits/group-rules.js';
import { nameTaken } from '#work/edits/name-taken.js';
import { type EditOutcome, newUid, recordEdit, underEditLock } from '#work/edits/record-edit.js';

export const MAX_GROUPS = 1_000;

export interface GroupOrder {
  readonly name: string;
  readonly description?: string | undefined;
  readonly color?: string | undefined;
  /** A filter, whose hosts are the members. */
  readonly rule?: string | undefined;
  readonly actor: Actor;
}

/**
 * Makes a group: of a rule, or without members. Throws `invalid_request`, `conflict`, `group_cycle`, and of its rule
 * `invalid_filter` and `filter_names_nothing`.
 */
export function addGroup(context: WorkContext, order: GroupOrder): Promise<GroupView> {
  const { description = null, actor } = order;
  const name = checkLabelName('group', order.name);
  const color = order.color === undefined ? null : checkColor(order.color);
  const rule = order.rule === undefined ? null : readRule(order.rule);
  return underEditLock(context, async (executor) => {
    const uid = newUid(context);
    if (!(await insertGroup(executor, uid, { name, description, color, rule, actor })))
      throw nameTaken('group', name);
    await assertGroupLimits(executor);
    if (rule !== null) await lockExistingNames(executor, rule.text, name);
    context.log.info({ group: name, rule: rule?.text, actor }, 'group made');
    return findGroup(executor, uid);
  });
}

/** Refuses a group that was just made where there are too many, or a rule cannot be asked any more. */
export async function assertGroupLimits(executor: Executor): Promise<void> {
  if ((await listGroups(executor)).length > MAX_GROUPS)
    throw new ScanoramaError('conflict', `There cannot be more than ${MAX_GROUPS} groups.`);
  // Also of one without a rule: what it is called may close a circle of those that others have.
  await assertRuleLimits(executor);
}

export interface GroupInput {
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  readonly color?: string | null | undefined;
  readonly rule?: string | undefined;
}

/** Changes what is said of a group; its kind stays. Throws `not_found`, and what making one throws. */
export function changeGroup(
  context: WorkContext,
  text: string,
  { input, actor }: { readonly input: GroupInput; readonly actor: Actor },
): Promise<GroupView> {
  const wanted = input.name === undefined ? undefined : checkLabelName('group', input.name);
  const painted = input.color === undefined || input.color === null ? input.color : checkColor(input.color);
  const rule = input.rule === undefined ? undefined : readRule(input.rule);
  return underEditLock(context, async (executor) => {
    const group = await findGroup(executor, text);
    if (rule !== undefined && group.kind === 'static') throw isStatic(group);
    const name = wanted ?? group.name;
    // Nobody else changes a name meanwhile.
    if (labelKey(name) !== labelKey(group.name) && (await hasGroup(executor, name)))
      throw nameTaken('group', name);
    if (labelKey(name) !== labelKey(group.name))
      await assertNoRuleNames(executor, { field: 'group', name: group.name }, 'renamed');
    const { description = group.description } = input;
    const color = painted === undefined ? group.color : painted;
    await updateGroup(executor, group.id, { name, description, color, actor });
    if (rule !== undefined) await updateGroupRule(executor, group.id, rule);
    await assertRuleLimits(executor);
    if (rule !== undefined) await lockExistingNames(executor, rule.text, name);
    context.log.info({ group: name, was: group.name, actor }, 'group changed');
    return findGroup(executor, group.uid);
  });
}

function isStatic({ name }: GroupView): ScanoramaError {
  return new ScanoramaError(
    'conflict',
    `The group ${quote(name)} lists its hosts, so it cannot have a rule.`,
    {
      at: name,
      hint: 'Make another group with the rule.',
    },
  );
}

/**
 * Removes a group; its hosts stay, and their history tells that they were in it. It is an edit that can be taken back, also
 * of a group with a rule. Throws `not_found`, and `conflict` while the rule of another names it.
 */
export function removeGroup(context: WorkContext, text: string, actor: Actor): Promise<EditOutcome> {
  return underEditLock(context, async (executor) => {
    const group = await findGroup(executor, text);
    await assertNothingNames(executor, { kind: 'group', name: group.name });
    const pairs = allOf('group', group.id);
    await lockHostsOf(executor, pairs);
    const outcome = await recordEdit(context, executor, {
      terms: { summary: `remove the group ${group.name}`, actor },
      async act(editId) {
        await takeOutOf(executor, { kind: 'group', editId, pairs });
        await removeLabel(executor, editId, { kind: 'group', id: group.id });
      },
    });
    context.log.info({ group: group.name, hosts: outcome.hostsChanged, actor }, 'group removed');
    return outcome;
  });
}
