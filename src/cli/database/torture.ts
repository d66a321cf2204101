import type { App, TortureOutcome } from '#app/interface.js';
import { countOf } from '#cli/arguments/flag-parsers.js';
import { appIo, note } from '#cli/arguments/print-notice.js';
import { usage } from '#cli/arguments/usage.js';
import { writeDocument } from '#cli/output/json.js';
import { type Row, renderTable } from '#cli/output/table.js';
import { printable } from '#cli/output/text.js';
import { humanDuration } from '#cli/output/time.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import { counted, grouped } from '#domain/text/count-text.js';

type Input = Parameters<App['torture']>[0];

const DEFAULT_ROUNDS = 10;
const MAX_ROUNDS = 100_000;
const MAX_SEED = 4_294_967_295;

export interface TorturePlan {
  readonly rounds: number;
  /** A random one when undefined. */
  readonly seed: number | undefined;
  /** Only this one. */
  readonly round: number | undefined;
}

export function parseTorture({ flags }: CommandInput): TorturePlan {
  const seed = countOf('seed', flags.text('seed'));
  if (seed !== undefined && seed > MAX_SEED)
    throw usage(`The value of --seed is at most ${MAX_SEED}, not ${seed}.`, { at: String(seed) });
  const rounds = countOf('rounds', flags.text('rounds')) ?? DEFAULT_ROUNDS;
  if (rounds > MAX_ROUNDS)
    throw usage(`The value of --rounds is at most ${MAX_ROUNDS}, not ${rounds}.`, { at: String(rounds) });
  if (flags.givenOf(['rounds', 'round']).length > 1)
    throw usage('--rounds and --round do not go together: one is how many, the other which one.');
  return { rounds, seed, round: countOf('round', flags.text('round')) };
}

export async function runTortureCommand(plan: TorturePlan, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  const app = await context.loadApp();
  const seed = plan.seed ?? (Math.floor(io.clock.now()) % MAX_SEED) + 1;
  const total = plan.round === undefined ? counted(plan.rounds, 'round') : `round ${plan.round}`;
  await note(context, `Torture with seed ${seed}, ${total}, on loopback and in a temporary directory alone.`);
  const onRound = ({ round, kind, hit, durationMs }: Parameters<Input['onRound']>[0]): void => {
    const struck = hit?.detail ?? 'the scan was over before';
    void note(context, `Round ${round}: ${kind}: ${struck} (${humanDuration(durationMs)})`);
  };
  const onUnheld = ({ round, kind, reason }: Parameters<Input['onUnheld']>[0]): void => {
    void note(context, `Round ${round}: ${kind}: could not be held: ${printable(reason)}`);
  };
  // Waited for also when interrupted: it ends by itself then, and leaves nothing behind.
  const outcome = await app.torture(
    { ...plan, seed, onRound, onUnheld },
    appIo(context, io.interrupts.signal),
  );
  if (globals.json === 'off') await io.stdout.write(tortureText(outcome, io.stdout.color));
  else await writeDocument(io.stdout, tortureDocument(outcome));
  return outcome.broken === undefined ? EXIT.done : EXIT.found;
}

/** A line for each kind; below the table, the promise kept or where it was broken. */
export function tortureText(outcome: TortureOutcome, color: boolean): string {
  const table = renderTable(
    outcome.tallies.map(({ kind, hits, what }): Row => [kind, grouped(hits), what]),
    { color, heads: ['FAULT', 'STRUCK', 'WHAT IT IS'], right: [1] },
  );
  return `${table}\n${outcome.broken === undefined ? keptText(outcome) : brokenText(outcome, outcome.broken)}`;
}

function keptText({ hits, listeners, batches, durationMs, seed }: TortureOutcome): string {
  const times = hits === 1 ? 'once' : `${grouped(hits)} times`;
  return (
    `Struck ${times}, nothing lost, nothing twice: ${grouped(listeners)} open ports, each stored once, ` +
    `in ${grouped(batches)} batches, and verified (${humanDuration(durationMs)}, seed ${seed}).\n`
  );
}

function brokenText(
  { seed, directory }: TortureOutcome,
  { round, kind, detail, faults }: NonNullable<TortureOutcome['broken']>,
): string {
  return [
    `The promise was broken in round ${round} (${kind}: ${printable(detail)}):`,
    ...faults.map((fault) => `  ${printable(fault)}`),
    ...(directory === null ? [] : [`What was stored, and the logs, lie in ${printable(directory)}.`]),
    `Again: scanorama torture --seed ${seed} --round ${round}`,
    '',
  ].join('\n');
}

function tortureDocument(outcome: TortureOutcome) {
  const { seed, rounds, hits, listeners, batches, durationMs, tallies, broken, directory } = outcome;
  return {
    ok: broken === undefined,
    seed,
    rounds,
    hits,
    open_ports: listeners,
    batches,
    duration_ms: Math.round(durationMs),
    kinds: tallies.map((tally) => ({
      kind: tally.kind,
      what: tally.what,
      rounds: tally.rounds,
      hits: tally.hits,
      probed_again: tally.probedAgain,
    })),
    broken: broken ?? null,
    directory,
  };
}

export const tortureCommand = defineCommand<TorturePlan>({
  path: ['torture'],
  summary:
    'kill its own servers, probers and databases, and check that no result is lost (exit code 3 otherwise)',
  flags: [
    { flags: '--rounds <count>', help: `number of scans to inject faults into (default: ${DEFAULT_ROUNDS})` },
    { flags: '--seed <number>', help: 'seed of the random numbers (default: random)' },
    { flags: '--round <number>', help: 'only this round of that seed' },
  ],
  examples: [
    ['torture', 'ten rounds on loopback, far from any data of yours'],
    ['torture --rounds 100 --seed 7', 'the same hundred rounds each time'],
  ],
  json: 'document',
  place: 'none',
  parse: parseTorture,
  run: runTortureCommand,
});
