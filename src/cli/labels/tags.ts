import { pagesOf } from '#cli/arguments/pages.js';
import { printResultOf, showList, storeAndPrint } from '#cli/arguments/show-list.js';
import { hostsAndScans, withUndo } from '#cli/hosts/edit-outcome.js';
import { localTime } from '#cli/output/time.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import type { ExitCode } from '#cli/program/exit.js';
import type { TagRemoval } from '#contract/hosts/edit.js';
import type { Tag } from '#contract/labels/tag.js';
import { checkColor } from '#domain/fields/color.js';
import { checkLabelName } from '#domain/fields/label-name.js';
import { grouped } from '#domain/text/count-text.js';

const NAME_ARGUMENT = { name: 'name', help: 'the name of the tag', required: true } as const;
export const COLOR_FLAG = { flags: '--color <color>', help: 'as RRGGBB' } as const;

export function colorOf({ flags }: CommandInput): string | undefined {
  const text = flags.text('color');
  return text === undefined ? undefined : checkColor(text);
}

function runListTags(_plan: undefined, context: Context): Promise<ExitCode> {
  return showList<Tag>(
    {
      pages: (client) => pagesOf({ keyOf: (tag) => tag.name, load: (query) => client.tags(query) }),
      heads: ['NAME', 'HOSTS', 'SCANS', 'COLOR', 'MADE', 'BY'],
      row: (tag) => [
        tag.name,
        grouped(tag.hosts),
        grouped(tag.scans),
        tag.color ?? '-',
        localTime(tag.created_at),
        tag.created_by,
      ],
      right: [1, 2],
      none: 'No tags.',
    },
    context,
  );
}

interface AddTagPlan {
  readonly name: string;
  readonly color: string | undefined;
}

function parseAddTag(input: CommandInput): AddTagPlan {
  return { name: checkLabelName('tag', input.args[0] ?? ''), color: colorOf(input) };
}

interface RenameTagPlan {
  readonly name: string;
  readonly to: string;
}

function parseRenameTag({ args }: CommandInput): RenameTagPlan {
  return { name: checkLabelName('tag', args[0] ?? ''), to: checkLabelName('tag', args[1] ?? '') };
}

interface ColorTagPlan {
  readonly name: string;
  readonly color: string | null;
}

function parseColorTag({ args }: CommandInput): ColorTagPlan {
  const [name = '', color = ''] = args;
  return { name: checkLabelName('tag', name), color: color === 'none' ? null : checkColor(color) };
}

function removalText(name: string, removal: TagRemoval, context: Context): string {
  const { hosts_changed: hosts, scans_changed: scans } = removal;
  const who = hostsAndScans(hosts, scans) ?? 'no host';
  return withUndo(`The tag ${name} is removed: ${who} had it`, removal, context);
}

export const tagsCommands = [
  defineCommand<undefined>({
    path: ['tags', 'list'],
    summary: 'list the tags and how many hosts and scans have each',
    examples: [['tags list', 'every tag']],
    json: 'stream',
    place: 'any',
    parse: () => undefined,
    run: runListTags,
  }),
  defineCommand<AddTagPlan>({
    path: ['tags', 'add'],
    summary: 'create a tag',
    arguments: [NAME_ARGUMENT],
    flags: [COLOR_FLAG],
    examples: [['tags add critical --color a8231c', 'a tag with a color']],
    json: 'document',
    place: 'any',
    parse: parseAddTag,
    run: ({ name, color }, context) =>
      storeAndPrint(
        context,
        (client) => client.createTag({ name, ...(color === undefined ? {} : { color }) }),
        (tag) => `The tag ${tag.name} is made.`,
      ),
  }),
  defineCommand<RenameTagPlan>({
    path: ['tags', 'rename'],
    summary: 'rename a tag',
    arguments: [NAME_ARGUMENT, { name: 'new-name', help: 'its name from now on', required: true }],
    examples: [['tags rename prod production', 'every host has it under the new name']],
    json: 'document',
    place: 'any',
    parse: parseRenameTag,
    run: ({ name, to }, context) =>
      printResultOf(
        context,
        (client) => client.changeTag(name, { name: to }),
        (tag) => `The tag ${name} is called ${tag.name} now.`,
      ),
  }),
  defineCommand<ColorTagPlan>({
    path: ['tags', 'color'],
    summary: 'set the color of a tag',
    arguments: [NAME_ARGUMENT, { name: 'color', help: 'as RRGGBB, or none', required: true }],
    examples: [['tags color critical a8231c', 'the page shows it so']],
    json: 'document',
    place: 'any',
    parse: parseColorTag,
    run: ({ name, color }, context) =>
      printResultOf(
        context,
        (client) => client.changeTag(name, { color }),
        (tag) => `The color of the tag ${tag.name}: ${tag.color ?? 'none'}.`,
      ),
  }),
  defineCommand<string>({
    path: ['tags', 'remove'],
    summary: 'remove a tag from every host and every scan',
    arguments: [NAME_ARGUMENT],
    examples: [['tags remove critical', 'prints how it is taken back']],
    json: 'document',
    place: 'any',
    parse: ({ args }) => checkLabelName('tag', args[0] ?? ''),
    run: (name, context) =>
      printResultOf(
        context,
        (client) => client.removeTag(name),
        (removal) => removalText(name, removal, context),
      ),
  }),
];
