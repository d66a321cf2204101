import type { App } from '#app/interface.js';
import type { ArgumentSpec, FlagSpec } from '#cli/arguments/flag-spec.js';
import type { FlagValues } from '#cli/arguments/flag-values.js';
import type { ExitCode } from '#cli/program/exit.js';
import type { CommandNeeds, Globals } from '#cli/program/globals.js';
import type { Io } from '#cli/program/io.js';

/** What commander understood of the words after the verb. */
export interface CommandInput {
  readonly args: readonly string[];
  readonly flags: FlagValues;
  readonly globals: Globals;
}

/** What a running verb may use. */
export interface Context {
  readonly io: Io;
  readonly globals: Globals;
  /** Whether failures are printed as JSON objects. */
  readonly jsonErrors: boolean;
  readonly version: string;
  readonly commands: readonly CliCommand[];
  /** Imports and constructs the application; verbs that need none start faster without. */
  loadApp(): Promise<App>;
}

interface CommandDescription extends CommandNeeds {
  readonly summary: string;
  /** Other accepted names for the last part of its path. They are not listed in any help text. */
  readonly aliases?: readonly string[];
  readonly arguments?: readonly ArgumentSpec[];
  readonly flags?: readonly FlagSpec[];
  /** Command lines without the program's name, each with what it does. */
  readonly examples: readonly (readonly [commandLine: string, effect: string])[];
}

export interface CommandSpec<Plan> extends CommandDescription {
  /** Pure. Throws `usage` for what cannot be meant. */
  parse(input: CommandInput): Plan;
  run(plan: Plan, context: Context): Promise<ExitCode>;
}

export interface PreparedCommand {
  readonly plan: unknown;
  run(context: Context): Promise<ExitCode>;
}

/** One row of the table of verbs. */
export interface CliCommand extends CommandDescription {
  prepare(input: CommandInput): PreparedCommand;
}

/** Hides the type of the plan, so that verbs with different plans fit one table. */
export function defineCommand<Plan>(spec: CommandSpec<Plan>): CliCommand {
  return {
    ...spec,
    prepare(input) {
      const plan = spec.parse(input);
      return { plan, run: (context) => spec.run(plan, context) };
    },
  };
}
