import { withStored } from '#cli/connection.js';
import { EXIT, type ExitCode } from '#cli/exit.js';
import { writeDocument } from '#cli/output/json.js';
import { type Row, renderTable } from '#cli/output/table.js';
import { counted, grouped, printable } from '#cli/output/text.js';
import { humanDuration } from '#cli/output/time.js';
import { type Context, defineVerb } from '#cli/verb.js';
import type { IntegrityCheck, IntegrityReport } from '#contract/health.js';

export function runVerify(_plan: undefined, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withStored(context, async ({ client }) => {
    const report = await client.verify(io.interrupts.signal);
    if (globals.json === 'off') await io.stdout.write(verifyText(report, io.stdout.colour));
    else await writeDocument(io.stdout, report);
    // Counted here again: a report that says it is well while a check has a fault is no good news.
    return report.ok && faultsOf(report) === 0 ? EXIT.done : EXIT.found;
  });
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
