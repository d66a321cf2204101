import { usage } from '#cli/arguments/usage.js';
import { ALL_CHECKS_FLAG, type CheckView, verifyText } from '#cli/database/verify.js';
import { writeDocument } from '#cli/output/json.js';
import { renderTable } from '#cli/output/table.js';
import { printable } from '#cli/output/text.js';
import { localTime } from '#cli/output/time.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import { spokenAs } from '#cli/program/program-name.js';
import { withCopyProgress } from '#cli/progress/copy-progress.js';
import type { RestoreReport } from '#contract/workers/backup.js';
import { counted, grouped } from '#domain/text/count-text.js';

export interface RestorePlan {
  /** `-`: the standard input. */
  readonly file: string;
  readonly drill: boolean;
  readonly revokeKeys: boolean;
  /** Shows also what is right. */
  readonly all: boolean;
}

export function parseRestore({ args: [file = ''], flags }: CommandInput): RestorePlan {
  if (file.trim() === '') throw usage('The name of the file is empty.');
  const plan = { file, drill: flags.on('drill'), revokeKeys: flags.on('revoke-keys'), all: flags.on('all') };
  if (plan.drill && plan.revokeKeys)
    throw usage('A drill leaves nothing behind, so it has no keys to revoke.', {
      hint: 'Leave out --revoke-keys.',
    });
  return plan;
}

/** It is waited for also when it is interrupted: what was begun is taken back first. */
export async function runRestore(
  { file, drill, revokeKeys, all }: RestorePlan,
  context: Context,
): Promise<ExitCode> {
  const { globals, io } = context;
  const { signal } = io.interrupts;
  if (file === '-' && io.stdin.isTerminal)
    throw usage('No backup comes from a terminal.', { hint: 'Name a file, or send one in with a pipe.' });
  const from = file === '-' ? io.stdin.stream(signal) : await io.openFile(file, signal);
  const app = await context.loadApp();
  const report = await withCopyProgress(context, (watch) =>
    app.restore({ from, drill, revokeKeys, progress: watch.progress }, globals.place, watch.io),
  );
  const view = { color: io.stdout.color, all };
  if (globals.json === 'off') await io.stdout.write(spokenAs(io, restoreText(report, view)));
  else await writeDocument(io.stdout, report);
  return isRight(report) ? EXIT.done : EXIT.found;
}

/** Counted here again, as for `verify`: what says of itself that it is well is not believed. */
function isRight({ integrity, tables }: RestoreReport): boolean {
  return (
    integrity.ok &&
    integrity.checks.every(({ faults }) => faults === 0) &&
    tables.every(({ rows, stored }) => rows === stored)
  );
}

/** The tables that are not as in the backup, the result of the check, and what comes next. */
export function restoreText(report: RestoreReport, view: CheckView): string {
  const { backup, tables, integrity } = report;
  const wrong = tables.filter(({ rows, stored }) => rows !== stored);
  const rows = (view.all ? tables : wrong).map(({ name, rows: given, stored }) => [
    name,
    grouped(given),
    grouped(stored),
    stored === given ? ({ text: 'ok', paint: 'green' } as const) : ({ text: 'FAULT', paint: 'red' } as const),
  ]);
  const table = renderTable(rows, {
    color: view.color,
    heads: ['TABLE', 'BACKUP', 'RESTORED', ''],
    right: [1, 2],
  });
  const created = `Backup of ${localTime(backup.created_at)} by Scanorama ${backup.product_version}, schema ${backup.schema_version}.`;
  const lines = [
    printable(created),
    ...(table === '' ? [] : [table.trimEnd()]),
    tablesText(tables, wrong.length),
  ];
  return `${lines.join('\n')}\n${verifyText(integrity, view)}${closingText(report)}\n`;
}

function tablesText(tables: RestoreReport['tables'], wrong: number): string {
  const of = counted(tables.length, 'table');
  if (wrong > 0) return `${grouped(wrong)} of ${of} ${wrong === 1 ? 'is' : 'are'} not as in the backup.`;
  const rows = tables.reduce((sum, { stored }) => sum + stored, 0);
  return `${of} ${tables.length === 1 ? 'is' : 'are'} as in the backup, with ${counted(rows, 'row')}.`;
}

function closingText(report: RestoreReport): string {
  const { drill, backup, schema_version } = report;
  if (drill) {
    const verdict = isRight(report) ? 'This backup can be restored' : 'This backup restores with faults';
    return `${verdict}. The scratch database is gone again; what is stored was not touched.`;
  }
  const upgraded =
    schema_version === backup.schema_version
      ? ''
      : ` The schema went from version ${backup.schema_version} to ${schema_version}.`;
  return `Restored.${upgraded}${heldText(report)}${stoppedText(report)} ${keysText(report)} \`scanorama api-keys link\` signs a browser in.`;
}

/** Each by its id: lists show it like a scan that a person stopped. */
function heldText({ held_scans, held_scan_ids }: RestoreReport): string {
  if (held_scans === 0) return '';
  const more = held_scans - held_scan_ids.length;
  const ids = `${held_scan_ids.join(', ')}${more > 0 ? ` and ${grouped(more)} more` : ''}`;
  const held = held_scans === 1 ? 'is held as cancelled' : 'are held as cancelled';
  return ` ${counted(held_scans, 'scan')} that had not ended ${held}: ${printable(ids)}. \`scanorama scans resume ID\` goes on with one.`;
}

function stoppedText({ stopped_schedules: stopped, stopped_schedule_names: shown }: RestoreReport): string {
  if (stopped === 0) return '';
  const are = stopped === 1 ? 'is paused' : 'are paused';
  const more = stopped - shown.length;
  const names = `${shown.join(', ')}${more > 0 ? ` and ${grouped(more)} more` : ''}`;
  return ` ${counted(stopped, 'schedule')} ${are}: ${printable(names)}. \`scanorama schedules enable NAME\` lets one go on.`;
}

/** The backup cannot tell which of its keys were revoked after it was made. */
function keysText({ keys: { usable, revoked } }: RestoreReport): string {
  if (revoked > 0)
    return `${counted(revoked, 'key')} of the backup ${revoked === 1 ? 'is' : 'are'} revoked now.`;
  if (usable === 0) return 'No key can be used.';
  return (
    `${counted(usable, 'key')} of the backup can be used, also if revoked since it was made: \`scanorama api-keys list\` shows ` +
    'them, and a restore with --revoke-keys revokes all.'
  );
}

export const restoreCommand = defineCommand<RestorePlan>({
  path: ['restore'],
  summary: 'restore and verify a backup (exit code 3 if something is wrong)',
  arguments: [
    { name: 'file', help: 'a backup, or - for the standard input', required: true, takesPath: true },
  ],
  flags: [
    { flags: '--drill', help: 'restore into a temporary database, to prove that the backup is good' },
    { flags: '--revoke-keys', help: 'revoke all API keys of the backup' },
    ALL_CHECKS_FLAG,
  ],
  examples: [
    ['restore --drill scanorama.backup', 'proves that it can be restored, and changes nothing'],
    ['restore scanorama.backup --data-dir /srv/scanorama', 'into a directory that does not exist yet'],
    [
      'restore scanorama.backup --database-url postgres://scanorama@localhost/new',
      'into an empty database of your own',
    ],
  ],
  json: 'document',
  place: 'local',
  parse: parseRestore,
  run: runRestore,
});
