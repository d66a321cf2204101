import { usage } from '#cli/arguments/usage.js';
import { writeDocument } from '#cli/output/json.js';
import { printable, sizeOf } from '#cli/output/text.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import { OutputClosedError, type Sink } from '#cli/program/io.js';
import { withCopyProgress } from '#cli/progress/copy-progress.js';
import type { BackupReport } from '#contract/workers/backup.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { counted } from '#domain/text/count-text.js';

export interface BackupPlan {
  /** `-`: the standard output. */
  readonly file: string;
  readonly force: boolean;
}

export function parseBackup({ args: [file = ''], flags, globals }: CommandInput): BackupPlan {
  if (file.trim() === '') throw usage('The name of the file is empty.');
  if (file === '-' && globals.json !== 'off')
    throw usage('--json and a backup cannot both go to the standard output.', { hint: 'Name a file.' });
  return { file, force: flags.on('force') };
}

/** It is waited for also when it is interrupted: what was begun is taken back first. */
export async function runBackup(plan: BackupPlan, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  const { file, force } = plan;
  if (file === '-' && io.stdout.isTerminal)
    throw usage('A backup is no text for a terminal.', { hint: 'Name a file, or send it on with a pipe.' });
  const app = await context.loadApp();
  const to = file === '-' ? into(io.stdout) : file;
  const report = await withCopyProgress(context, (watch) =>
    app.backup({ to, force, progress: watch.progress }, globals.place, watch.io),
  );
  if (file === '-') return EXIT.done;
  if (globals.json === 'off') await io.stdout.write(`${printable(backupText(report))}\n`);
  else await writeDocument(io.stdout, report);
  return EXIT.done;
}

/** Elsewhere a reader that goes away has read enough; half a backup is none. */
function into(stdout: Sink): (bytes: Uint8Array) => Promise<void> {
  return async (bytes) => {
    try {
      await stdout.write(bytes);
    } catch (error) {
      if (!(error instanceof OutputClosedError)) throw error;
      throw new ScanoramaError('backup_failed', 'The reader of the backup went away before its end.', {
        cause: error,
      });
    }
  };
}

export function backupText({ file, size_bytes, rows, tables, schema_version }: BackupReport): string {
  const what = `${counted(rows, 'row')} of ${counted(tables.length, 'table')}, schema ${schema_version}`;
  return `${file}: ${what}, ${sizeOf(size_bytes)}.`;
}

export const backupCommand = defineCommand<BackupPlan>({
  path: ['backup'],
  summary: 'back up all data into one file, while scans continue',
  arguments: [
    { name: 'file', help: 'the new file, or - for the standard output', required: true, takesPath: true },
  ],
  flags: [{ flags: '--force', help: 'overwrite an existing file' }],
  examples: [
    ['backup scanorama.backup', 'the current state, in a file that only you can read'],
    ['backup - > /mnt/scanorama.backup', 'the same to the standard output, for a pipe or a mount'],
    [
      'backup --database-url postgres://scanorama@localhost/scanorama x.backup',
      'of a PostgreSQL of your own',
    ],
  ],
  json: 'document',
  place: 'local',
  parse: parseBackup,
  run: runBackup,
});
