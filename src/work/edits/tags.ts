import { checkColor } from '#domain/fields/color.js';
import { checkLabelName, labelKey } from '#domain/fields/label-name.js';
import { lockHostsOf } from '#store/edits/edits.js';
import { removeLabel } from '#store/edits/label-edits.js';
import { lockScansOf, scansWith, takeFromScans } from '#store/edits/scan-tag-edits.js';
import { allOf, takeOutOf } from '#store/groups/host-memberships.js';
import { findTag, hasTag, insertTags, type TagView, updateTag } from '#store/tags/tags.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { assertTagLimits } from '#work/edits/create-tags.js';
import { assertNoRuleNames, assertNothingNames } from '#work/edits/group-rules.js';
import { nameTaken } from '#work/edits/name-taken.js';
import { type EditOutcome, newUid, recordEdit, underEditLock } from '#work/edits/record-edit.js';
import { assertNoScheduleGives } from '#work/schedules/schedule-references.js';

export interface TagInput {
  readonly name?: string | undefined;
  readonly color?: string | null | undefined;
}

/** Makes a tag that no host has yet. Throws `invalid_request`, `conflict`. */
export function addTag(
  context: WorkContext,
  {
    name: wanted,
    color = null,
    actor,
  }: { readonly name: string; readonly color?: string | null | undefined; readonly actor: Actor },
): Promise<TagView> {
  const name = checkLabelName('tag', wanted);
  const checked = color === null ? null : checkColor(color);
  return underEditLock(context, async (executor) => {
    const tag = { uid: newUid(context), name, color: checked, actor };
    if ((await insertTags(executor, [tag])) === 0) throw nameTaken('tag', name);
    await assertTagLimits(executor);
    context.log.info({ tag: name, actor }, 'tag made');
    return findTag(executor, name);
  });
}

/** Renames a tag or gives it a colour; its hosts and scans keep it. Throws `not_found`, `invalid_request`, `conflict`. */
export function changeTag(
  context: WorkContext,
  text: string,
  { input, actor }: { readonly input: TagInput; readonly actor: Actor },
): Promise<TagView> {
  const wanted = input.name === undefined ? undefined : checkLabelName('tag', input.name);
  const color = input.color === undefined || input.color === null ? input.color : checkColor(input.color);
  return underEditLock(context, async (executor) => {
    const tag = await findTag(executor, text);
    const name = wanted ?? tag.name;
    // Nobody else changes a name meanwhile.
    if (labelKey(name) !== labelKey(tag.name) && (await hasTag(executor, name))) throw nameTaken('tag', name);
    if (labelKey(name) !== labelKey(tag.name)) {
      await assertNoRuleNames(executor, { field: 'tag', name: tag.name }, 'renamed');
      await assertNoScheduleGives(executor, tag.name, 'renamed');
    }
    await updateTag(executor, tag.id, { name, color: color === undefined ? tag.color : color, actor });
    context.log.info({ tag: name, was: tag.name, actor }, 'tag changed');
    return findTag(executor, name);
  });
}

/**
 * Removes a tag from its hosts and scans and for itself, as an edit that can be taken back. Throws `not_found`, and `conflict`
 * while a schedule gives it to its scans, or a filter of one or the rule of a group names it.
 */
export function removeTag(context: WorkContext, text: string, actor: Actor): Promise<EditOutcome> {
  return underEditLock(context, async (executor) => {
    const tag = await findTag(executor, text);
    await assertNothingNames(executor, { kind: 'tag', name: tag.name });
    const pairs = allOf('tag', tag.id);
    await lockHostsOf(executor, pairs);
    await lockScansOf(executor, scansWith(tag.id));
    const outcome = await recordEdit(context, executor, {
      terms: { summary: `remove the tag ${tag.name}`, actor },
      async act(editId) {
        await takeOutOf(executor, { kind: 'tag', editId, pairs });
        await takeFromScans(executor, editId, tag.id);
        await removeLabel(executor, editId, { kind: 'tag', id: tag.id });
      },
    });
    const { hostsChanged: hosts, scansChanged: scans } = outcome;
    context.log.info({ tag: tag.name, hosts, scans, actor }, 'tag removed');
    return outcome;
  });
}
