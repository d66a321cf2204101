import { oneOf } from '#cli/arguments/flag-parsers.js';
import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import { discoveredPages, scanHostPages } from '#cli/arguments/pages.js';
import { usage } from '#cli/arguments/usage.js';
import type { CommandInput, Context } from '#cli/program/command.js';
import { DISCOVERY_WRITERS, type DiscoveryParts } from '#cli/reports/discovery-report.js';
import { SCAN_OUTPUTS, SCAN_WRITERS, type ScanOutput } from '#cli/reports/scan-report.js';
import type { Client } from '#contract/api/client.js';
import type { ScanDiff } from '#contract/scans/diff.js';
import type { Scan } from '#contract/scans/scan.js';

/** How the results of a scan are shown. */
export interface ScanView {
  readonly output: ScanOutput;
  readonly allStates: boolean;
}

export const SCAN_VIEW_FLAGS: readonly FlagSpec[] = [
  {
    flags: '-o, --output <form>',
    help: `${SCAN_OUTPUTS.join(', ')} (default: table)`,
    choices: SCAN_OUTPUTS,
  },
  { flags: '--all-states', help: 'list also closed and filtered ports and unresponsive addresses' },
];

export function parseScanView({ flags, globals }: CommandInput): ScanView {
  const output = oneOf('output', flags.text('output'), SCAN_OUTPUTS);
  if (globals.json !== 'off' && output !== undefined && output !== 'json') {
    throw usage(`--json and --output ${output} contradict each other.`, { hint: 'Give one of them.' });
  }
  return { output: globals.json === 'off' ? (output ?? 'table') : 'json', allStates: flags.on('all-states') };
}

export const SCAN_WAIT_FLAGS: readonly FlagSpec[] = [
  { flags: '--wait', help: 'wait for the end and show the results, as without --detach' },
  { flags: '--detach', help: 'return immediately and let a running server continue' },
];

/** Whether to return before the scan has ended. */
export function parseDetach({ flags }: CommandInput): boolean {
  if (flags.on('wait') && flags.on('detach')) throw usage('--wait and --detach exclude each other.');
  return flags.on('detach');
}

/** For a dry run, which starts nothing: throws `usage` if an option for confirming, waiting or output was given. */
export function assertNothingOfAStart({ flags }: CommandInput, view: ScanView): void {
  const odd =
    flags.givenOf(['wait', 'detach', 'all-states', 'yes'])[0] ??
    (view.output === 'csv' ? '--output csv' : undefined);
  if (odd !== undefined) throw usage(`${odd} has no meaning with --dry-run, which starts nothing.`);
}

export async function printScan(
  context: Context,
  client: Client,
  shown: { scan: Scan; view: ScanView },
): Promise<void> {
  const { scan, view } = shown;
  if (scan.scan_type === 'discovery') {
    await DISCOVERY_WRITERS[view.output](
      context.io.stdout,
      scan,
      await discoveryParts(context, client, scan),
    );
    return;
  }
  const pages = scanHostPages(client, scan.id, view.allStates);
  await SCAN_WRITERS[view.output](context.io.stdout, scan, pages);
}

/** What is shown of a discovery run beside itself. */
export async function discoveryParts(context: Context, client: Client, run: Scan): Promise<DiscoveryParts> {
  return {
    pages: discoveredPages(client, run.id),
    diff: await changesSince(client, run),
    calling: context.io,
  };
}

/** Changes that are shown beside what a run found; `scans diff` has all. */
const CHANGES_SHOWN = 100;

/** What is different from the last comparable run; undefined where there is none, or where it was purged. */
async function changesSince(client: Client, { id, changes }: Scan): Promise<ScanDiff | undefined> {
  if (changes === undefined || changes.against === null) return undefined;
  return client.scanDiff(id, { against: changes.against, page_size: CHANGES_SHOWN });
}
