import { ScanoramaError } from '#domain/errors/error.js';
import { checkFieldValue } from '#domain/fields/custom-field.js';
import { distinctLabels, labelKey } from '#domain/fields/label-name.js';
import { checkNoteText } from '#domain/fields/note-text.js';
import { quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';
import { findField } from '#store/edits/custom-fields.js';
import { findGroup } from '#store/groups/host-groups.js';
import { findOwner } from '#store/groups/owners.js';
import type { FieldValue } from '#store/hosts/host-values.js';

/** Tags or groups by name. `set`: these and no others. */
export interface MembershipInput {
  readonly add?: readonly string[] | undefined;
  readonly remove?: readonly string[] | undefined;
  readonly set?: readonly string[] | undefined;
}

/** What somebody wants to say of hosts; what is absent stays as it is. */
export interface HostEditInput {
  readonly tags?: MembershipInput | undefined;
  readonly groups?: Pick<MembershipInput, 'add' | 'remove'> | undefined;
  /** By name; null: nobody. */
  readonly owner?: string | null | undefined;
  /** By name; null: no value. */
  readonly fields?: Readonly<Record<string, string | null>> | undefined;
  readonly note?: string | undefined;
}

/** The same with everything found that it names. */
export interface HostEditPlan {
  readonly addTags: readonly string[];
  readonly removeTagKeys: readonly string[];
  /** The keys of the only tags that stay; undefined: whatever stands stays. */
  readonly onlyTagKeys: readonly string[] | undefined;
  readonly addGroupKeys: readonly string[];
  readonly removeGroupKeys: readonly string[];
  readonly owner: { readonly id: number | null; readonly name: string } | undefined;
  readonly fields: readonly FieldValue[];
  readonly note: string | undefined;
  /** At most so many changes it makes of one host. */
  readonly changesPerHost: number;
  readonly summary: string;
}

/** Tags that setting them is taken to remove of a host or a scan; it may be more. */
export const TAGS_SET_WEIGHT = 5;

/** Finds what a wish names, all or nothing: `invalid_request`, `not_found`, `conflict` for members of a rule group. */
export async function planHostEdit(executor: Executor, input: HostEditInput): Promise<HostEditPlan> {
  const { tags = {}, groups = {} } = input;
  const addTags = distinctLabels('tag', [...(tags.add ?? []), ...(tags.set ?? [])]);
  const removeTags = distinctLabels('tag', tags.remove ?? []);
  refuseBoth('tag', addTags, removeTags);
  const addGroups = await staticGroups(executor, groups.add ?? []);
  const removeGroups = await staticGroups(executor, groups.remove ?? []);
  refuseBoth('group', addGroups, removeGroups);
  const fields = await fieldValues(executor, input.fields ?? {});
  const note = input.note === undefined ? undefined : checkNoteText(input.note);
  return {
    addTags,
    removeTagKeys: removeTags.map(labelKey),
    onlyTagKeys: tags.set === undefined ? undefined : addTags.map(labelKey),
    addGroupKeys: addGroups.map(labelKey),
    removeGroupKeys: removeGroups.map(labelKey),
    owner: await ownerWanted(executor, input.owner),
    fields,
    note,
    changesPerHost:
      addTags.length +
      removeTags.length +
      (tags.set === undefined ? 0 : TAGS_SET_WEIGHT) +
      addGroups.length +
      removeGroups.length +
      (input.owner === undefined ? 0 : 1) +
      fields.length +
      (note === undefined ? 0 : 1),
    summary: summaryOf(input),
  };
}

/** Throws `invalid_request`. */
export function refuseBoth(noun: string, add: readonly string[], remove: readonly string[]): void {
  const keys = new Set(remove.map(labelKey));
  const both = add.find((name) => keys.has(labelKey(name)));
  if (both === undefined) return;
  throw new ScanoramaError(
    'invalid_request',
    `The ${noun} ${quote(both)} cannot be added and removed at once.`,
    { at: both },
  );
}

async function staticGroups(executor: Executor, texts: readonly string[]): Promise<readonly string[]> {
  const names: string[] = [];
  for (const text of texts) {
    const group = await findGroup(executor, text);
    if (group.kind === 'rule')
      throw new ScanoramaError(
        'conflict',
        `The members of the group ${quote(group.name)} are those that its rule finds.`,
        { at: group.name, hint: '`scanorama groups edit NAME --rule FILTER` changes the rule.' },
      );
    names.push(group.name);
  }
  return distinctLabels('group', names);
}

async function ownerWanted(executor: Executor, text: string | null | undefined) {
  if (text === undefined) return undefined;
  if (text === null) return { id: null, name: 'nobody' };
  const { id, name } = await findOwner(executor, text);
  return { id, name };
}

async function fieldValues(
  executor: Executor,
  wanted: Readonly<Record<string, string | null>>,
): Promise<readonly FieldValue[]> {
  const values = new Map<number, FieldValue>();
  for (const [name, text] of Object.entries(wanted)) {
    const field = await findField(executor, name);
    if (values.has(field.id))
      throw new ScanoramaError('invalid_request', `The field ${field.name} was given two values.`, {
        at: field.name,
      });
    values.set(field.id, { fieldId: field.id, value: text === null ? null : checkFieldValue(field, text) });
  }
  return [...values.values()];
}

function summaryOf({ tags = {}, groups = {}, owner, fields = {}, note }: HostEditInput): string {
  const parts = [
    textsOf('tags set to', tags.set, 'none'),
    textsOf('tag', tags.add),
    textsOf('untag', tags.remove),
    textsOf('into group', groups.add),
    textsOf('out of group', groups.remove),
    owner === undefined ? '' : `owner ${owner ?? 'nobody'}`,
    textsOf(
      'field',
      Object.entries(fields).map(([name, value]) => `${name}=${value ?? ''}`),
    ),
    note === undefined ? '' : 'note',
  ];
  return parts.filter((part) => part !== '').join('; ') || 'nothing';
}

function textsOf(command: string, names: readonly string[] | undefined, none = ''): string {
  if (names === undefined) return '';
  if (names.length === 0) return none === '' ? '' : `${command} ${none}`;
  return `${command} ${names.join(', ')}`;
}
