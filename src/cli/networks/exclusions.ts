import { uidOf } from '#cli/arguments/flag-parsers.js';
import { pagesOf } from '#cli/arguments/pages.js';
import { printResult } from '#cli/arguments/print-result.js';
import { showList } from '#cli/arguments/show-list.js';
import { usage } from '#cli/arguments/usage.js';
import { findNetwork, type NetworkArgument, networkArgumentOf } from '#cli/networks/network-arguments.js';
import type { Row } from '#cli/output/table.js';
import { localTime } from '#cli/output/time.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withConnection, withStored } from '#cli/program/connection.js';
import type { ExitCode } from '#cli/program/exit.js';
import type { Client } from '#contract/api/client.js';
import type { PageQuery } from '#contract/api/pagination.js';
import type { Exclusion, ExclusionRequest } from '#contract/networks/exclusion.js';
import { formatRange } from '#domain/addresses/address-range.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { isUid } from '#domain/errors/uid.js';
import { exclusionPlaceText } from '#domain/targets/exclusion.js';
import { parseOneRange } from '#domain/targets/targets.js';
import { clip, quote } from '#domain/text/quote.js';

/** Where an exclusion is to hold: without either everywhere. */
interface Place {
  readonly network: NetworkArgument | undefined;
  readonly site: string | undefined;
}

export type ExclusionCommandPlan =
  | ({ readonly kind: 'add'; readonly address: string; readonly reason: string | undefined } & Place)
  | ({ readonly kind: 'list'; readonly own: boolean } & Place)
  | { readonly kind: 'remove'; readonly id: string }
  | ({ readonly kind: 'remove'; readonly address: string } & Place);

function placeOf(input: CommandInput): Place {
  const arg = input.flags.text('network');
  return {
    network: arg === undefined ? undefined : networkArgumentOf(input, arg),
    site: input.flags.text('site'),
  };
}

function parseAdd(
  { args, flags }: CommandInput,
  place: Place,
  address = args[0] ?? '',
): ExclusionCommandPlan {
  parseOneRange(address);
  return { kind: 'add', address, reason: flags.text('reason'), ...place };
}

function parseList(input: CommandInput): ExclusionCommandPlan {
  const own = input.flags.on('own');
  const place = placeOf(input);
  if (own && (place.site === undefined || place.network !== undefined))
    throw usage('--own has a meaning only with --site, and without --network.', { at: '--own' });
  return { kind: 'list', own, ...place };
}

/** By its id, or by the addresses as they were excluded, at a place where one is named. */
function parseRemoval(input: CommandInput, arg: string, place: Place): ExclusionCommandPlan {
  if (!isUid(arg) && /[.:]/.test(arg))
    return { kind: 'remove', address: formatRange(parseOneRange(arg)), ...place };
  const idle = input.flags.givenOf(['site', 'network'])[0];
  if (idle !== undefined)
    throw usage(`\`${idle}\` has no meaning with the id of an exclusion.`, { at: idle });
  return { kind: 'remove', id: uidOf('an exclusion', arg, 'exclusions list') };
}

/** Flags of the verb that this one of its actions has no use for. */
const IDLE_FLAGS: Readonly<Record<string, readonly string[]>> = {
  list: ['reason'],
  remove: ['reason'],
};

const ACTIONS = ['list', 'add', 'remove'] as const;

/** The same three for one network: `ACTION NETWORK [ADDRESS]`. */
export function parseNetworkExclusions(input: CommandInput): ExclusionCommandPlan {
  const [action = '', arg = '', address, ...rest] = input.args;
  if (rest[0] !== undefined || (action === 'list' && address !== undefined)) {
    throw usage('There is a word too many.', { at: clip(rest[0] ?? address ?? '') });
  }
  const idle = input.flags.givenOf(IDLE_FLAGS[action] ?? [])[0];
  if (idle !== undefined) throw usage(`\`${idle}\` has no meaning for ${action}.`, { at: idle });
  if (action === 'remove' && address === undefined)
    return parseRemoval(input, arg, { network: undefined, site: undefined });
  if (!ACTIONS.some((known) => known === action))
    throw usage(`What to do is one of list, add, remove, not ${quote(action)}.`, {
      at: clip(action),
      hint: 'It stands before the network: `scanorama networks exclusions list NETWORK`.',
    });
  if (arg === '')
    throw usage(`\`networks exclusions ${action}\` wants the network.`, {
      hint: `It stands behind it: \`scanorama networks exclusions ${action} NETWORK\`.`,
    });
  const place = { network: networkArgumentOf(input, arg), site: input.flags.text('site') };
  if (action === 'list') return { kind: 'list', own: true, ...place };
  if (action === 'remove') return parseRemoval(input, address ?? '', place);
  if (action === 'add' && address !== undefined) return parseAdd(input, place, address);
  throw usage('There is no address to exclude.', { hint: 'It stands after the network.' });
}

export function runExclusionCommand(plan: ExclusionCommandPlan, context: Context): Promise<ExitCode> {
  if (plan.kind === 'add') return runAdd(plan, context);
  if (plan.kind === 'list') return runList(plan, context);
  return runRemove(plan, context);
}

function runAdd(plan: Extract<ExclusionCommandPlan, { kind: 'add' }>, context: Context): Promise<ExitCode> {
  return withConnection(context, async ({ client }) => {
    const added = await client.exclude(await requestOf(client, plan));
    const sentence = `${added.address} is excluded ${placeText(added)}; scans that run heed it within a second.`;
    return printResult(context, added, sentence);
  });
}

async function requestOf(
  client: Client,
  { address, reason, network, site }: Extract<ExclusionCommandPlan, { kind: 'add' }>,
): Promise<ExclusionRequest> {
  const why = reason === undefined ? {} : { reason };
  if (network !== undefined) return { address, ...why, network: (await findNetwork(client, network)).id };
  return { address, ...why, ...(site === undefined ? {} : { site }) };
}

function runList(plan: Extract<ExclusionCommandPlan, { kind: 'list' }>, context: Context): Promise<ExitCode> {
  return showList<Exclusion>(
    {
      async *pages(client) {
        yield* pagesOf({ keyOf: (exclusion) => exclusion.id, load: await loaderOf(client, plan) });
      },
      heads: ['ADDRESS', 'WHERE', 'REASON', 'BY', 'SINCE', 'ID'],
      row: exclusionRow,
      none: 'No exclusions.',
    },
    context,
  );
}

/** Of a network its own; of a site all in force there, unless only its own are wanted; else all there are. */
async function loaderOf(
  client: Client,
  { network, site, own }: Extract<ExclusionCommandPlan, { kind: 'list' }>,
): Promise<(query: PageQuery) => ReturnType<Client['exclusions']>> {
  if (network !== undefined) {
    const { id } = await findNetwork(client, network);
    return (query) => client.networkExclusions(id, query);
  }
  const filter = { ...(site === undefined ? {} : { site }), ...(own ? ({ own: 'true' } as const) : {}) };
  return (query) => client.exclusions({ ...query, ...filter });
}

function exclusionRow(exclusion: Exclusion): Row {
  const { address, reason, created_by: by, created_at: since, id } = exclusion;
  return [address, placeText(exclusion), reason ?? '-', by, localTime(since), id];
}

function placeText({ site, network }: Exclusion): string {
  return exclusionPlaceText({ site, network: network?.name ?? null });
}

type Removal = Extract<ExclusionCommandPlan, { kind: 'remove' }>;

function runRemove(plan: Removal, context: Context): Promise<ExitCode> {
  return withStored(context, async ({ client }) => {
    const [id, what] =
      'id' in plan ? [plan.id, plan.id] : [await exclusionOf(client, plan), `of ${plan.address}`];
    await client.removeExclusion(id);
    const sentence = `The exclusion ${what} is removed; parts of scans that are under way still leave those addresses alone.`;
    return printResult(context, { id, removed: true }, sentence);
  });
}

/** The one exclusion of exactly these addresses, at the place that is named or at whichever it is. */
async function exclusionOf(client: Client, plan: Extract<Removal, { address: string }>): Promise<string> {
  const { address, network, site } = plan;
  const named = network === undefined ? undefined : (await findNetwork(client, network)).id;
  const load = (query: PageQuery) => client.exclusions(query);
  const found: Exclusion[] = [];
  for await (const page of pagesOf<Exclusion>({ keyOf: ({ id }) => id, load }))
    found.push(
      ...page.filter(
        (one) =>
          one.address === address &&
          (named === undefined || one.network?.id === named) &&
          (site === undefined || named !== undefined || (one.site === site && one.network === null)),
      ),
    );
  const [only, other] = found;
  if (only === undefined)
    throw new ScanoramaError('not_found', `No exclusion is of exactly ${address} there.`, {
      at: address,
      hint: '`scanorama exclusions list` shows all of them.',
    });
  if (other === undefined) return only.id;
  throw usage(`${found.length} exclusions are of ${address}: ${found.map(placeText).join(', ')}.`, {
    hint: `Name the place with --site or --network, or give the id: ${found.map(({ id }) => id).join(', ')}.`,
    at: address,
  });
}

const PLACE_FLAGS = [
  { flags: '--site <name>', help: 'only at this site; with --network, where the network is' },
  { flags: '--network <name>', help: 'as a part of this network: its name, CIDR or id' },
];

export const exclusionsCommands = [
  defineCommand<ExclusionCommandPlan>({
    path: ['exclusions', 'add'],
    summary: 'exclude addresses from all scans, including running ones',
    arguments: [{ name: 'address', help: 'an address, range or network', required: true }],
    flags: [...PLACE_FLAGS, { flags: '--reason <text>', help: 'why' }],
    examples: [
      ['exclusions add 198.18.0.9 --reason printer', 'no packet goes there from any scan'],
      ['exclusions add 198.18.0.0/28 --site branch', 'only at that site'],
    ],
    json: 'document',
    place: 'any',
    parse: (input) => parseAdd(input, placeOf(input)),
    run: runExclusionCommand,
  }),
  defineCommand<ExclusionCommandPlan>({
    path: ['exclusions', 'list'],
    summary: 'list exclusions',
    flags: [
      { flags: '--site <name>', help: 'all that hold for scans at this site; with --network, where that is' },
      { flags: '--own', help: 'with --site: without those that hold everywhere' },
      { flags: '--network <name>', help: 'those of this network alone: its name, CIDR or id' },
    ],
    examples: [
      ['exclusions list', 'all of them, with who excluded them and why'],
      ['exclusions list --site branch', 'what a scan at that site leaves alone'],
    ],
    json: 'stream',
    place: 'any',
    parse: parseList,
    run: runExclusionCommand,
  }),
  defineCommand<ExclusionCommandPlan>({
    path: ['exclusions', 'remove'],
    summary: 'permit probes to addresses again',
    arguments: [{ name: 'id-or-address', help: 'the id of the exclusion, or its addresses', required: true }],
    flags: PLACE_FLAGS,
    examples: [
      ['exclusions remove 198.18.0.9', 'the exclusion of that address, if there is one alone'],
      [
        'exclusions remove 01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47',
        'applies to scans and parts of scans that start from now on',
      ],
    ],
    json: 'document',
    place: 'any',
    parse: (input) => parseRemoval(input, input.args[0] ?? '', placeOf(input)),
    run: runExclusionCommand,
  }),
];
