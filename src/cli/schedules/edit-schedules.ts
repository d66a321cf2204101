import type { ArgumentSpec, FlagSpec } from '#cli/arguments/flag-spec.js';
import type { FlagValues } from '#cli/arguments/flag-values.js';
import { printResult } from '#cli/arguments/print-result.js';
import { usage } from '#cli/arguments/usage.js';
import { CLEAR_DESCRIPTION_FLAG, descriptionChange } from '#cli/networks/description-flags.js';
import { zonedTime } from '#cli/output/time.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withConnection, withStored } from '#cli/program/connection.js';
import type { ExitCode } from '#cli/program/exit.js';
import { readTargetTexts } from '#cli/scans/scan-request.js';
import { type Confirmations, startConfirmed } from '#cli/scans/start-with-confirmation.js';
import { POLICY_FLAG_NAMES, POLICY_FLAGS, parsePolicy, TIME_FLAGS } from '#cli/schedules/schedule-flags.js';
import {
  checkTargets,
  confirmationsOf,
  DISCOVERY_SPECS,
  discoveryWhatOf,
  EDIT_SPECS,
  refuseBothGrounds,
  refuseOdd,
  SCAN_SPECS,
  SMART_SCAN_SPECS,
  scanWhatOf,
  smartScanWhatOf,
  TARGETS_SPECS,
  targetInputOf,
  targetsOf,
  WHAT_FLAG_NAMES,
  whatAfter,
} from '#cli/schedules/schedule-task.js';
import { SCHEDULE_ARGUMENT, scheduleArgumentOf } from '#cli/schedules/schedules.js';
import { siteMeant } from '#cli/schedules/smart-scan-flags.js';
import type { Schedule, ScheduleChange, ScheduleRequest } from '#contract/schedules/schedule.js';
import { checkScheduleName, type TaskKind } from '#domain/schedules/schedule.js';

export interface AddSchedulePlan {
  readonly request: ScheduleRequest;
  /** Of a scan or a discovery: `@file` and `-` are still to be read. */
  readonly targets: readonly string[];
}

const STORE = {
  prompt: 'Store it?',
  hint: 'Confirm with --yes.',
  refused: 'It was not confirmed, so nothing was stored.',
  interrupted: 'Interrupted at the question, so nothing was stored.',
};

/** The fields that every kind of schedule has. Throws `usage`. */
function editsOf({ args, flags }: CommandInput) {
  const cron = flags.text('cron');
  if (cron === undefined)
    throw usage('A schedule has a --cron.', { hint: 'Like --cron "0 3 * * *" for three every night.' });
  return {
    name: checkScheduleName(args[0] ?? ''),
    cron,
    timezone: flags.text('timezone'),
    enabled: !flags.on('disabled'),
    ...parsePolicy(flags),
  };
}

export function parseAddScan(input: CommandInput): AddSchedulePlan {
  const { flags } = input;
  const specified = editsOf(input);
  const targets = targetsOf(flags);
  checkTargets(flags, 'scans');
  const task = { targets: [], exclude: [], ...scanWhatOf(flags), ...targetInputOf(flags) };
  return { request: { kind: 'scan', ...specified, site: flags.text('site'), task }, targets };
}

export function parseAddDiscovery(input: CommandInput): AddSchedulePlan {
  const { flags } = input;
  const specified = editsOf(input);
  const targets = targetsOf(flags);
  checkTargets(flags, 'discovery runs');
  const task = { networks: [], exclude: [], ...discoveryWhatOf(flags), ...targetInputOf(flags) };
  return { request: { kind: 'discovery', ...specified, site: flags.text('site'), task }, targets };
}

export function parseAddSmartScan(input: CommandInput): AddSchedulePlan {
  const { flags } = input;
  const task = { ...smartScanWhatOf(flags), ...confirmationsOf(flags) };
  return { request: { kind: 'smart_scan', ...editsOf(input), ...siteMeant(flags), task }, targets: [] };
}

function parseAddTask(kind: Exclude<TaskKind, 'smart_scan'>) {
  return (input: CommandInput): AddSchedulePlan => ({ request: { kind, ...editsOf(input) }, targets: [] });
}

export async function runAddSchedule(plan: AddSchedulePlan, context: Context): Promise<ExitCode> {
  const args = plan.targets.length === 0 ? [] : await readTargetTexts(plan.targets, context.io);
  return withConnection(context, async ({ client }) => {
    const schedule = await startConfirmed(context, {
      start: (confirmed) => client.createSchedule(requestOf(plan.request, args, confirmed)),
      signal: context.io.interrupts.signal,
      question: STORE,
    });
    return printResult(context, schedule, `The schedule ${schedule.name} is stored; ${dueText(schedule)}.`);
  });
}

function dueText({ timezone, next_due_at: next }: Schedule): string {
  return next === null ? 'it is paused' : `it is due at ${zonedTime(next, timezone)} first`;
}

function requestOf(
  request: ScheduleRequest,
  args: readonly string[],
  confirmed: Confirmations,
): ScheduleRequest {
  if (request.kind === 'scan')
    return { ...request, task: { ...request.task, targets: [...args], ...confirmed } };
  if (request.kind === 'discovery')
    return { ...request, task: { ...request.task, networks: [...args], ...confirmed } };
  return request;
}

export interface EditSchedulePlan {
  readonly term: string;
  /** All changes except those of the task. */
  readonly change: ScheduleChange;
  readonly targets: readonly string[];
  /** The task options that were given. Which of them apply is known once the schedule is loaded. */
  readonly given: readonly string[];
  readonly flags: FlagValues;
}

export function parseEditSchedule(input: CommandInput): EditSchedulePlan {
  const { flags } = input;
  const given = flags.givenOf(WHAT_FLAG_NAMES);
  const specified = flags.givenOf(['name', 'cron', 'timezone', 'clear-description', ...POLICY_FLAG_NAMES]);
  if (given.length + specified.length === 0)
    throw usage('There is nothing to change.', {
      hint: 'Like `scanorama schedules edit NAME --cron "0 4 * * *"`.',
    });
  refuseBothGrounds(flags);
  const name = flags.text('name');
  return {
    term: scheduleArgumentOf(input),
    change: {
      ...(name === undefined ? {} : { name: checkScheduleName(name) }),
      cron: flags.text('cron'),
      timezone: flags.text('timezone'),
      ...parsePolicy(flags),
      ...descriptionChange(flags),
    },
    targets: targetsOf(flags),
    given,
    flags,
  };
}

export async function runEditSchedule(plan: EditSchedulePlan, context: Context): Promise<ExitCode> {
  const args = plan.targets.length === 0 ? undefined : await readTargetTexts(plan.targets, context.io);
  return withStored(context, async ({ client }) => {
    const before = await client.schedule(plan.term);
    refuseOdd(before.kind, plan.given);
    const changed = await startConfirmed(context, {
      start: (confirmed) =>
        client.changeSchedule(before.id, {
          ...plan.change,
          ...(plan.given.length === 0 ? {} : whatAfter(before, { ...plan, targets: args, confirmed })),
          revision: before.revision,
        }),
      signal: context.io.interrupts.signal,
      question: STORE,
    });
    return printResult(context, changed, `The schedule ${changed.name} is changed, at once.`);
  });
}

const NAME_ARGUMENT: ArgumentSpec = { name: 'name', help: 'what it is to be called', required: true };
const ADD_SPECS: readonly FlagSpec[] = [
  ...TIME_FLAGS,
  ...POLICY_FLAGS,
  { flags: '--disabled', help: 'store it paused' },
];
const ADDING = { json: 'document', place: 'any', run: runAddSchedule } as const;

export const editSchedulesCommands = [
  defineCommand<AddSchedulePlan>({
    ...ADDING,
    path: ['schedules', 'add-scan'],
    summary: 'add a schedule that scans',
    arguments: [NAME_ARGUMENT],
    flags: [...TARGETS_SPECS, ...ADD_SPECS, ...SCAN_SPECS],
    examples: [
      [
        'schedules add-scan nightly --targets 198.18.0.0/24 --cron "0 3 * * *" --timezone Europe/Berlin -p top-100',
        'at three every night, whatever the clock does',
      ],
      [
        'schedules add-scan office --targets network:office --cron "30 * * * mon-fri" --profile quick --jitter 5m --run-retries 2',
        'a stored network by a profile, not all at the same minute',
      ],
    ],
    parse: parseAddScan,
  }),
  defineCommand<AddSchedulePlan>({
    ...ADDING,
    path: ['schedules', 'add-discovery'],
    summary: 'add a schedule that discovers hosts',
    arguments: [NAME_ARGUMENT],
    flags: [...TARGETS_SPECS, ...ADD_SPECS, ...DISCOVERY_SPECS],
    examples: [
      ['schedules add-discovery hourly --targets network:office --cron "0 * * * *"', 'each hour'],
      [
        'schedules add-discovery all --configured-networks --detect-os --cron "0 4 * * *"',
        'every stored network, also those of later, and what runs on the hosts found',
      ],
    ],
    parse: parseAddDiscovery,
  }),
  defineCommand<AddSchedulePlan>({
    ...ADDING,
    path: ['schedules', 'add-smart-scan'],
    summary: 'add a schedule that runs smart scans',
    arguments: [NAME_ARGUMENT],
    flags: [...ADD_SPECS, ...SMART_SCAN_SPECS],
    examples: [
      ['schedules add-smart-scan nightly --cron "0 2 * * *"', 'some hosts more each night'],
      [
        'schedules add-smart-scan services --cron "0 * * * *" --stage service_scan --network 198.18.0.0/24 --limit 20',
        'the services of twenty hosts of a network each hour',
      ],
    ],
    parse: parseAddSmartScan,
  }),
  defineCommand<AddSchedulePlan>({
    ...ADDING,
    path: ['schedules', 'add-verify'],
    summary: 'add a schedule that verifies stored data',
    arguments: [NAME_ARGUMENT],
    flags: ADD_SPECS,
    examples: [['schedules add-verify sunday --cron "0 5 * * sun"', 'beside the check of each day']],
    parse: parseAddTask('verify'),
  }),
  defineCommand<AddSchedulePlan>({
    ...ADDING,
    path: ['schedules', 'add-retention'],
    summary: 'add a schedule that applies retention',
    arguments: [NAME_ARGUMENT],
    flags: ADD_SPECS,
    examples: [['schedules add-retention cleanup --cron "0 1 * * *"', 'when nothing else runs']],
    parse: parseAddTask('retention'),
  }),
  defineCommand<EditSchedulePlan>({
    path: ['schedules', 'edit'],
    summary: 'edit a schedule',
    arguments: [SCHEDULE_ARGUMENT],
    flags: [
      { flags: '--name <name>', help: 'the new name' },
      ...TIME_FLAGS,
      ...POLICY_FLAGS,
      CLEAR_DESCRIPTION_FLAG,
      ...EDIT_SPECS,
    ],
    examples: [
      ['schedules edit nightly --cron "0 4 * * *"', 'an hour later from now on'],
      [
        'schedules edit nightly --targets 198.18.1.0/24 --profile unset',
        'another network, without a profile',
      ],
    ],
    json: 'document',
    place: 'any',
    parse: parseEditSchedule,
    run: runEditSchedule,
  }),
];
