import { appIo } from '#cli/arguments/print-notice.js';
import { writeDocument } from '#cli/output/json.js';
import { type Cell, type Row, renderTable } from '#cli/output/table.js';
import { printable } from '#cli/output/text.js';
import { type Context, defineCommand } from '#cli/program/command.js';
import { unlessInterrupted } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import type { DoctorCheck, DoctorEngine, DoctorReport } from '#contract/workers/doctor.js';
import { counted } from '#domain/text/count-text.js';

export async function runDoctor(_plan: undefined, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  const app = await context.loadApp();
  const { signal } = io.interrupts;
  const report = await unlessInterrupted(app.doctor(globals.place, appIo(context, signal)), signal);
  if (globals.json === 'off') await io.stdout.write(doctorText(report, io.stdout.color));
  else await writeDocument(io.stdout, report);
  return EXIT.done;
}

/** A line for each check and each engine; below them, the commands for what is missing. */
export function doctorText(report: DoctorReport, color: boolean): string {
  const checks = renderTable(report.checks.map(checkRow), { color, heads: ['CHECK', '', 'FOUND'] });
  const engines = renderTable(report.engines.map(engineRow), { color, heads: ['ENGINE', '', 'PROBES'] });
  const remedies = report.checks.map(remedyText).filter((text) => text !== '');
  const lacks = report.checks.filter(({ ok }) => !ok).length;
  const summary =
    report.ok || lacks === 0 ? 'Nothing is missing.' : `${counted(lacks, 'thing')} could be mended.`;
  return `${[checks, engines, ...remedies].filter((text) => text !== '').join('\n')}\n${summary}\n`;
}

const OK: Cell = { text: 'ok', paint: 'green' };
const MISSING: Cell = { text: 'missing', paint: 'yellow' };

function checkRow({ name, ok, found }: DoctorCheck): Row {
  return [name, ok ? OK : MISSING, found];
}

/** An engine that asks no ports asks whether hosts are there. */
function requestedText(protocols: readonly string[]): string {
  return protocols.length === 0 ? 'hosts' : protocols.join(', ');
}

function engineRow({ name, available, protocols, reason }: DoctorEngine): Row {
  return [name, available ? OK : MISSING, available ? requestedText(protocols) : (reason ?? '')];
}

/** The command alone on its line, so that it can be copied. */
function remedyText({ name, remedies }: DoctorCheck): string {
  const lines = remedies.map(({ what, command }) => `  ${printable(what)}:\n    ${printable(command)}\n`);
  return lines.length === 0 ? '' : `${printable(name)}\n${lines.join('')}`;
}

export const doctorCommand = defineCommand<undefined>({
  path: ['doctor'],
  summary: 'report what this machine can do, and how to enable the rest',
  examples: [
    ['doctor', 'privileges, limits, nmap, database and engines'],
    ['doctor --json', 'the same as JSON'],
  ],
  json: 'document',
  place: 'any',
  parse: () => undefined,
  run: runDoctor,
});
