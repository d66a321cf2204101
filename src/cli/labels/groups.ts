import { countOf } from '#cli/arguments/flag-parsers.js';
import { pagesOf } from '#cli/arguments/pages.js';
import { printResultOf, showList, showOne, storeAndPrint } from '#cli/arguments/show-list.js';
import { usage } from '#cli/arguments/usage.js';
import { outcomeText, withUndo } from '#cli/hosts/edit-outcome.js';
import { HOST_SITE_FLAG, type HostName, hostIdsOf, parseHostNames } from '#cli/hosts/host-arguments.js';
import { COLOR_FLAG, colorOf } from '#cli/labels/tags.js';
import { CLEAR_DESCRIPTION_FLAG, descriptionChange } from '#cli/networks/description-flags.js';
import { placed } from '#cli/output/site-suffix.js';
import { localTime } from '#cli/output/time.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import type { ExitCode } from '#cli/program/exit.js';
import type { Host } from '#contract/hosts/host.js';
import type { Group, GroupChange, GroupRequest } from '#contract/labels/group.js';
import { checkLabelName } from '#domain/fields/label-name.js';
import { readFilter } from '#domain/filter/read.js';
import { grouped } from '#domain/text/count-text.js';

const NAME_ARGUMENT = { name: 'name', help: 'the name of the group', required: true } as const;
/** So short that the usage of `groups remove-member` fits into a narrow terminal. */
const OF_GROUP = { name: 'id', help: 'the name of the group, or its id', required: true } as const;
const HOSTS_ARGUMENT = {
  name: 'ip',
  help: 'the addresses of the hosts, or their ids',
  required: true,
  variadic: true,
} as const;
const GROUP_FLAGS = [
  {
    flags: '--rule <filter>',
    help: 'a filter: the hosts that match are the members, always as they are then',
  },
  { flags: '--description <text>', help: 'what it is for' },
  COLOR_FLAG,
] as const;

const nameOf = ({ args }: CommandInput) => checkLabelName('group', args[0] ?? '');

function runListGroups(_plan: undefined, context: Context): Promise<ExitCode> {
  return showList<Group>(
    {
      pages: (client) => pagesOf({ keyOf: (group) => group.id, load: (query) => client.groups(query) }),
      heads: ['NAME', 'KIND', 'HOSTS', 'RULE', 'DESCRIPTION'],
      row: ({ name, kind, hosts, rule, description }) => [
        name,
        kind,
        grouped(hosts),
        rule ?? '-',
        description ?? '-',
      ],
      right: [2],
      none: 'No groups.',
    },
    context,
  );
}

function groupFacts(group: Group): (readonly [string, string])[] {
  return [
    ['Group', group.name],
    ['Id', group.id],
    ['Kind', group.kind],
    ...(group.rule === null ? [] : [['Rule', group.rule] as const]),
    ['Hosts', grouped(group.hosts)],
    ['Description', group.description ?? '-'],
    ['Color', group.color ?? '-'],
    ['Made', `${localTime(group.created_at)} by ${group.created_by}`],
    ['Changed', `${localTime(group.updated_at)} by ${group.updated_by}`],
  ];
}

function runShowGroup(name: string, context: Context): Promise<ExitCode> {
  return showOne(context, async (client) => {
    const group = await client.group(name);
    return { document: group, facts: groupFacts(group) };
  });
}

/** What is wrong with it is said before anything is asked. */
function ruleOf({ flags }: CommandInput): { rule?: string } {
  const rule = flags.text('rule');
  if (rule === undefined) return {};
  readFilter(rule);
  return { rule };
}

function parseCreateGroup(input: CommandInput): GroupRequest {
  const [description, color] = [input.flags.text('description'), colorOf(input)];
  return {
    name: nameOf(input),
    ...ruleOf(input),
    ...(description === undefined ? {} : { description }),
    ...(color === undefined ? {} : { color }),
  };
}

interface UpdateGroupPlan {
  readonly name: string;
  readonly change: GroupChange;
}

function parseUpdateGroup(input: CommandInput): UpdateGroupPlan {
  const { flags } = input;
  const [to, color] = [flags.text('name'), colorOf(input)];
  const change = {
    ...(to === undefined ? {} : { name: checkLabelName('group', to) }),
    ...descriptionChange(flags),
    ...(color === undefined ? {} : { color }),
    ...ruleOf(input),
  };
  if (Object.keys(change).length === 0)
    throw usage('No change was specified.', { hint: 'Give --name, --description, --color or --rule.' });
  return { name: nameOf(input), change };
}

interface MembersPlan {
  readonly name: string;
  readonly hosts: readonly HostName[];
}

function parseMembers(input: CommandInput): MembersPlan {
  return { name: nameOf(input), hosts: parseHostNames({ ...input, args: input.args.slice(1) }) };
}

function editMembers(command: 'addGroupHosts' | 'removeGroupHosts') {
  return ({ name, hosts }: MembersPlan, context: Context): Promise<ExitCode> =>
    printResultOf(
      context,
      async (client) => client[command](name, await hostIdsOf(client, hosts)),
      (outcome) => outcomeText(outcome, context),
    );
}

const changingCommands = [
  defineCommand<GroupRequest>({
    path: ['groups', 'add'],
    aliases: ['create'],
    summary: 'create a group of hosts',
    arguments: [NAME_ARGUMENT],
    flags: GROUP_FLAGS,
    examples: [
      ['groups add printers', 'a group to put hosts into'],
      ['groups add printers --rule port:9100', 'a group of whatever matches'],
    ],
    json: 'document',
    place: 'any',
    parse: parseCreateGroup,
    run: (request, context) =>
      storeAndPrint(
        context,
        (client) => client.createGroup(request),
        (group) => `The group ${group.name} is made.`,
      ),
  }),
  defineCommand<UpdateGroupPlan>({
    path: ['groups', 'edit'],
    aliases: ['update'],
    summary: 'edit the name, description, color or rule of a group',
    arguments: [NAME_ARGUMENT],
    flags: [{ flags: '--name <name>', help: 'the new name' }, ...GROUP_FLAGS, CLEAR_DESCRIPTION_FLAG],
    examples: [['groups edit printers --name Printers', 'its hosts stay in it']],
    json: 'document',
    place: 'any',
    parse: parseUpdateGroup,
    run: ({ name, change }, context) =>
      printResultOf(
        context,
        (client) => client.changeGroup(name, change),
        (group) => `The group ${group.name} is changed.`,
      ),
  }),
  defineCommand<string>({
    path: ['groups', 'remove'],
    aliases: ['delete'],
    summary: 'remove a group; its hosts are kept',
    arguments: [NAME_ARGUMENT],
    examples: [['groups remove printers', 'prints how it is taken back']],
    json: 'document',
    place: 'any',
    parse: nameOf,
    run: (name, context) =>
      printResultOf(
        context,
        (client) => client.removeGroup(name),
        (outcome) => withUndo(`The group ${name} is removed, and its hosts stay`, outcome, context),
      ),
  }),
];

interface ListMembersPlan {
  readonly name: string;
  readonly limit: number | undefined;
}

function runListMembers({ name, limit }: ListMembersPlan, context: Context): Promise<ExitCode> {
  return showList<Host>(
    {
      pages: (client) =>
        pagesOf({ limit, keyOf: (host) => host.id, load: (query) => client.groupHosts(name, query) }),
      heads: ['ADDRESS', 'STATUS', 'NAME', 'LAST SEEN', 'TAGS'],
      row: ({ ip, site, status, custom_name, hostname, last_seen, tags }) => [
        placed(ip, site),
        status,
        custom_name ?? hostname ?? '-',
        localTime(last_seen),
        tags.length === 0 ? '-' : tags.map((tag) => tag.name).join(', '),
      ],
      none: 'No members.',
    },
    context,
  );
}

const memberCommands = [
  defineCommand<ListMembersPlan>({
    path: ['groups', 'members'],
    summary: 'list the hosts of a group',
    arguments: [NAME_ARGUMENT],
    flags: [{ flags: '-n, --limit <count>', help: 'maximum number (default: all)' }],
    examples: [['groups members printers', 'also those that a rule finds']],
    json: 'stream',
    place: 'any',
    parse: (input) => ({ name: nameOf(input), limit: countOf('limit', input.flags.text('limit')) }),
    run: runListMembers,
  }),
  defineCommand<MembersPlan>({
    path: ['groups', 'add-member'],
    summary: 'add hosts to a static group',
    arguments: [OF_GROUP, HOSTS_ARGUMENT],
    flags: [HOST_SITE_FLAG],
    examples: [['groups add-member printers 198.18.0.9', 'prints how to take it back']],
    json: 'document',
    place: 'any',
    parse: parseMembers,
    run: editMembers('addGroupHosts'),
  }),
  defineCommand<MembersPlan>({
    path: ['groups', 'remove-member'],
    summary: 'remove hosts from a static group',
    arguments: [OF_GROUP, HOSTS_ARGUMENT],
    flags: [HOST_SITE_FLAG],
    examples: [['groups remove-member printers 198.18.0.9', 'prints how to take it back']],
    json: 'document',
    place: 'any',
    parse: parseMembers,
    run: editMembers('removeGroupHosts'),
  }),
];

export const groupsCommands = [
  defineCommand<undefined>({
    path: ['groups', 'list'],
    summary: 'list the groups of hosts',
    examples: [['groups list', 'every group and how many hosts are in it']],
    json: 'stream',
    place: 'any',
    parse: () => undefined,
    run: runListGroups,
  }),
  defineCommand<string>({
    path: ['groups', 'show'],
    summary: 'show a group',
    arguments: [NAME_ARGUMENT],
    examples: [['groups show printers', 'what it is']],
    json: 'document',
    place: 'any',
    parse: nameOf,
    run: runShowGroup,
  }),
  ...changingCommands,
  ...memberCommands,
];
