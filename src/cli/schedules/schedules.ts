import { countOf, oneOf } from '#cli/arguments/flag-parsers.js';
import { pagesOf } from '#cli/arguments/pages.js';
import { printResult } from '#cli/arguments/print-result.js';
import { printResultOf, showList, showOne } from '#cli/arguments/show-list.js';
import { usage } from '#cli/arguments/usage.js';
import { writeDocument } from '#cli/output/json.js';
import { zonedTime } from '#cli/output/time.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withStored } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import {
  duesText,
  RUN_HEADS,
  type RunContext,
  runRow,
  SCHEDULE_HEADS,
  scheduleFacts,
  scheduleRow,
} from '#cli/reports/schedule-report.js';
import { TIME_FLAGS } from '#cli/schedules/schedule-flags.js';
import type { Client } from '#contract/api/client.js';
import type { DuesPreview, Schedule, ScheduleRun } from '#contract/schedules/schedule.js';
import { RUN_STATES, type RunState, SCHEDULE_KINDS, type ScheduleKind } from '#domain/schedules/schedule.js';

/** Enough for recent activity. `--limit` shows more. */
const RUNS_SHOWN = 50;

/** The schedule that is meant, by its name or id. */
export function scheduleArgumentOf({ args }: CommandInput): string {
  const arg = (args[0] ?? '').trim();
  if (arg === '') throw usage('The name of the schedule is empty.');
  return arg;
}

export interface ListSchedulesPlan {
  readonly kind: ScheduleKind | undefined;
  readonly site: string | undefined;
}

export function runListSchedules({ kind, site }: ListSchedulesPlan, context: Context): Promise<ExitCode> {
  const filter = { ...(kind === undefined ? {} : { kind }), ...(site === undefined ? {} : { site }) };
  return showList<Schedule>(
    {
      pages: (client) =>
        pagesOf({ keyOf: ({ id }) => id, load: (query) => client.schedules({ ...query, ...filter }) }),
      heads: SCHEDULE_HEADS,
      row: scheduleRow,
      none: 'No schedules.',
    },
    context,
  );
}

export function runShowSchedule(arg: string, context: Context): Promise<ExitCode> {
  return showOne(context, async (client) => {
    const schedule = await client.schedule(arg);
    return { document: schedule, facts: scheduleFacts(schedule) };
  });
}

export function runEnableSchedule(arg: string, context: Context): Promise<ExitCode> {
  return printResultOf(
    context,
    (client) => client.enableSchedule(arg),
    ({ name, timezone, next_due_at: next }) =>
      `The schedule ${name} is enabled. It is due at ${zonedTime(next, timezone)}.`,
  );
}

export function runDisableSchedule(arg: string, context: Context): Promise<ExitCode> {
  return printResultOf(
    context,
    (client) => client.disableSchedule(arg),
    ({ name }) => `The schedule ${name} is paused. Its current runs continue.`,
  );
}

export function runScheduleNow(arg: string, context: Context): Promise<ExitCode> {
  return withStored(context, async ({ client, where }) => {
    const probed = await client.runSchedule(arg);
    const waits = where === 'in-process' ? ' It begins when a server runs.' : '';
    return printResult(context, probed, `A run of ${arg} is requested.${waits} \`schedules runs\` shows it.`);
  });
}

export function runRemoveSchedule(arg: string, context: Context): Promise<ExitCode> {
  return withStored(context, async ({ client }) => {
    const { id, name } = await client.schedule(arg);
    await client.removeSchedule(id);
    return printResult(
      context,
      { id, name, removed: true },
      `The schedule ${name} is removed with the list of its runs. Its scans are kept.`,
    );
  });
}

export interface NextPlan {
  readonly term: string | undefined;
  readonly preview: DuesPreview | undefined;
  readonly count: number | undefined;
}

export function parseNext(input: CommandInput): NextPlan {
  const { flags, args } = input;
  const count = countOf('count', flags.text('count'));
  const cron = flags.text('cron');
  const timezone = flags.text('timezone');
  if (args[0] !== undefined) {
    const [odd] = flags.givenOf(['cron', 'timezone']);
    if (odd !== undefined) throw usage(`${odd} has no place beside the name of a schedule.`);
    return { term: scheduleArgumentOf(input), preview: undefined, count };
  }
  if (cron === undefined)
    throw usage('Name a schedule, or a cron.', {
      hint: 'Like `scanorama schedules next --cron "0 3 * * *" --timezone Europe/Berlin`.',
    });
  return {
    term: undefined,
    preview: { cron, ...(timezone === undefined ? {} : { timezone }), count },
    count,
  };
}

export function runNext({ term: arg, preview, count }: NextPlan, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withStored(context, async ({ client }) => {
    const dues = await duesOf(client, { term: arg, preview, count });
    if (globals.json === 'off') await io.stdout.write(duesText(dues));
    else await writeDocument(io.stdout, dues);
    return EXIT.done;
  });
}

function duesOf(client: Client, { term: arg = '', preview, count }: NextPlan) {
  return preview === undefined ? client.scheduleDues(arg, count) : client.previewSchedule(preview);
}

export interface RunsPlan {
  readonly term: string;
  readonly state: RunState | undefined;
  readonly limit: number | undefined;
}

export function runListRuns({ term: arg, state, limit }: RunsPlan, context: Context): Promise<ExitCode> {
  const filter = state === undefined ? {} : { state };
  const nowMs = context.io.clock.now();
  let schedule: RunContext['schedule'] = { kind: 'scan', timezone: 'UTC' };
  return showList<ScheduleRun>(
    {
      async *pages(client) {
        // The times of the runs are shown in the time zone of the schedule.
        if (context.globals.json === 'off') schedule = await client.schedule(arg);
        yield* pagesOf<ScheduleRun>({
          limit: limit ?? (context.globals.json === 'off' ? RUNS_SHOWN : undefined),
          keyOf: ({ id }) => id,
          load: (query) => client.scheduleRuns(arg, { ...query, ...filter }),
        });
      },
      heads: RUN_HEADS,
      row: (run) => runRow(run, { schedule, nowMs }),
      right: [2],
      none: 'No runs.',
    },
    context,
  );
}

export const SCHEDULE_ARGUMENT = {
  name: 'schedule',
  help: 'the name or id of the schedule',
  required: true,
} as const;
const OF_ONE = {
  arguments: [SCHEDULE_ARGUMENT],
  json: 'document',
  place: 'any',
  parse: scheduleArgumentOf,
} as const;

export const schedulesCommands = [
  defineCommand<ListSchedulesPlan>({
    path: ['schedules', 'list'],
    summary: 'list schedules with their next and last run',
    flags: [
      { flags: '--kind <kind>', help: 'only those of this kind', choices: SCHEDULE_KINDS },
      { flags: '--site <name>', help: 'only those of this site' },
    ],
    examples: [['schedules list', 'every schedule']],
    json: 'stream',
    place: 'any',
    parse: ({ flags }) => ({
      kind: oneOf('kind', flags.text('kind'), SCHEDULE_KINDS),
      site: flags.text('site'),
    }),
    run: runListSchedules,
  }),
  defineCommand<string>({
    ...OF_ONE,
    path: ['schedules', 'show'],
    summary: 'show all settings of a schedule',
    examples: [['schedules show nightly', 'what it does, and when']],
    run: runShowSchedule,
  }),
  defineCommand<string>({
    ...OF_ONE,
    path: ['schedules', 'enable'],
    summary: 'enable a schedule',
    examples: [['schedules enable nightly', 'also after it stopped by itself']],
    run: runEnableSchedule,
  }),
  defineCommand<string>({
    ...OF_ONE,
    path: ['schedules', 'disable'],
    summary: 'disable a schedule; current runs continue',
    examples: [['schedules disable nightly', 'until it is enabled']],
    run: runDisableSchedule,
  }),
  defineCommand<string>({
    ...OF_ONE,
    path: ['schedules', 'run-now'],
    summary: 'request a run now, in addition to those that are due',
    examples: [['schedules run-now nightly', 'also of a schedule that is paused']],
    run: runScheduleNow,
  }),
  defineCommand<string>({
    ...OF_ONE,
    path: ['schedules', 'remove'],
    summary: 'remove a schedule; its scans are kept',
    examples: [['schedules remove nightly', 'a scan that runs goes on']],
    run: runRemoveSchedule,
  }),
  defineCommand<NextPlan>({
    path: ['schedules', 'next'],
    summary: 'show the next due times of a schedule or of a cron expression',
    arguments: [{ name: 'schedule', help: 'the name or id of the schedule' }],
    flags: [...TIME_FLAGS, { flags: '--count <count>', help: 'number of times (default: 5)' }],
    examples: [
      ['schedules next nightly', 'the next five times'],
      ['schedules next --cron "30 2 * * *" --timezone Europe/Berlin', 'of a cron, before it is stored'],
    ],
    json: 'document',
    place: 'any',
    parse: parseNext,
    run: runNext,
  }),
  defineCommand<RunsPlan>({
    path: ['schedules', 'runs'],
    summary: 'list the runs of a schedule, newest first',
    arguments: [SCHEDULE_ARGUMENT],
    flags: [
      { flags: '--state <state>', help: 'only runs in this state', choices: RUN_STATES },
      { flags: '--limit <count>', help: `maximum number (default: ${RUNS_SHOWN}, with --json all)` },
    ],
    examples: [['schedules runs nightly', 'with the scan of each, also of the one that runs']],
    json: 'stream',
    place: 'any',
    parse: (input) => ({
      term: scheduleArgumentOf(input),
      state: oneOf('state', input.flags.text('state'), RUN_STATES),
      limit: countOf('limit', input.flags.text('limit')),
    }),
    run: runListRuns,
  }),
];
