import { Command, CommanderError, Option } from 'commander';
import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import { FlagValues } from '#cli/arguments/flag-values.js';
import { usageFromCommander } from '#cli/arguments/parse-error.js';
import { usage } from '#cli/arguments/usage.js';
import { paint } from '#cli/output/text.js';
import type { CliCommand, PreparedCommand } from '#cli/program/command.js';
import { COMMANDS, GROUP_ALIASES, GROUP_SUMMARIES } from '#cli/program/commands.js';
import { EXIT } from '#cli/program/exit.js';
import { GLOBAL_FLAGS, type Globals, globalFlagsOf, parseGlobals } from '#cli/program/globals.js';
import { clip, quote } from '#domain/text/quote.js';

export interface ProgramOptions {
  readonly version: string;
  readonly columns: number;
  readonly color: boolean;
}

/** What a command line asks for. */
export type Invocation =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'command'; readonly prepared: PreparedCommand; readonly globals: Globals };

const DESCRIPTION = 'A self-hosted network scanner and inventory that never loses or invents an observation.';
const ROOT_EXAMPLES = [
  ['scan 127.0.0.1', 'scan this machine'],
  ['hosts list', 'what was seen'],
  ['serve', 'the same in a browser'],
  ['help scan', 'help of one command'],
] as const;
/** A column of explanations that is narrower is not wrapped: it would be hardly a word a line. */
const HELP_CELLS_MIN = 15;
export const GLOBAL_GROUP = 'Global options:';

/** Pure: the words after the program's name become what is to be done. Throws `usage` for what cannot be meant. */
export function parseArgv(argv: readonly string[], settings: ProgramOptions): Invocation {
  let text = '';
  let invocation: Invocation | undefined;
  const root = buildProgram(settings, {
    write: (part) => {
      text += part;
    },
    found: (prepared, globals) => {
      invocation = { kind: 'command', prepared, globals };
    },
  });
  try {
    root.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode !== EXIT.done) throw error;
  }
  return invocation ?? { kind: 'text', text };
}

interface Outcome {
  write(text: string): void;
  found(prepared: PreparedCommand, globals: Globals): void;
}

function buildProgram(settings: ProgramOptions, outcome: Outcome): Command {
  const root = new Command('scanorama')
    .description(DESCRIPTION)
    .enablePositionalOptions()
    .configureHelp({
      styleTitle: (title) => paint(settings.color, 'bold', title),
      showGlobalOptions: false,
      minWidthToWrap: HELP_CELLS_MIN,
    })
    .configureOutput({
      writeOut: (text) => outcome.write(text),
      // Commander writes the help of a bare `scanorama` there; what is wrong is thrown instead.
      writeErr: (text) => outcome.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => settings.columns,
      getErrHelpWidth: () => settings.columns,
      getOutHasColors: () => settings.color,
      getErrHasColors: () => settings.color,
    });
  root.version(`scanorama ${settings.version}`, '-V, --version', 'print the version');
  dress(root, { examples: ROOT_EXAMPLES, bare: () => new CommanderError(EXIT.done, 'commander.help', '') });
  for (const cliCommand of COMMANDS) registerCommand(root, cliCommand, outcome);
  addHelpCommand(root);
  return root;
}

interface Dress {
  readonly examples: readonly (readonly [string, string])[];
  /** What to throw when the command stands alone and cannot. */
  readonly bare: () => Error;
  /** Of a verb. */
  readonly place?: CliCommand['place'];
}

/** What every command has, from the program itself down to a verb. */
function dress(command: Command, { examples, bare, place = 'any' }: Dress): void {
  command.helpCommand(false).exitOverride((error) => {
    if (error.code === 'commander.help') throw bare();
    throw error.exitCode === EXIT.done ? error : usageFromCommander(error, commandLineOf(command));
  });
  const shown = globalFlagsOf(place);
  // What is refused is read all the same, so that it is said why.
  for (const flag of GLOBAL_FLAGS)
    command.addOption(optionOf(flag).helpGroup(GLOBAL_GROUP).hideHelp(!shown.includes(flag)));
  command.addHelpOption(new Option('-h, --help', 'show help with examples').helpGroup(GLOBAL_GROUP));
  const lines = examples.map(([line, effect]) => `  # ${effect}\n  scanorama ${line}`);
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

function commandLineOf(command: Command): string {
  return command.parent === null ? command.name() : `${commandLineOf(command.parent)} ${command.name()}`;
}

function registerCommand(root: Command, cliCommand: CliCommand, outcome: Outcome): void {
  const [name = '', subname] = cliCommand.path;
  const parent = subname === undefined ? root : groupOf(root, name);
  addCommand(parent.command(subname ?? name), cliCommand, outcome);
  for (const arg of cliCommand.aliases ?? [])
    addCommand(parent.command(arg, { hidden: true }), cliCommand, outcome);
  for (const alias of subname === undefined ? [] : (GROUP_ALIASES[name] ?? []))
    addCommand(groupOf(root, name, alias).command(subname ?? name), cliCommand, outcome);
}

function addCommand(command: Command, cliCommand: CliCommand, outcome: Outcome): void {
  command.description(cliCommand.summary);
  for (const argument of cliCommand.arguments ?? []) {
    const shown = `${argument.name}${argument.variadic === true ? '...' : ''}`;
    command.argument(argument.required === true ? `<${shown}>` : `[${shown}]`, argument.help);
  }
  for (const flag of cliCommand.flags ?? []) command.addOption(optionOf(flag));
  dress(command, { ...cliCommand, bare: () => usage('There is nothing to do.') });
  command.action(() => {
    const flags = flagsGiven(command);
    const globals = parseGlobals(flags, cliCommand);
    outcome.found(cliCommand.prepare({ args: command.args, flags, globals }), globals);
  });
}

function groupOf(root: Command, name: string, calledAs = name): Command {
  const known = root.commands.find((command) => command.name() === calledAs);
  if (known !== undefined) return known;
  const group = root
    .command(calledAs, { hidden: calledAs !== name })
    .description(GROUP_SUMMARIES[name] ?? '');
  const cliCommands = COMMANDS.filter((cliCommand) => cliCommand.path[0] === name);
  dress(group, {
    examples: cliCommands.flatMap((cliCommand) => cliCommand.examples.slice(0, 1)),
    bare: () =>
      usage(
        `\`scanorama ${name}\` is followed by ${oneOf(cliCommands.map((cliCommand) => cliCommand.path[1] ?? ''))}.`,
        {
          hint: `\`scanorama ${name} --help\` shows what they do.`,
        },
      ),
  });
  return group;
}

/** `list, show or stop`. */
function oneOf(argv: readonly string[]): string {
  return [argv.slice(0, -1).join(', '), ...argv.slice(-1)].filter((part) => part !== '').join(' or ');
}

function optionOf(flag: FlagSpec): Option {
  const option = new Option(flag.flags, flag.help);
  if (flag.repeat === true)
    option.argParser<string[] | undefined>((value, before) => [...(before ?? []), value]);
  return option;
}

/** What was given at the verb or before it; what stands nearer to the verb holds. */
function flagsGiven(command: Command): FlagValues {
  const given = new Map<string, unknown>();
  const enrich = (at: Command): void => {
    if (at.parent !== null) enrich(at.parent);
    for (const option of at.options) {
      const key = option.attributeName();
      if (at.getOptionValueSource(key) === 'cli') given.set(option.name(), at.getOptionValue(key));
    }
  };
  enrich(command);
  return new FlagValues(given);
}

function addHelpCommand(root: Command): void {
  const help = root
    .command('help')
    .description('show help of a command')
    .argument('[command...]', 'the command');
  dress(help, {
    examples: [['help scans list', 'what `scans list` does']],
    bare: () => usage('There is nothing to do.'),
  });
  help.action(() => {
    let command = root;
    for (const arg of help.args) {
      const next = command.commands.find((candidate) => candidate.name() === arg);
      if (next === undefined) {
        throw usage(`There is no command ${quote(help.args.join(' '))}.`, {
          hint: `\`${commandLineOf(command)} --help\` shows what there is.`,
          at: clip(arg),
        });
      }
      command = next;
    }
    command.outputHelp();
  });
}
