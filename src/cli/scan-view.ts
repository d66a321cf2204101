import type { FlagSpec } from '#cli/flag-spec.js';
import { SCAN_OUTPUTS, SCAN_WRITERS, type ScanOutput } from '#cli/output/scan-report.js';
import { scanHostPages } from '#cli/pages.js';
import { usage } from '#cli/usage.js';
import { oneOf } from '#cli/values.js';
import type { Context, VerbInput } from '#cli/verb.js';
import type { Client } from '#contract/client.js';
import type { Scan } from '#contract/scan.js';

/** How the results of a scan are shown. */
export interface ScanView {
  readonly output: ScanOutput;
  readonly allStates: boolean;
}

export const SCAN_VIEW_FLAGS: readonly FlagSpec[] = [
  {
    flags: '-o, --output <form>',
    help: `${SCAN_OUTPUTS.join(', ')}; table when absent`,
    choices: SCAN_OUTPUTS,
  },
  { flags: '--all-states', help: 'name the closed and filtered ports too, and the silent addresses' },
];

export function parseScanView({ flags, globals }: VerbInput): ScanView {
  const output = oneOf('output', flags.text('output'), SCAN_OUTPUTS);
  if (globals.json !== 'off' && output !== undefined && output !== 'json') {
    throw usage(`--json and --output ${output} ask for two different forms.`, { hint: 'Give one of them.' });
  }
  return { output: globals.json === 'off' ? (output ?? 'table') : 'json', allStates: flags.on('all-states') };
}

export const SCAN_WAIT_FLAGS: readonly FlagSpec[] = [
  { flags: '--wait', help: 'wait for the end and show the results, as without --detach' },
  { flags: '--detach', help: 'let a running server go on with it, and return at once' },
];

/** Whether to return before the scan has ended. */
export function parseDetach({ flags }: VerbInput): boolean {
  if (flags.on('wait') && flags.on('detach')) throw usage('--wait and --detach exclude each other.');
  return flags.on('detach');
}

export async function printScan(
  context: Context,
  client: Client,
  shown: { scan: Scan; view: ScanView },
): Promise<void> {
  const { scan, view } = shown;
  const pages = scanHostPages(client, scan.id, view.allStates);
  await SCAN_WRITERS[view.output](context.io.stdout, scan, pages);
}
