import { performConfirmed } from '#cli/arguments/confirm-change.js';
import { commaListOf } from '#cli/arguments/flag-parsers.js';
import { ID_BEGINNING } from '#cli/arguments/id-arguments.js';
import { printResult } from '#cli/arguments/print-result.js';
import { usage } from '#cli/arguments/usage.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withStored } from '#cli/program/connection.js';
import type { ExitCode } from '#cli/program/exit.js';
import { type ScanArgument, scanArgumentOf, scanIdOf } from '#cli/scans/scan-arguments.js';
import {
  parseScanFilter,
  SCAN_FILTER_FLAGS,
  SCAN_FILTER_NAMES,
  scanFilterOf,
  type TypedScanFilter,
} from '#cli/scans/scan-filter-flags.js';
import type { Client } from '#contract/api/client.js';
import type { BulkScanTags, ScanTagsOutcome } from '#contract/scans/bulk.js';
import { checkLabelName } from '#domain/fields/label-name.js';
import { counted } from '#domain/text/count-text.js';
import { clip, quote } from '#domain/text/quote.js';

/** Scans by name, or every one that a filter matches. */
export type WhichScans = { readonly scans: readonly ScanArgument[] } | { readonly filter: TypedScanFilter };

/** Throws `usage` where they are named and filtered, or neither. */
export function whichScans({ flags }: CommandInput, args: readonly string[]): WhichScans {
  const [given] = flags.givenOf(SCAN_FILTER_NAMES);
  if (given !== undefined && args.length > 0)
    throw usage(`Scans are named, or found by ${given} and the like, not both.`, {
      at: clip(args[0] ?? ''),
    });
  if (given !== undefined) return { filter: parseScanFilter(flags) };
  if (args.length > 0) return { scans: args.map(scanArgumentOf) };
  throw usage('No scan was named.', { hint: 'Name scans, or find them with --status, --tag, --older-than.' });
}

/** As a request names them. */
export async function scanSelectionOf(
  client: Client,
  which: WhichScans,
  { io }: Context,
): Promise<Pick<BulkScanTags, 'scan_ids' | 'filter'>> {
  if ('filter' in which) return { filter: scanFilterOf(which.filter, io.clock.now()) };
  const ids: string[] = [];
  for (const arg of which.scans) ids.push(await scanIdOf(client, arg));
  return { scan_ids: ids };
}

export interface TagScansPlan {
  readonly which: WhichScans;
  readonly action: 'add' | 'remove';
  readonly tags: readonly string[];
  readonly dryRun: boolean;
  readonly isConfirmed: boolean;
}

export function parseTagScans(input: CommandInput): TagScansPlan {
  const { args, flags } = input;
  const [action, ...names] = args;
  if (action !== 'add' && action !== 'remove')
    throw usage(`What to do with tags is one of add, remove, not ${quote(action ?? '')}.`);
  const tags = commaListOf('tags', names).map((name) => checkLabelName('tag', name));
  if (tags.length === 0) throw usage(`\`scans tag ${action}\` wants at least one tag.`);
  return {
    which: whichScans(input, flags.list('scan')),
    action,
    tags,
    dryRun: flags.on('dry-run'),
    isConfirmed: flags.on('yes'),
  };
}

export function runTagScans(plan: TagScansPlan, context: Context): Promise<ExitCode> {
  const { which, action, tags, dryRun, isConfirmed } = plan;
  return withStored(context, async ({ client }) => {
    const selection = await scanSelectionOf(client, which, context);
    const outcome = await performConfirmed(context, {
      isFound: 'filter' in which,
      dryRun,
      isConfirmed,
      perform: ({ confirmed, ...way }) =>
        client.tagScans({
          ...selection,
          ...way,
          ...(confirmed === undefined ? {} : { expected: confirmed.digest }),
          tags: [...tags],
          action,
        }),
      changed: ({ scans_changed: changed }) => changed,
      stake: stakeText,
      question: TAG_QUESTION,
    });
    return printResult(context, outcome, outcomeText(outcome));
  });
}

const TAG_QUESTION = {
  prompt: 'Change them?',
  hint: 'Confirm with --yes, or preview with --dry-run.',
  refused: 'It was not confirmed, so nothing was changed.',
  interrupted: 'Interrupted at the question, so nothing was changed.',
};

function stakeText({ scans_matched: matched, scans_changed: changed }: ScanTagsOutcome): string {
  return `${counted(matched, 'scan')} ${are(matched)} meant, ${counted(changed, 'scan')} would change.`;
}

function outcomeText(outcome: ScanTagsOutcome): string {
  const { scans_matched: matched, scans_changed: changed, dry_run: dryRun } = outcome;
  if (dryRun) return `${stakeText(outcome)} Nothing was changed.`;
  if (changed === 0) return `Nothing changed: ${counted(matched, 'scan')} ${are(matched)} so already.`;
  return `${counted(changed, 'scan')} changed.`;
}

function are(count: number): string {
  return count === 1 ? 'is' : 'are';
}

export const tagScansCommands = [
  defineCommand<TagScansPlan>({
    path: ['scans', 'tag'],
    summary: 'add or remove tags of scans',
    arguments: [
      { name: 'action', help: 'add or remove', required: true, choices: ['add', 'remove'] },
      { name: 'tag', help: 'the names of the tags', required: true, variadic: true },
    ],
    flags: [
      {
        flags: '--scan <id>',
        help: `a scan, by its id, ${ID_BEGINNING}, or last`,
        repeat: true,
      },
      ...SCAN_FILTER_FLAGS,
      { flags: '--dry-run', help: 'show what would change, without changing it' },
      { flags: '-y, --yes', help: 'do not prompt for confirmation, which --filter does' },
    ],
    examples: [
      ['scans tag add baseline --scan last', 'the scan that was started last'],
      ['scans tag remove nightly --older-than 90d', 'every scan of ports that is older'],
    ],
    json: 'document',
    place: 'any',
    parse: parseTagScans,
    run: runTagScans,
  }),
];
