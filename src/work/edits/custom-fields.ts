import { ScanoramaError } from '#domain/errors/error.js';
import { checkChoices, checkFieldName, type FieldType } from '#domain/fields/custom-field.js';
import { quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';
import {
  type FieldView,
  findField,
  insertField,
  listFields,
  updateField,
  valuesInUse,
} from '#store/edits/custom-fields.js';
import { lockHostsOf } from '#store/edits/edits.js';
import { removeLabel } from '#store/edits/label-edits.js';
import { noValues, setFieldValues } from '#store/hosts/host-values.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { assertNothingNames } from '#work/edits/group-rules.js';
import { nameTaken } from '#work/edits/name-taken.js';
import { type EditOutcome, newUid, recordEdit, underEditLock } from '#work/edits/record-edit.js';

export const MAX_FIELDS = 100;

export interface FieldOrder {
  readonly name: string;
  readonly type: FieldType;
  readonly choices: readonly string[] | null;
  readonly description: string | null;
  readonly actor: Actor;
}

/** Defines a field. Throws `invalid_request`, `conflict`. */
export function addField(context: WorkContext, order: FieldOrder): Promise<FieldView> {
  const name = checkFieldName(order.name);
  if ((order.type === 'choice') !== (order.choices !== null))
    throw new ScanoramaError(
      'invalid_request',
      'Choices are for a field of the type choice, which needs them.',
      {
        at: 'choices',
      },
    );
  const choices = order.choices === null ? null : checkChoices(order.choices);
  return underEditLock(context, async (executor) => {
    if (!(await insertField(executor, { ...order, uid: newUid(context), name, choices })))
      throw nameTaken('field', name);
    await assertFieldLimits(executor);
    context.log.info({ field: name, type: order.type, actor: order.actor }, 'field defined');
    return findField(executor, name);
  });
}

/** Refuses a field that was just made where there are too many. */
export async function assertFieldLimits(executor: Executor): Promise<void> {
  if ((await listFields(executor)).length > MAX_FIELDS)
    throw new ScanoramaError('conflict', `There cannot be more than ${MAX_FIELDS} fields.`);
}

export interface FieldInput {
  readonly choices?: readonly string[] | undefined;
  readonly description?: string | null | undefined;
}

/**
 * Describes a field or changes its choices; name and type stay. Throws `not_found`, `invalid_request`, and `conflict` when
 * a host has a choice that would go.
 */
export function changeField(
  context: WorkContext,
  name: string,
  { input, actor }: { readonly input: FieldInput; readonly actor: Actor },
): Promise<FieldView> {
  return underEditLock(context, async (executor) => {
    const field = await findField(executor, name);
    if (input.choices !== undefined && field.type !== 'choice')
      throw new ScanoramaError(
        'invalid_request',
        `The field ${field.name} has no choices: it takes a ${field.type}.`,
        {
          at: 'choices',
        },
      );
    const choices = input.choices === undefined ? field.choices : checkChoices(input.choices);
    if (choices !== null) {
      const used = (await valuesInUse(executor, field.id)).filter((value) => !choices.includes(value));
      if (used[0] !== undefined) throw choiceInUse(field, used[0]);
    }
    const { description = field.description } = input;
    await updateField(executor, field.id, { choices, description, actor });
    context.log.info({ field: field.name, actor }, 'field changed');
    return findField(executor, field.name);
  });
}

function choiceInUse({ name }: FieldView, value: string): ScanoramaError {
  return new ScanoramaError('conflict', `A host has the value ${quote(value)} of the field ${name}.`, {
    at: value,
    hint: 'Give those hosts another value first.',
  });
}

/**
 * Removes a field and its values, which the history of each host keeps, as an edit that can be taken back. Throws
 * `not_found`, and `conflict` while the rule of a group names it.
 */
export function removeField(context: WorkContext, name: string, actor: Actor): Promise<EditOutcome> {
  return underEditLock(context, async (executor) => {
    const field = await findField(executor, name);
    await assertNothingNames(executor, { kind: 'field', name: field.name });
    const values = noValues(field.id);
    await lockHostsOf(executor, values);
    const outcome = await recordEdit(context, executor, {
      terms: { summary: `remove the field ${field.name}`, actor },
      async act(editId) {
        await setFieldValues(executor, editId, values);
        await removeLabel(executor, editId, { kind: 'field', id: field.id });
      },
    });
    context.log.info({ field: field.name, hosts: outcome.hostsChanged, actor }, 'field removed');
    return outcome;
  });
}
