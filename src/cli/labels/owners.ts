import { pagesOf } from '#cli/arguments/pages.js';
import { printResultOf, showList, storeAndPrint } from '#cli/arguments/show-list.js';
import { usage } from '#cli/arguments/usage.js';
import {
  findNetwork,
  NETWORK_ARGUMENT,
  NETWORK_SITE_FLAG,
  type NetworkArgument,
  networkArgumentOf,
} from '#cli/networks/network-arguments.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import type { ExitCode } from '#cli/program/exit.js';
import type { Owner, OwnerChange } from '#contract/labels/owner.js';
import { checkLabelName } from '#domain/fields/label-name.js';
import { grouped } from '#domain/text/count-text.js';

const NAME_ARGUMENT = { name: 'name', help: 'the name of the owner', required: true } as const;
const CONTACT_FLAG = { flags: '--contact <text>', help: 'contact of the owner' } as const;

function runListOwners(_plan: undefined, context: Context): Promise<ExitCode> {
  return showList<Owner>(
    {
      pages: (client) => pagesOf({ keyOf: (owner) => owner.id, load: (query) => client.owners(query) }),
      heads: ['NAME', 'HOSTS', 'NETWORKS', 'CONTACT'],
      row: ({ name, hosts, networks, contact }) => [
        name,
        grouped(hosts),
        networks.length === 0 ? '-' : networks.join(' '),
        contact ?? '-',
      ],
      right: [1],
      none: 'No owners.',
    },
    context,
  );
}

interface AddOwnerPlan {
  readonly name: string;
  readonly contact: string | undefined;
}

function parseAddOwner({ args, flags }: CommandInput): AddOwnerPlan {
  return { name: checkLabelName('owner', args[0] ?? ''), contact: flags.text('contact') };
}

interface ChangeOwnerPlan {
  readonly name: string;
  readonly change: OwnerChange;
}

function parseChangeOwner({ args, flags }: CommandInput): ChangeOwnerPlan {
  const [to, contact] = [flags.text('name'), flags.text('contact')];
  if (to === undefined && contact === undefined)
    throw usage('No change was specified.', { hint: 'Give --name or --contact.' });
  return {
    name: checkLabelName('owner', args[0] ?? ''),
    change: {
      ...(to === undefined ? {} : { name: checkLabelName('owner', to) }),
      ...(contact === undefined ? {} : { contact }),
    },
  };
}

interface AssignPlan {
  readonly network: NetworkArgument;
  readonly owner: string | null;
}

function runAssign({ network, owner }: AssignPlan, context: Context): Promise<ExitCode> {
  return printResultOf(
    context,
    async (client) => client.setNetworkOwner((await findNetwork(client, network)).id, owner),
    (answer) =>
      `The network ${answer.network} is ${answer.owner === null ? 'without an owner' : `of ${answer.owner}`} now.`,
  );
}

export const ownersCommands = [
  defineCommand<undefined>({
    path: ['owners', 'list'],
    summary: 'list owners with their hosts and networks',
    examples: [['owners list', 'every owner']],
    json: 'stream',
    place: 'any',
    parse: () => undefined,
    run: runListOwners,
  }),
  defineCommand<AddOwnerPlan>({
    path: ['owners', 'add'],
    summary: 'add an owner of hosts and networks',
    arguments: [NAME_ARGUMENT],
    flags: [CONTACT_FLAG],
    examples: [['owners add net-team --contact net@example.invalid', 'an owner to assign']],
    json: 'document',
    place: 'any',
    parse: parseAddOwner,
    run: ({ name, contact }, context) =>
      storeAndPrint(
        context,
        (client) => client.createOwner({ name, ...(contact === undefined ? {} : { contact }) }),
        (owner) => `The owner ${owner.name} is stored.`,
      ),
  }),
  defineCommand<ChangeOwnerPlan>({
    path: ['owners', 'edit'],
    aliases: ['update'],
    summary: 'edit the name or contact of an owner',
    arguments: [NAME_ARGUMENT],
    flags: [{ flags: '--name <name>', help: 'the new name' }, CONTACT_FLAG],
    examples: [['owners edit net-team --name Net', 'what is theirs stays theirs']],
    json: 'document',
    place: 'any',
    parse: parseChangeOwner,
    run: ({ name, change }, context) =>
      printResultOf(
        context,
        (client) => client.changeOwner(name, change),
        (owner) => `The owner ${owner.name} is changed.`,
      ),
  }),
  defineCommand<string>({
    path: ['owners', 'remove'],
    summary: 'remove an owner without hosts and networks',
    arguments: [NAME_ARGUMENT],
    examples: [['owners remove Net', 'refused, with counts, while anything is theirs']],
    json: 'document',
    place: 'any',
    parse: ({ args }) => checkLabelName('owner', args[0] ?? ''),
    run: (name, context) =>
      printResultOf(
        context,
        (client) => client.removeOwner(name),
        (owner) => `The owner ${owner.name} is removed.`,
      ),
  }),
  defineCommand<AssignPlan>({
    path: ['owners', 'assign'],
    summary: 'assign a network to an owner; its hosts inherit the owner unless they have their own',
    arguments: [NAME_ARGUMENT, NETWORK_ARGUMENT],
    flags: [NETWORK_SITE_FLAG],
    examples: [['owners assign Net office', 'and `hosts edit --owner` for single hosts']],
    json: 'document',
    place: 'any',
    parse: (input) => ({
      owner: checkLabelName('owner', input.args[0] ?? ''),
      network: networkArgumentOf(input, input.args[1]),
    }),
    run: runAssign,
  }),
  defineCommand<AssignPlan>({
    path: ['owners', 'unassign'],
    summary: 'remove the owner of a network',
    arguments: [NETWORK_ARGUMENT],
    flags: [NETWORK_SITE_FLAG],
    examples: [['owners unassign office', 'its hosts no longer inherit an owner']],
    json: 'document',
    place: 'any',
    parse: (input) => ({ owner: null, network: networkArgumentOf(input, input.args[0]) }),
    run: runAssign,
  }),
];
