import type { App } from '#app/interface.js';
import type { ArgumentSpec, FlagSpec } from '#cli/arguments/flag-spec.js';
import type { FlagValues } from '#cli/arguments/flag-values.js';
import type { ExitCode } from '#cli/program/exit.js';
import type { Globals, VerbNeeds } from '#cli/program/globals.js';
import type { Io } from '#cli/program/io.js';

/** What commander understood of the words after the verb. */
export interface VerbInput {
  readonly words: readonly string[];
  readonly flags: FlagValues;
  readonly globals: Globals;
}

/** What a running verb may use. */
export interface Context {
  readonly io: Io;
  readonly globals: Globals;
  /** Whether failures are told as JSON objects. */
  readonly jsonErrors: boolean;
  readonly version: string;
  readonly verbs: readonly Verb[];
  /** Imports and constructs the application; verbs that need none start faster without. */
  loadApp(): Promise<App>;
}

interface VerbFace extends VerbNeeds {
  readonly summary: string;
  /** Other words for the last of its path: understood, and told of nowhere. */
  readonly hiddenWords?: readonly string[];
  readonly arguments?: readonly ArgumentSpec[];
  readonly flags?: readonly FlagSpec[];
  /** Command lines without the program's name, each with what it does. */
  readonly examples: readonly (readonly [commandLine: string, effect: string])[];
}

export interface VerbSpec<Plan> extends VerbFace {
  /** Pure. Throws `usage` for what cannot be meant. */
  parse(input: VerbInput): Plan;
  run(plan: Plan, context: Context): Promise<ExitCode>;
}

export interface PreparedVerb {
  readonly plan: unknown;
  run(context: Context): Promise<ExitCode>;
}

/** One row of the table of verbs. */
export interface Verb extends VerbFace {
  prepare(input: VerbInput): PreparedVerb;
}

/** Hides the type of the plan, so that verbs with different plans fit one table. */
export function defineVerb<Plan>(spec: VerbSpec<Plan>): Verb {
  return {
    ...spec,
    prepare(input) {
      const plan = spec.parse(input);
      return { plan, run: (context) => spec.run(plan, context) };
    },
  };
}
