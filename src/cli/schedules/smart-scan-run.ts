import { note, noteInterrupt } from '#cli/arguments/print-notice.js';
import { usage } from '#cli/arguments/usage.js';
import { writeDocument } from '#cli/output/json.js';
import { printable } from '#cli/output/text.js';
import type { Context } from '#cli/program/command.js';
import { withStored } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import { warningLines } from '#cli/reports/scan-report.js';
import { outcomeTable } from '#cli/reports/smart-scan.js';
import { followScan } from '#cli/scans/follow-scan.js';
import { type Confirmations, startConfirmed } from '#cli/scans/start-with-confirmation.js';
import type { Client } from '#contract/api/client.js';
import type { Scan } from '#contract/scans/scan.js';
import type { SmartScanOutcomeView, TriggerOutcome } from '#contract/schedules/smart-scan.js';
import { counted } from '#domain/text/count-text.js';

type Outcome = SmartScanOutcomeView & Partial<Pick<TriggerOutcome, 'reason'>>;

export interface Trigger {
  readonly detach: boolean;
  readonly start: (client: Client, confirmed: Confirmations) => Promise<Outcome>;
}

/** Starts scans by smart scan and follows them to their end; the first interruption stops them all, and keeps what was seen. */
export function runTrigger({ detach, start }: Trigger, context: Context): Promise<ExitCode> {
  return withStored(context, async ({ client, where }) => {
    if (detach && where === 'in-process')
      throw usage('--detach needs a running server that continues the scans.', {
        hint: 'Start one with `scanorama serve`.',
      });
    const stop = new AbortController();
    const release = context.io.interrupts.takeOver(() => {
      stop.abort();
      noteInterrupt(
        context,
        'Stopping the scans; what was seen is kept. Press Ctrl-C again to leave at once.',
      );
    });
    try {
      const outcome = await startConfirmed(context, {
        start: (confirmed) => start(client, confirmed),
        signal: stop.signal,
      });
      const scans = await scansOf(client, outcome);
      const isWatched = !detach || stop.signal.aborted;
      const ended = isWatched ? await followAll({ context, client, stop: stop.signal }, scans) : scans;
      await show(context, outcome, ended);
      return exitOf(ended, isWatched);
    } finally {
      release();
    }
  });
}

async function scansOf(client: Client, { scans }: Outcome): Promise<readonly Scan[]> {
  const all: Scan[] = [];
  for (const { scan_id: id } of scans) if (id !== null) all.push(await client.scan(id));
  return all;
}

interface Following {
  readonly context: Context;
  readonly client: Client;
  readonly stop: AbortSignal;
}

/** One after the other, while all of them run; who is stopped stops each. */
async function followAll(
  { context, client, stop }: Following,
  scans: readonly Scan[],
): Promise<readonly Scan[]> {
  const ended: Scan[] = [];
  for (const scan of scans) ended.push(await followScan(context, client, { scan, stop }));
  return ended;
}

async function show(context: Context, outcome: Outcome, ended: readonly Scan[]): Promise<void> {
  const { globals, io } = context;
  if (globals.json !== 'off') {
    const statusOf = new Map(ended.map(({ id, status, partial }) => [id, { status, partial }]));
    const scans = outcome.scans.map((scan) => ({ ...scan, ...statusOf.get(scan.scan_id ?? '') }));
    await writeDocument(io.stdout, { ...outcome, scans });
    return;
  }
  if (ended.length === 0)
    await io.stdout.write(`Nothing is started. ${printable(outcome.reason ?? 'Nothing is due.')}\n`);
  else await io.stdout.write(`${outcomeTable(outcome, ended, io.stdout.color)}${lacksText(ended)}`);
  if (outcome.left > 0)
    await note(context, `${counted(outcome.left, 'host')} more can be scanned; trigger again for them.`);
}

/** What the scans could not find out, or why they failed: a stage without it looks as if there was nothing to find. */
function lacksText(ended: readonly Scan[]): string {
  const lines = ended.flatMap((scan) => {
    const failure = scan.error === null ? [] : [printable(scan.error.message)];
    return [...failure, ...warningLines(scan)].map((line) => `Scan ${scan.id}: ${line}\n`);
  });
  return lines.length === 0 ? '' : `\n${lines.join('')}`;
}

function exitOf(scans: readonly Scan[], isWatched: boolean): ExitCode {
  if (!isWatched) return EXIT.done;
  if (scans.some(({ status }) => status === 'failed')) return EXIT.failed;
  if (scans.some(({ status }) => status === 'cancelled')) return EXIT.interrupted;
  return scans.some(({ partial }) => partial) ? EXIT.found : EXIT.done;
}
