import { commaListOf, oneOf } from '#cli/arguments/flag-parsers.js';
import { printResultOf, showList, storeAndPrint } from '#cli/arguments/show-list.js';
import { usage } from '#cli/arguments/usage.js';
import { hostsAndScans, withUndo } from '#cli/hosts/edit-outcome.js';
import { CLEAR_DESCRIPTION_FLAG, descriptionChange } from '#cli/networks/description-flags.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import type { ExitCode } from '#cli/program/exit.js';
import type { Field, FieldChange, FieldRequest } from '#contract/labels/custom-field.js';
import { checkChoices, checkFieldName, FIELD_TYPES } from '#domain/fields/custom-field.js';
import { grouped } from '#domain/text/count-text.js';

const NAME_ARGUMENT = { name: 'name', help: 'the name of the field', required: true } as const;
const FIELD_FLAGS = [
  { flags: '--choices <list>', help: 'comma-separated values of a choice' },
  { flags: '--description <text>', help: 'what it is for' },
] as const;

function runListFields(_plan: undefined, context: Context): Promise<ExitCode> {
  return showList<Field>(
    {
      async *pages(client) {
        yield (await client.fields()).data;
      },
      heads: ['NAME', 'TYPE', 'HOSTS', 'CHOICES', 'DESCRIPTION'],
      row: ({ name, type, hosts, choices, description }) => [
        name,
        type,
        grouped(hosts),
        choices?.join(', ') ?? '-',
        description ?? '-',
      ],
      right: [2],
      none: 'No fields.',
    },
    context,
  );
}

function choicesOf({ flags }: CommandInput): string[] | undefined {
  const text = flags.text('choices');
  return text === undefined ? undefined : [...checkChoices(commaListOf('choices', [text]))];
}

function parseAddField(input: CommandInput): FieldRequest {
  const type = oneOf('type', input.flags.text('type'), FIELD_TYPES) ?? 'text';
  const [choices, description] = [choicesOf(input), input.flags.text('description')];
  if ((type === 'choice') !== (choices !== undefined))
    throw usage('--choices goes with --type choice, and --type choice needs it.');
  return {
    name: checkFieldName(input.args[0] ?? ''),
    type,
    ...(choices === undefined ? {} : { choices }),
    ...(description === undefined ? {} : { description }),
  };
}

interface ChangeFieldPlan {
  readonly name: string;
  readonly change: FieldChange;
}

function parseChangeField(input: CommandInput): ChangeFieldPlan {
  const choices = choicesOf(input);
  const change = { ...(choices === undefined ? {} : { choices }), ...descriptionChange(input.flags) };
  if (Object.keys(change).length === 0)
    throw usage('No change was specified.', { hint: 'Give --choices or --description.' });
  return {
    name: checkFieldName(input.args[0] ?? ''),
    change,
  };
}

export const fieldsCommands = [
  defineCommand<undefined>({
    path: ['fields', 'list'],
    summary: 'list custom fields',
    examples: [['fields list', 'every field with its type']],
    json: 'stream',
    place: 'any',
    parse: () => undefined,
    run: runListFields,
  }),
  defineCommand<FieldRequest>({
    path: ['fields', 'add'],
    summary: 'define a custom field of hosts',
    arguments: [NAME_ARGUMENT],
    flags: [
      {
        flags: '--type <type>',
        help: `one of ${FIELD_TYPES.join(', ')} (default: text)`,
        choices: FIELD_TYPES,
      },
      ...FIELD_FLAGS,
    ],
    examples: [
      ['fields add rack', 'text of one line'],
      ['fields add tier --type choice --choices gold,silver', 'one of few words'],
    ],
    json: 'document',
    place: 'any',
    parse: parseAddField,
    run: (request, context) =>
      storeAndPrint(
        context,
        (client) => client.createField(request),
        (field) => `The field ${field.name} is defined: ${field.type}.`,
      ),
  }),
  defineCommand<ChangeFieldPlan>({
    path: ['fields', 'edit'],
    aliases: ['update'],
    summary: 'edit the description or choices of a custom field',
    arguments: [NAME_ARGUMENT],
    flags: [...FIELD_FLAGS, CLEAR_DESCRIPTION_FLAG],
    examples: [
      ['fields edit tier --choices gold,silver,bronze', 'refused while a host has one that would go'],
    ],
    json: 'document',
    place: 'any',
    parse: parseChangeField,
    run: ({ name, change }, context) =>
      printResultOf(
        context,
        (client) => client.changeField(name, change),
        (field) => `The field ${field.name} is changed.`,
      ),
  }),
  defineCommand<string>({
    path: ['fields', 'remove'],
    summary: 'remove a custom field and its values, which history keeps',
    arguments: [NAME_ARGUMENT],
    examples: [['fields remove rack', 'prints how it is taken back']],
    json: 'document',
    place: 'any',
    parse: ({ args }) => checkFieldName(args[0] ?? ''),
    run: (name, context) =>
      printResultOf(
        context,
        (client) => client.removeField(name),
        (outcome) => {
          const who = hostsAndScans(outcome.hosts_changed, 0) ?? 'no host';
          return withUndo(`The field ${name} is removed: ${who} had a value`, outcome, context);
        },
      ),
  }),
];
