import { withStored } from '#cli/connection.js';
import { EXIT, type ExitCode } from '#cli/exit.js';
import { writeDocument } from '#cli/output/json.js';
import { PassingLine } from '#cli/output/passing-line.js';
import { progressBar } from '#cli/output/progress.js';
import { type Row, renderTable } from '#cli/output/table.js';
import { counted, grouped, printable } from '#cli/output/text.js';
import { humanDuration } from '#cli/output/time.js';
import { type Context, defineVerb } from '#cli/verb.js';
import type { Client } from '#contract/client.js';
import type { IntegrityCheck, IntegrityReport } from '#contract/health.js';

/** How often a person at a terminal is told how far it is. */
const PROGRESS_INTERVAL_MS = 500;

export function runVerify(_plan: undefined, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withStored(context, async ({ client }) => {
    const report = await verifyWatched(client, context);
    if (globals.json === 'off') await io.stdout.write(verifyText(report, io.stdout.colour));
    else await writeDocument(io.stdout, report);
    // Counted here again: a report that says it is well while a check has a fault is no good news.
    return report.ok && faultsOf(report) === 0 ? EXIT.done : EXIT.found;
  });
}

/** Asks for the report and shows meanwhile how far it is. */
async function verifyWatched(client: Client, { io, jsonErrors }: Context): Promise<IntegrityReport> {
  const line = new PassingLine(io.stderr);
  const done = new AbortController();
  const watching =
    line.isShown && !jsonErrors ? watch(client, line, { io, signal: done.signal }) : Promise.resolve();
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
  line: PassingLine,
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
    if (running !== null) await line.show(progressLine(running.percent, running.reading, line.cells));
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

/** A line for each check; below the table, what each fault means and where some of them are. */
export function verifyText(report: IntegrityReport, colour: boolean): string {
  const table = renderTable(report.checks.map(checkRow), {
    colour,
    heads: ['CHECK', 'FAULTS', ''],
    right: [1],
  });
  const faulty = report.checks.filter((check) => check.faults > 0).map(faultText);
  const faults = faultsOf(report);
  const found = faults === 0 && report.ok ? 'No fault' : counted(faults, 'fault');
  const checks = counted(report.checks.length, 'check');
  return `${[table, ...faulty].join('\n')}\n${found} in ${checks}, ${humanDuration(report.duration_ms)}.\n`;
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

export const verifyVerb = defineVerb<undefined>({
  path: ['verify'],
  summary: 'check everything that is stored; exit 3 when something is wrong',
  examples: [
    ['verify', 'each check with the number of its faults'],
    ['verify --json', 'the same as JSON, with examples'],
  ],
  json: 'document',
  place: 'any',
  parse: () => undefined,
  run: runVerify,
});
