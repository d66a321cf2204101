import { appIo } from '#cli/arguments/print-notice.js';
import { writeDocument } from '#cli/output/json.js';
import { type Row, renderTable } from '#cli/output/table.js';
import { localTime } from '#cli/output/time.js';
import { type CliCommand, type Context, defineCommand } from '#cli/program/command.js';
import { unlessInterrupted } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import { spokenAs } from '#cli/program/program-name.js';
import type { MigrationStatus } from '#contract/workers/health.js';

type MigrateAction = 'up' | 'status';

export async function runMigrate(action: MigrateAction, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  const app = await context.loadApp();
  const { signal } = io.interrupts;
  const work = app.migrate(action, globals.place, appIo(context, signal));
  // A migration is one transaction: it is never left in the middle, so `up` is waited for.
  const status = action === 'up' ? await work : await unlessInterrupted(work, signal);
  if (globals.json === 'off') await io.stdout.write(spokenAs(io, migrationText(status, io.stdout.color)));
  else await writeDocument(io.stdout, status);
  return EXIT.done;
}

export function migrationText(status: MigrationStatus, color: boolean): string {
  const rows = status.migrations.map(
    (migration): Row => [
      String(migration.version),
      migration.name,
      migration.applied_at === null
        ? { text: 'not applied', paint: 'yellow' }
        : localTime(migration.applied_at),
    ],
  );
  const table = renderTable(rows, { color, heads: ['VERSION', 'NAME', 'APPLIED'], right: [0] });
  const current = `The schema is at version ${status.current}`;
  const pending = status.current < status.latest;
  const how = pending
    ? ` of ${status.latest}; \`scanorama migrate up\` brings it up to date.`
    : ', the newest.';
  return `${table}${current}${how}\n`;
}

function migrateCommand(action: MigrateAction, summary: string, effect: string): CliCommand {
  return defineCommand<MigrateAction>({
    path: ['migrate', action],
    summary,
    examples: [[`migrate ${action}`, effect]],
    json: 'document',
    place: 'local',
    parse: () => action,
    run: runMigrate,
  });
}

export const migrateCommands = [
  migrateCommand(
    'up',
    'migrate the database schema to the current version',
    'applies what is missing, each in one transaction',
  ),
  migrateCommand('status', 'show which migrations are applied', 'looks and changes nothing'),
];
