import { performConfirmed } from '#cli/arguments/confirm-change.js';
import { printResult } from '#cli/arguments/print-result.js';
import { scanSelectionOf, type WhichScans, whichScans } from '#cli/labels/tag-scans.js';
import { refusalLines } from '#cli/output/refusals.js';
import type { CommandInput, Context } from '#cli/program/command.js';
import { withStored } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import { spokenAs } from '#cli/program/program-name.js';
import { SCAN_FILTER_FLAGS } from '#cli/scans/scan-filter-flags.js';
import type { ScanDeletionOutcome } from '#contract/scans/bulk.js';
import { counted } from '#domain/text/count-text.js';
import { idsEnding } from '#domain/text/selection.js';

export const DELETE_SCANS_FLAGS = [
  ...SCAN_FILTER_FLAGS,
  { flags: '--dry-run', help: 'show what would be deleted, without deleting it' },
  { flags: '-y, --yes', help: 'skip the confirmation that --filter requires' },
] as const;

export interface DeleteScansPlan {
  readonly which: WhichScans;
  readonly dryRun: boolean;
  readonly isConfirmed: boolean;
}

export function parseDeleteScans(input: CommandInput): DeleteScansPlan {
  const { args, flags } = input;
  return { which: whichScans(input, args), dryRun: flags.on('dry-run'), isConfirmed: flags.on('yes') };
}

/**
 * Deletes the named or matching scans in one request. A scan that cannot be deleted stays, and is reported with its
 * reason.
 */
export function runDeleteScans(plan: DeleteScansPlan, context: Context): Promise<ExitCode> {
  const { which, dryRun, isConfirmed } = plan;
  return withStored(context, async ({ client }) => {
    const selection = await scanSelectionOf(client, which, context);
    const outcome = await performConfirmed(context, {
      isFound: 'filter' in which,
      dryRun,
      isConfirmed,
      perform: ({ confirmed, ...way }) =>
        client.deleteScans({
          ...selection,
          ...way,
          ...(confirmed === undefined ? {} : { only_ids: idsEnding(confirmed.results, 'deleted') }),
        }),
      changed: ({ scans_deleted: deleted }) => deleted,
      stake: stakeText,
      question: DELETE_QUESTION,
    });
    await printResult(context, outcome, ...outcomeLines(outcome, context));
    return outcome.scans_refused === 0 ? EXIT.done : EXIT.failed;
  });
}

const DELETE_QUESTION = {
  prompt: 'Delete them?',
  hint: 'Confirm with --yes, or preview with --dry-run.',
  refused: 'It was not confirmed, so nothing was deleted.',
  interrupted: 'Interrupted at the question, so nothing was deleted.',
};

/** What goes and what stays. */
function stakeText(outcome: ScanDeletionOutcome): string {
  const { scans_deleted: deleted, open_ports: ports } = outcome;
  const what = `${counted(deleted, 'scan')} with ${counted(ports, 'open port')}`;
  const them = deleted === 1 ? 'it' : 'them';
  const bindings = `no list shows ${them} any more; nothing is removed, and hosts keep what was found.`;
  return [`${what} would be deleted: ${bindings}`, ...refusedText(outcome)].join(' ');
}

function refusedText({ scans_refused: refused }: ScanDeletionOutcome): string[] {
  return refused === 0 ? [] : [`${counted(refused, 'scan')} cannot be deleted.`];
}

function outcomeLines(outcome: ScanDeletionOutcome, { io }: Context): string[] {
  const { scans_matched: matched, scans_deleted: deleted, dry_run: dryRun } = outcome;
  const refusals = refusalLines(outcome.results, io);
  if (dryRun) return [`${stakeText(outcome)} Nothing was deleted.`, ...refusals];
  if (matched === 0) return ['No scan matches, so nothing was deleted.'];
  const undo = spokenAs(io, '`scanorama scans undelete ID` brings one back');
  const done = deleted === 0 ? 'Nothing was deleted.' : `${counted(deleted, 'scan')} deleted; ${undo}.`;
  return [done, ...refusals];
}
