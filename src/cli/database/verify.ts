import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import { writeDocument } from '#cli/output/json.js';
import { type Row, renderTable } from '#cli/output/table.js';
import { printable } from '#cli/output/text.js';
import { humanDuration } from '#cli/output/time.js';
import { type Context, defineCommand } from '#cli/program/command.js';
import { withStored } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import { LiveLine } from '#cli/progress/live-line.js';
import { progressBar } from '#cli/progress/progress.js';
import type { Client } from '#contract/api/client.js';
import type { IntegrityCheck, IntegrityReport } from '#contract/workers/health.js';
import { counted, grouped } from '#domain/text/count-text.js';

/** How often a person at a terminal is told how far it is. */
const PROGRESS_INTERVAL_MS = 500;

/** What a check of everything shows. */
export interface CheckView {
  readonly color: boolean;
  /** Also what is right. */
  readonly all: boolean;
}

export const ALL_CHECKS_FLAG: FlagSpec = {
  flags: '--all',
  help: 'also checks and tables without faults, which --json always contains',
};

export function runVerify(all: boolean, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withStored(context, async ({ client }) => {
    const report = await verifyWatched(client, context);
    if (globals.json === 'off') await io.stdout.write(verifyText(report, { color: io.stdout.color, all }));
    else await writeDocument(io.stdout, report);
    // Counted here again: a report that says it is well while a check has a fault is no good news.
    return report.ok && faultsOf(report) === 0 ? EXIT.done : EXIT.found;
  });
}

/** Asks for the report and shows meanwhile how far it is. */
async function verifyWatched(client: Client, { io, jsonErrors }: Context): Promise<IntegrityReport> {
  const line = new LiveLine(io.stderr);
  const done = new AbortController();
  const watching =
    line.isPossible && !jsonErrors ? watch(client, line, { io, signal: done.signal }) : Promise.resolve();
  try {
    return await client.verify(io.interrupts.signal);
  } finally {
    done.abort();
    await watching;
    await line.clear();
  }
}

async function watch(
  client: Client,
  line: LiveLine,
  { io, signal }: { readonly io: Context['io']; readonly signal: AbortSignal },
): Promise<void> {
  for (;;) {
    await io.sleep(PROGRESS_INTERVAL_MS, signal);
    if (signal.aborted) return;
    // What cannot be told now is told next time; the report itself says when something is wrong.
    const running = await client.integrity().then(
      (status) => status.running,
      () => null,
    );
    if (signal.aborted) return;
    if (running !== null) await line.show((cells) => progressLine(running.percent, running.reading, cells));
  }
}

function progressLine(percent: number, reading: string, cells: number): string {
  const text = `${progressBar(percent)}  ${Math.floor(percent)}%  reading ${printable(reading)}`;
  return text.length <= cells ? text : '';
}

function faultsOf(report: IntegrityReport): number {
  return report.checks.reduce(
    (sum, check) => sum + check.faults,
    report.checks.length === 0 ? report.faults : 0,
  );
}

/** A line for each check with a fault; below the table, what each fault means and where some of them are. */
export function verifyText(report: IntegrityReport, { color, all }: CheckView): string {
  const shown = report.checks.filter(({ faults }) => all || faults > 0);
  const table = renderTable(shown.map(checkRow), {
    color,
    heads: ['CHECK', 'FAULTS', ''],
    right: [1],
  });
  const faulty = report.checks.filter((check) => check.faults > 0).map(faultText);
  const faults = faultsOf(report);
  const found = faults === 0 && report.ok ? 'No fault' : counted(faults, 'fault');
  const checks = counted(report.checks.length, 'check');
  const above = [...(table === '' ? [] : [table]), ...faulty].map((part) => `${part}\n`).join('');
  return `${above}${found} in ${checks}, ${humanDuration(report.duration_ms)}.\n`;
}

function checkRow(check: IntegrityCheck): Row {
  const mark =
    check.faults === 0
      ? ({ text: 'ok', paint: 'green' } as const)
      : ({ text: 'FAULT', paint: 'red' } as const);
  return [check.name, grouped(check.faults), mark];
}

function faultText(check: IntegrityCheck): string {
  const examples = check.examples.map((example) => `  ${printable(example)}\n`).join('');
  return `${printable(check.name)}: ${printable(check.description)}\n${examples}`;
}

export const verifyCommand = defineCommand<boolean>({
  path: ['verify'],
  summary: 'verify stored data (exit code 3 if something is wrong)',
  flags: [ALL_CHECKS_FLAG],
  examples: [
    ['verify', 'what is wrong, or that nothing is'],
    ['verify --all', 'each check with the number of its faults'],
    ['verify --json', 'the same as JSON, with examples'],
  ],
  json: 'document',
  place: 'any',
  parse: ({ flags }) => flags.on('all'),
  run: runVerify,
});
