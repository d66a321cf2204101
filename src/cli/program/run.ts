import type { App } from '#app/interface.js';
import { asScanoramaError, renderError } from '#cli/output/error.js';
import { COMMANDS } from '#cli/program/commands.js';
import { interrupted } from '#cli/program/connection.js';
import type { ExitCode } from '#cli/program/exit.js';
import { EXIT } from '#cli/program/exit.js';
import { type Io, OutputClosedError, withoutColor } from '#cli/program/io.js';
import { placeOf } from '#cli/program/program-name.js';
import { parseArgv } from '#cli/program.js';
import { ERROR_CATALOG } from '#domain/errors/error.js';

export interface CliRun {
  /** The arguments after the name of the program. */
  readonly argv: readonly string[];
  readonly io: Io;
  readonly version: string;
  loadApp(): Promise<App>;
}

/** Runs one command line and returns its exit code. Never throws: failures are printed on stderr. */
export async function runCli(run: CliRun): Promise<ExitCode> {
  const args = beforeEnd(run.argv);
  const io = { ...(args.includes('--no-color') ? withoutColor(run.io) : run.io), place: placeOf(args) };
  const jsonErrors = wantsJson(run.argv);
  try {
    const options = { version: run.version, columns: io.stdout.columns, color: io.stdout.color };
    const invocation = parseArgv(run.argv, options);
    if (invocation.kind === 'text') {
      await io.stdout.write(invocation.text);
      return EXIT.done;
    }
    const { globals, prepared } = invocation;
    const loadApp = () => run.loadApp();
    return await prepared.run({ io, globals, version: run.version, jsonErrors, commands: COMMANDS, loadApp });
  } catch (error) {
    if (error instanceof OutputClosedError) return EXIT.done;
    const known = asScanoramaError(io.interrupts.signal.aborted ? interrupted() : error);
    await io.stderr.write(renderError(known, { ...io, json: jsonErrors, color: io.stderr.color }));
    if (known.code === 'internal') await io.stderr.write(await stackFor(error, run));
    return ERROR_CATALOG[known.code].exit;
  }
}

/** The stack trace in debug mode, otherwise empty. Debug mode is configured, and only the application reads that. */
async function stackFor(failure: unknown, run: CliRun): Promise<string> {
  const app = await run.loadApp().catch(() => undefined);
  return app?.debug === true && failure instanceof Error ? `${failure.stack ?? ''}\n` : '';
}

/**
 * Whether failures are printed as JSON. It reads the raw arguments, so that an invalid command line is reported as JSON
 * too.
 */
export function wantsJson(argv: readonly string[]): boolean {
  const args = beforeEnd(argv);
  return args.some(
    (arg, index) =>
      arg === '--json' ||
      arg === '--json=stream' ||
      arg === '--output=json' ||
      arg === '-ojson' ||
      (arg === 'json' && ['-o', '--output'].includes(args[index - 1] ?? '')),
  );
}

function beforeEnd(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end < 0 ? argv : argv.slice(0, end);
}
