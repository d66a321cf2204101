import { pagesOf } from '#cli/arguments/pages.js';
import { note } from '#cli/arguments/print-notice.js';
import { printResult } from '#cli/arguments/print-result.js';
import { showList, showOne } from '#cli/arguments/show-list.js';
import { usage } from '#cli/arguments/usage.js';
import { DOWN_AFTER_FLAGS, downAfterOf } from '#cli/hosts/down-after-flags.js';
import { CLEAR_DESCRIPTION_FLAG, descriptionChange } from '#cli/networks/description-flags.js';
import {
  type ExclusionCommandPlan,
  parseNetworkExclusions,
  runExclusionCommand,
} from '#cli/networks/exclusions.js';
import {
  findNetwork,
  NETWORK_ARGUMENT,
  NETWORK_SITE_FLAG,
  type NetworkArgument,
  networkArgumentOf,
  networkTitle,
} from '#cli/networks/network-arguments.js';
import { removeNetworksCommand } from '#cli/networks/remove-networks.js';
import type { Row } from '#cli/output/table.js';
import { localTime } from '#cli/output/time.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withConnection, withStored } from '#cli/program/connection.js';
import type { ExitCode } from '#cli/program/exit.js';
import { downAfterText } from '#cli/reports/host-status.js';
import type { Network, NetworkChange, NetworkRequest, NetworkStats } from '#contract/networks/network.js';
import { checkNetworkName, parseNetworkCidr } from '#domain/addresses/network-cidr.js';
import { failingSchedulesText } from '#domain/schedules/failing-schedules.js';
import { counted, grouped } from '#domain/text/count-text.js';

export function parseAddNetwork({ args, flags }: CommandInput): NetworkRequest {
  const name = flags.text('name');
  const description = flags.text('description');
  const site = flags.text('site');
  return {
    cidr: parseNetworkCidr(args[0] ?? '').cidr,
    ...(name === undefined ? {} : { name: checkNetworkName(name) }),
    ...(description === undefined ? {} : { description }),
    ...(site === undefined ? {} : { site }),
  };
}

export function runAddNetwork(request: NetworkRequest, context: Context): Promise<ExitCode> {
  return withConnection(context, async ({ client }) => {
    const network = await client.createNetwork(request);
    return printResult(
      context,
      network,
      `The network ${networkTitle(network)} is stored; nothing was sent to it.`,
    );
  });
}

export interface ListNetworksPlan {
  readonly site: string | undefined;
}

export function runListNetworks({ site }: ListNetworksPlan, context: Context): Promise<ExitCode> {
  const filter = site === undefined ? {} : { site };
  return showList<Network>(
    {
      pages: (client) =>
        pagesOf({ keyOf: ({ id }) => id, load: (query) => client.networks({ ...query, ...filter }) }),
      heads: ['NAME', 'CIDR', 'SITE', 'STATE', 'HOSTS', 'UP', 'EXCLUDED'],
      row: networkRow,
      right: [4, 5, 6],
      none: 'No networks.',
    },
    context,
  );
}

function networkRow(network: Network): Row {
  return [
    network.name,
    network.cidr,
    network.site,
    network.enabled ? { text: 'enabled', paint: 'green' } : { text: 'disabled', paint: 'dim' },
    grouped(network.hosts),
    grouped(network.hosts_up),
    grouped(BigInt(network.excluded_addresses)),
  ];
}

export function runShowNetwork(arg: NetworkArgument, context: Context): Promise<ExitCode> {
  return showOne(context, async (client) => {
    const network = await findNetwork(client, arg);
    return { document: network, facts: networkFacts(network) };
  });
}

function networkFacts(network: Network): (readonly [string, string])[] {
  return [
    ['Network', network.cidr],
    ['Name', network.name],
    ['Id', network.id],
    ['Site', network.site],
    ['State', network.enabled ? 'enabled' : 'disabled: not scanned by its name'],
    ['About', network.description ?? '-'],
    ['Hosts', `${counted(network.hosts, 'host')}, ${grouped(network.hosts_up)} up`],
    ['Down after', downAfterText(network)],
    ['Excluded', excludedText(network)],
    ['Added', localTime(network.created_at)],
  ];
}

/** Exclusions of everywhere and of the site hold in it too. */
function excludedText({ excluded_addresses: addresses, exclusions }: Network): string {
  const noun = addresses === '1' ? 'address' : 'addresses';
  return `${grouped(BigInt(addresses))} ${noun}, by whichever exclusion; ${counted(exclusions, 'exclusion')} of its own`;
}

export function runNetworkStats(arg: NetworkArgument, context: Context): Promise<ExitCode> {
  return showOne(context, async (client) => {
    const network = await findNetwork(client, arg);
    const stats = await client.networkStats(network.id);
    const { name, cidr } = network;
    return { document: { network: name, cidr, ...stats }, facts: statsFacts(network, stats) };
  });
}

function statsFacts(network: Network, stats: NetworkStats): (readonly [string, string])[] {
  const { hosts, scans } = stats;
  const excluded = BigInt(stats.excluded_addresses);
  return [
    ['Network', networkTitle(network)],
    [
      'Addresses',
      `${grouped(BigInt(stats.addresses))}${excluded > 0n ? `, ${grouped(excluded)} excluded` : ''}`,
    ],
    ['Hosts', grouped(hosts.total)],
    [
      '',
      `${grouped(hosts.up)} up, ${grouped(hosts.down)} down, ${grouped(hosts.gone)} gone, ${grouped(hosts.unknown)} unknown`,
    ],
    ['Open ports', grouped(stats.open_ports)],
    ['Last seen', localTime(stats.last_seen)],
    ['Scans', grouped(scans.total)],
    ['Last scan', localTime(scans.last_started_at)],
  ];
}

export interface ChangeNetworkPlan {
  readonly network: NetworkArgument;
  readonly change: NetworkChange;
  /** Ends the sentence "The network office …". */
  readonly shown: string;
}

export function parseRenameNetwork(input: CommandInput): ChangeNetworkPlan {
  const name = checkNetworkName(input.args[1] ?? '');
  return {
    network: networkArgumentOf(input, input.args[0]),
    change: { name },
    shown: `is called ${name} now`,
  };
}

export function parseEditNetwork(input: CommandInput): ChangeNetworkPlan {
  const change = { ...descriptionChange(input.flags), ...downAfterOf(input.flags) };
  if (Object.keys(change).length === 0)
    throw usage('No change was specified.', {
      hint: 'Give --description, --down-after-misses or --gone-after.',
    });
  return { network: networkArgumentOf(input, input.args[0]), change, shown: 'is changed' };
}

export function runChangeNetwork(
  { network, change, shown }: ChangeNetworkPlan,
  context: Context,
): Promise<ExitCode> {
  return withStored(context, async ({ client }) => {
    const found = await findNetwork(client, network);
    const changed = await client.changeNetwork(found.id, change);
    const exit = await printResult(context, changed, `The network ${networkTitle(found)} ${shown}.`);
    const failing = failingSchedulesText(changed.failing_schedules, 'network');
    if (failing !== undefined) await note(context, failing);
    return exit;
  });
}

/** What the verbs about one network have alike. */
const OF_ONE = {
  arguments: [NETWORK_ARGUMENT],
  flags: [NETWORK_SITE_FLAG],
  json: 'document',
  place: 'any',
} as const;
const parseOne = (input: CommandInput): NetworkArgument => networkArgumentOf(input, input.args[0]);

function switchCommand(enabled: boolean) {
  const arg = enabled ? 'enable' : 'disable';
  return defineCommand<ChangeNetworkPlan>({
    ...OF_ONE,
    path: ['networks', arg],
    summary: enabled ? 'enable scans of a network by its name' : 'disable scans of a network by its name',
    examples: [
      [`networks ${arg} office`, enabled ? 'it may be scanned again' : 'scans that name it are refused'],
    ],
    parse: (input) => ({ network: parseOne(input), change: { enabled }, shown: `is ${arg}d` }),
    run: runChangeNetwork,
  });
}

export const networksCommands = [
  defineCommand<NetworkRequest>({
    path: ['networks', 'add'],
    summary: 'add a network',
    arguments: [{ name: 'cidr', help: 'the network, such as 198.18.0.0/24 or fd00::/64', required: true }],
    flags: [
      { flags: '--name <name>', help: 'its name (default: its CIDR)' },
      { flags: '--site <name>', help: 'the site it belongs to' },
      { flags: '--description <text>', help: 'a note on it' },
    ],
    examples: [['networks add 198.18.0.0/24 --name office', '`scan network:office` then scans it']],
    json: 'document',
    place: 'any',
    parse: parseAddNetwork,
    run: runAddNetwork,
  }),
  defineCommand<ListNetworksPlan>({
    path: ['networks', 'list'],
    summary: 'list networks',
    flags: [{ flags: '--site <name>', help: 'only those of this site' }],
    examples: [['networks list', 'every network with its hosts']],
    json: 'stream',
    place: 'any',
    parse: ({ flags }) => ({ site: flags.text('site') }),
    run: runListNetworks,
  }),
  defineCommand<NetworkArgument>({
    ...OF_ONE,
    path: ['networks', 'show'],
    summary: 'show a network',
    examples: [['networks show office', 'by its name, CIDR or id']],
    parse: parseOne,
    run: runShowNetwork,
  }),
  defineCommand<NetworkArgument>({
    ...OF_ONE,
    path: ['networks', 'stats'],
    summary: 'count hosts, ports, exclusions and scans of a network',
    examples: [['networks stats office', 'as of now']],
    parse: parseOne,
    run: runNetworkStats,
  }),
  defineCommand<ChangeNetworkPlan>({
    ...OF_ONE,
    path: ['networks', 'rename'],
    summary: 'rename a network',
    arguments: [NETWORK_ARGUMENT, { name: 'name', help: 'its name from now on', required: true }],
    examples: [['networks rename office headquarters', 'what is known of it stays']],
    parse: parseRenameNetwork,
    run: runChangeNetwork,
  }),
  defineCommand<ChangeNetworkPlan>({
    ...OF_ONE,
    path: ['networks', 'edit'],
    summary: 'edit the description of a network, or after how many misses its hosts are down',
    flags: [
      NETWORK_SITE_FLAG,
      { flags: '--description <text>', help: 'a note on it' },
      CLEAR_DESCRIPTION_FLAG,
      ...DOWN_AFTER_FLAGS,
    ],
    examples: [
      ['networks edit office --down-after-misses 5', 'five runs in a row may miss a host of it'],
      ['networks edit office --gone-after default', 'reset it to the default'],
    ],
    parse: parseEditNetwork,
    run: runChangeNetwork,
  }),
  switchCommand(true),
  switchCommand(false),
  removeNetworksCommand,
  defineCommand<ExclusionCommandPlan>({
    path: ['networks', 'exclusions'],
    summary: 'list, add and remove the exclusions of a network',
    arguments: [
      {
        name: 'words',
        help: 'list NETWORK, add NETWORK ADDRESS, or remove ID',
        choices: ['list', 'add', 'remove'],
        required: true,
        variadic: true,
      },
    ],
    flags: [NETWORK_SITE_FLAG, { flags: '--reason <text>', help: 'with add: why' }],
    examples: [
      [
        'networks exclusions add office 198.18.0.9 --reason printer',
        'no scan probes it, including running scans',
      ],
      ['networks exclusions list office', 'what is left alone in it'],
    ],
    json: 'stream',
    place: 'any',
    parse: parseNetworkExclusions,
    run: runExclusionCommand,
  }),
];
