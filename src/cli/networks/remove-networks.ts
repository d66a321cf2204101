import { performConfirmed } from '#cli/arguments/confirm-change.js';
import { printResult } from '#cli/arguments/print-result.js';
import { usage } from '#cli/arguments/usage.js';
import {
  findNetwork,
  NETWORK_SITE_FLAG,
  type NetworkArgument,
  networkArgumentOf,
} from '#cli/networks/network-arguments.js';
import { refusalLines } from '#cli/output/refusals.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withStored } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import type { Client } from '#contract/api/client.js';
import type { BulkNetworkRemoval, NetworkRemovalOutcome } from '#contract/networks/bulk.js';
import { counted } from '#domain/text/count-text.js';
import { clip } from '#domain/text/quote.js';
import { idsEnding } from '#domain/text/selection.js';

/** Networks by name, or every one of a site, or that is disabled. */
type WhichNetworks =
  | { readonly networks: readonly NetworkArgument[] }
  | { readonly filter: NonNullable<BulkNetworkRemoval['filter']> };

export interface RemoveNetworksPlan {
  readonly which: WhichNetworks;
  readonly dryRun: boolean;
  readonly isConfirmed: boolean;
}

export function parseRemoveNetworks(input: CommandInput): RemoveNetworksPlan {
  const { flags } = input;
  return { which: whichNetworks(input), dryRun: flags.on('dry-run'), isConfirmed: flags.on('yes') };
}

function whichNetworks(input: CommandInput): WhichNetworks {
  const { args, flags } = input;
  const isOfAll = flags.on('all') || flags.on('disabled');
  if (isOfAll && args.length > 0)
    throw usage('Networks are named, or all that match are meant, not both.', { at: clip(args[0] ?? '') });
  if (isOfAll) {
    const site = flags.text('site');
    return {
      filter: {
        ...(site === undefined ? {} : { site }),
        ...(flags.on('disabled') ? { enabled: false } : {}),
      },
    };
  }
  if (args.length === 0)
    throw usage('No network was named.', { hint: 'Name networks, or use --all or --disabled.' });
  return { networks: args.map((arg) => networkArgumentOf(input, arg)) };
}

/**
 * Removes the named or matching networks in one request. A network that cannot be removed is reported with its reason
 * and does not keep the others from being removed.
 */
export function runRemoveNetworks(plan: RemoveNetworksPlan, context: Context): Promise<ExitCode> {
  const { which, dryRun, isConfirmed } = plan;
  return withStored(context, async ({ client }) => {
    const selection = await selectionOf(client, which);
    const outcome = await performConfirmed(context, {
      isFound: 'filter' in which,
      dryRun,
      isConfirmed,
      perform: ({ confirmed, ...way }) =>
        client.removeNetworks({
          ...selection,
          ...way,
          ...(confirmed === undefined ? {} : { only_ids: idsEnding(confirmed.results, 'removed') }),
        }),
      changed: ({ networks_removed: removed }) => removed,
      stake: stakeText,
      question: REMOVE_QUESTION,
    });
    await printResult(context, outcome, ...outcomeLines(outcome, context));
    return outcome.networks_refused === 0 ? EXIT.done : EXIT.failed;
  });
}

async function selectionOf(
  client: Client,
  which: WhichNetworks,
): Promise<Pick<BulkNetworkRemoval, 'network_ids' | 'filter'>> {
  if ('filter' in which) return which;
  const ids: string[] = [];
  for (const arg of which.networks) ids.push((await findNetwork(client, arg)).id);
  return { network_ids: ids };
}

const REMOVE_QUESTION = {
  prompt: 'Remove them?',
  hint: 'Confirm with --yes, or preview with --dry-run.',
  refused: 'It was not confirmed, so nothing was removed.',
  interrupted: 'Interrupted at the question, so nothing was removed.',
};

/** What goes and what stays. */
function stakeText({ networks_removed: removed, networks_refused: refused, hosts }: NetworkRemovalOutcome) {
  const bindings = `their scans and the ${counted(hosts, 'host')} in them stay`;
  const refusals = refused === 0 ? '' : ` ${counted(refused, 'network')} cannot be removed.`;
  return `${counted(removed, 'network')} would be permanently removed; ${bindings}.${refusals}`;
}

function outcomeLines(outcome: NetworkRemovalOutcome, { io }: Context): string[] {
  const { networks_matched: matched, networks_removed: removed, dry_run: dryRun, results } = outcome;
  const refusals = refusalLines(results, io);
  if (dryRun) return [`${stakeText(outcome)} Nothing was removed.`, ...refusals];
  if (matched === 0) return ['No network matches, so nothing was removed.'];
  const names = results.flatMap(({ name, outcome: end }) =>
    end === 'removed' && name !== null ? [name] : [],
  );
  const affected =
    names.length === 1
      ? `The network ${names[0] ?? ''} is removed; its`
      : `${counted(removed, 'network')} are removed; their`;
  const done = removed === 0 ? 'Nothing was removed.' : `${affected} scans and hosts stay.`;
  return [done, ...refusals];
}

export const removeNetworksCommand = defineCommand<RemoveNetworksPlan>({
  path: ['networks', 'remove'],
  summary: 'remove networks; their scans and hosts are kept',
  arguments: [{ name: 'network', help: 'the names, CIDRs or ids of the networks', variadic: true }],
  flags: [
    NETWORK_SITE_FLAG,
    { flags: '--all', help: 'every network, or with --site every network of that site' },
    { flags: '--disabled', help: 'every disabled network' },
    { flags: '--dry-run', help: 'show what would be removed, without removing it' },
    { flags: '-y, --yes', help: 'skip the confirmation that --all and --disabled require' },
  ],
  examples: [
    ['networks remove office lab', 'each is refused while it has exclusions of its own'],
    ['networks remove --disabled --site plant', 'all that match, after a question'],
  ],
  json: 'document',
  place: 'any',
  parse: parseRemoveNetworks,
  run: runRemoveNetworks,
});
