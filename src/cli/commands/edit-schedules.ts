import { SCHEDULE_ARGUMENT, scheduleWordOf } from '#cli/commands/schedules.js';
import { type Confirmations, startConfirmed } from '#cli/confirmed-start.js';
import { withConnection, withStored } from '#cli/connection.js';
import type { ExitCode } from '#cli/exit.js';
import type { ArgumentSpec, FlagSpec } from '#cli/flag-spec.js';
import type { FlagValues } from '#cli/flag-values.js';
import { startTagsOf } from '#cli/label-words.js';
import { localTime } from '#cli/output/time.js';
import { checkTargetWords, readTargetWords } from '#cli/scan-request.js';
import { POLICY_FLAG_NAMES, POLICY_FLAGS, parsePolicy, TIME_FLAGS } from '#cli/schedule-flags.js';
import {
  PROFILE_HELP,
  parseSettings,
  SETTING_FLAG_NAMES,
  SETTING_FLAGS,
  UNSET_WORD,
} from '#cli/setting-flags.js';
import { tell } from '#cli/tell.js';
import { usage } from '#cli/usage.js';
import { commaListOf, countOf, oneOf, rateOf } from '#cli/values.js';
import { type Context, defineVerb, type VerbInput } from '#cli/verb.js';
import type { Schedule, ScheduleChange, ScheduleRequest } from '#contract/schedule.js';
import { checkScheduleName, type ScheduleKind, type TaskKind } from '#domain/schedule.js';
import { SWEEP_METHODS, type SweepMethod } from '#domain/sweep-method.js';

export interface AddSchedulePlan {
  readonly request: ScheduleRequest;
  /** Of a scan or a discovery: `@file` and `-` are still to be read. */
  readonly targets: readonly string[];
}

const STORE = {
  ask: 'Store it?',
  hint: 'Say yes beforehand with --yes.',
  refused: 'It was not confirmed, so nothing was stored.',
  interrupted: 'Interrupted at the question, so nothing was stored.',
};

/** What is said of every kind. */
function saidOf({ words, flags }: VerbInput) {
  const cron = flags.text('cron');
  if (cron === undefined)
    throw usage('A schedule has a --cron.', { hint: 'Like --cron "0 3 * * *" for three every night.' });
  return {
    name: checkScheduleName(words[0] ?? ''),
    cron,
    zone: flags.text('zone'),
    enabled: !flags.on('disabled'),
    ...parsePolicy(flags),
  };
}

function targetsOf(flags: FlagValues): readonly string[] {
  return commaListOf('targets', flags.list('targets'));
}

function checkGround(targets: readonly string[], what: string): void {
  if (targets.length === 0)
    throw usage(`A schedule of ${what} has --targets.`, { hint: 'Like --targets 198.18.0.0/24.' });
  checkTargetWords(targets);
}

function saidOfRuns(flags: FlagValues) {
  return {
    ...tagsOf(flags),
    ...(flags.on('yes') ? { confirm_large: true, confirm_unscoped: true } : {}),
    ...(flags.on('outside-scope') ? { outside_scope: true } : {}),
  };
}

/** The word that says none takes all away. */
function tagsOf(flags: FlagValues) {
  const isNone = flags.list('tag').join() === UNSET_WORD;
  return isNone ? { tags: [] } : startTagsOf(flags);
}

function scanWhatOf(flags: FlagValues) {
  const profile = flags.text('profile');
  return { profile: profile === UNSET_WORD ? null : profile, ...parseSettings(flags) };
}

function discoveryWhatOf(flags: FlagValues) {
  const methods = commaListOf('method', flags.list('method')).map(
    (word): SweepMethod => oneOf('method', word, SWEEP_METHODS),
  );
  return {
    ...(methods.length === 0 ? {} : { methods }),
    resolver: flags.text('resolver'),
    rate: rateOf('rate', flags.text('rate')),
    per_host_rate: countOf('per-host-rate', flags.text('per-host-rate')),
  };
}

export function parseAddScan(input: VerbInput): AddSchedulePlan {
  const { flags } = input;
  const said = saidOf(input);
  const targets = targetsOf(flags);
  checkGround(targets, 'scans');
  const exclude = commaListOf('exclude', flags.list('exclude'));
  const what = { targets: [], exclude, ...scanWhatOf(flags), ...saidOfRuns(flags) };
  return { request: { kind: 'scan', ...said, site: flags.text('site'), what }, targets };
}

export function parseAddDiscovery(input: VerbInput): AddSchedulePlan {
  const { flags } = input;
  const said = saidOf(input);
  const targets = targetsOf(flags);
  checkGround(targets, 'discovery runs');
  const exclude = commaListOf('exclude', flags.list('exclude'));
  const what = { networks: [], exclude, ...discoveryWhatOf(flags), ...saidOfRuns(flags) };
  return { request: { kind: 'discovery', ...said, site: flags.text('site'), what }, targets };
}

function parseAddTask(kind: TaskKind) {
  return (input: VerbInput): AddSchedulePlan => ({ request: { kind, ...saidOf(input) }, targets: [] });
}

export async function runAddSchedule(plan: AddSchedulePlan, context: Context): Promise<ExitCode> {
  const words = plan.targets.length === 0 ? [] : await readTargetWords(plan.targets, context.io);
  return withConnection(context, async ({ client }) => {
    const schedule = await startConfirmed(context, {
      start: (confirmed) => client.createSchedule(requestOf(plan.request, words, confirmed)),
      signal: context.io.interrupts.signal,
      question: STORE,
    });
    return tell(context, schedule, `The schedule ${schedule.name} is stored; ${dueText(schedule)}.`);
  });
}

function dueText({ next_due_at: next }: Schedule): string {
  return next === null ? 'it is paused' : `it is due at ${localTime(next)} first`;
}

function requestOf(
  request: ScheduleRequest,
  words: readonly string[],
  confirmed: Confirmations,
): ScheduleRequest {
  if (request.kind === 'scan')
    return { ...request, what: { ...request.what, targets: [...words], ...confirmed } };
  if (request.kind === 'discovery')
    return { ...request, what: { ...request.what, networks: [...words], ...confirmed } };
  return request;
}

export interface EditSchedulePlan {
  readonly word: string;
  /** All but what it does. */
  readonly change: ScheduleChange;
  readonly targets: readonly string[];
  readonly exclude: readonly string[] | undefined;
  /** Flags of what it does that were given; which of them fit is known to whoever has the schedule. */
  readonly given: readonly string[];
  readonly flags: FlagValues;
}

const SCAN_WHAT_FLAGS = ['profile', ...SETTING_FLAG_NAMES] as const;
const DISCOVERY_WHAT_FLAGS = ['method', 'resolver', 'rate', 'per-host-rate'] as const;
const GROUND_FLAGS = ['targets', 'exclude', 'tag', 'outside-scope'] as const;

export function parseEditSchedule(input: VerbInput): EditSchedulePlan {
  const { flags } = input;
  const given = flags.givenOf([...new Set([...SCAN_WHAT_FLAGS, ...DISCOVERY_WHAT_FLAGS, ...GROUND_FLAGS])]);
  const said = flags.givenOf(['name', 'cron', 'zone', ...POLICY_FLAG_NAMES]);
  if (given.length + said.length === 0)
    throw usage('There is nothing to change.', {
      hint: 'Like `scanorama schedules edit NAME --cron "0 4 * * *"`.',
    });
  const name = flags.text('name');
  const exclude = commaListOf('exclude', flags.list('exclude'));
  return {
    word: scheduleWordOf(input),
    change: {
      ...(name === undefined ? {} : { name: checkScheduleName(name) }),
      cron: flags.text('cron'),
      zone: flags.text('zone'),
      ...parsePolicy(flags),
    },
    targets: targetsOf(flags),
    exclude: exclude.length === 0 ? undefined : exclude,
    given,
    flags,
  };
}

export async function runEditSchedule(plan: EditSchedulePlan, context: Context): Promise<ExitCode> {
  const words = plan.targets.length === 0 ? undefined : await readTargetWords(plan.targets, context.io);
  return withStored(context, async ({ client }) => {
    const before = await client.schedule(plan.word);
    refuseOdd(before.kind, plan.given);
    const changed = await startConfirmed(context, {
      start: (confirmed) =>
        client.changeSchedule(before.id, {
          ...plan.change,
          ...(plan.given.length === 0 ? {} : whatAfter(before, { plan, words, confirmed })),
          revision: before.revision,
        }),
      signal: context.io.interrupts.signal,
      question: STORE,
    });
    return tell(context, changed, `The schedule ${changed.name} is changed, at once.`);
  });
}

function refuseOdd(kind: ScheduleKind, given: readonly string[]): void {
  const fitting: readonly string[] =
    kind === 'scan'
      ? [...GROUND_FLAGS, ...SCAN_WHAT_FLAGS]
      : kind === 'discovery'
        ? [...GROUND_FLAGS, ...DISCOVERY_WHAT_FLAGS]
        : [];
  const odd = given.find((flag) => !fitting.includes(flag.slice(2)));
  if (odd !== undefined)
    throw usage(`${odd} has no meaning for a schedule of the kind ${kind}.`, { at: odd });
}

interface WhatParts {
  readonly plan: EditSchedulePlan;
  readonly words: readonly string[] | undefined;
  readonly confirmed: Confirmations;
}

/** What it did, with what was said otherwise. */
function whatAfter(
  { scan, discovery }: Schedule,
  { plan, words, confirmed }: WhatParts,
): Pick<ScheduleChange, 'scan' | 'discovery'> {
  const { flags, exclude } = plan;
  const ground = {
    ...(exclude === undefined ? {} : { exclude: [...exclude] }),
    ...saidOfRuns(flags),
    ...confirmed,
  };
  if (scan !== null) {
    const targets = words === undefined ? scan.targets : [...words];
    return { scan: { ...scan, ...said(scanWhatOf(flags)), targets, ...ground } };
  }
  if (discovery === null) return {};
  const networks = words === undefined ? discovery.networks : [...words];
  return { discovery: { ...discovery, ...said(discoveryWhatOf(flags)), networks, ...ground } };
}

/** Without what was not said, so that it takes nothing's place. */
function said<Part extends object>(part: Part): Partial<Part> {
  const kept: Partial<Part> = { ...part };
  for (const key in kept) if (kept[key] === undefined) delete kept[key];
  return kept;
}

const NAME_ARGUMENT: ArgumentSpec = { name: 'name', help: 'what it is to be called', required: true };
const TARGETS_SPEC: FlagSpec = {
  flags: '--targets <list>',
  help: 'whom it asks: addresses, ranges, networks, network:NAME of a stored one, names, @file or - for the standard input; may be repeated',
  repeat: true,
};
const GROUND_SPECS: readonly FlagSpec[] = [
  { flags: '-x, --exclude <list>', help: 'addresses that get no packet; may be repeated', repeat: true },
  {
    flags: '--tag <names>',
    help: `tags that its scans have from the start, with commas between; ${UNSET_WORD} takes them away`,
    repeat: true,
  },
  { flags: '--outside-scope', help: 'as an administrator, also outside the scope of the site' },
];
const METHOD_SPECS: readonly FlagSpec[] = [
  {
    flags: '-m, --method <list>',
    help: `how hosts are looked for: ${SWEEP_METHODS.join(', ')}; may be repeated`,
    choices: SWEEP_METHODS,
    repeat: true,
  },
  { flags: '--resolver <address>', help: 'the resolver that dns asks for names' },
];
const RATE_SPECS: readonly FlagSpec[] = [
  { flags: '--rate <packets>', help: 'packets per second, or max for no limit' },
  { flags: '--per-host-rate <packets>', help: 'packets per second to one address' },
];
const PROFILE_SPEC: FlagSpec = { flags: '--profile <name>', help: PROFILE_HELP };
const ADD_SPECS: readonly FlagSpec[] = [
  ...TIME_FLAGS,
  ...POLICY_FLAGS,
  { flags: '--disabled', help: 'store it paused' },
];
const START_SPECS: readonly FlagSpec[] = [
  ...GROUND_SPECS,
  { flags: '--site <name>', help: 'the site whose network is meant' },
  { flags: '-y, --yes', help: 'store without asking: large scans, or a site that has no scope' },
];
const ADDING = { json: 'document', place: 'any', run: runAddSchedule } as const;

export const editSchedulesVerbs = [
  defineVerb<AddSchedulePlan>({
    ...ADDING,
    path: ['schedules', 'add-scan'],
    summary: 'scan at times of cron',
    arguments: [NAME_ARGUMENT],
    flags: [TARGETS_SPEC, ...ADD_SPECS, PROFILE_SPEC, ...SETTING_FLAGS, ...START_SPECS],
    examples: [
      [
        'schedules add-scan nightly --targets 198.18.0.0/24 --cron "0 3 * * *" --zone Europe/Berlin -p top-100',
        'at three every night, whatever the clock does',
      ],
      [
        'schedules add-scan office --targets network:office --cron "30 * * * mon-fri" --profile quick --jitter 5m --run-retries 2',
        'a stored network by a profile, not all at the same minute',
      ],
    ],
    parse: parseAddScan,
  }),
  defineVerb<AddSchedulePlan>({
    ...ADDING,
    path: ['schedules', 'add-discovery'],
    summary: 'look for hosts at times of cron',
    arguments: [NAME_ARGUMENT],
    flags: [TARGETS_SPEC, ...ADD_SPECS, ...METHOD_SPECS, ...RATE_SPECS, ...START_SPECS],
    examples: [['schedules add-discovery hourly --targets network:office --cron "0 * * * *"', 'each hour']],
    parse: parseAddDiscovery,
  }),
  defineVerb<AddSchedulePlan>({
    ...ADDING,
    path: ['schedules', 'add-smart-scan'],
    summary: 'find out what is not known of hosts yet, at times of cron',
    arguments: [NAME_ARGUMENT],
    flags: ADD_SPECS,
    examples: [['schedules add-smart-scan nightly --cron "0 2 * * *"', 'some hosts more each night']],
    parse: parseAddTask('smart_scan'),
  }),
  defineVerb<AddSchedulePlan>({
    ...ADDING,
    path: ['schedules', 'add-verify'],
    summary: 'check what is stored at times of cron',
    arguments: [NAME_ARGUMENT],
    flags: ADD_SPECS,
    examples: [['schedules add-verify sunday --cron "0 5 * * sun"', 'beside the check of each day']],
    parse: parseAddTask('verify'),
  }),
  defineVerb<AddSchedulePlan>({
    ...ADDING,
    path: ['schedules', 'add-retention'],
    summary: 'remove what is kept no longer at times of cron',
    arguments: [NAME_ARGUMENT],
    flags: ADD_SPECS,
    examples: [['schedules add-retention tidy --cron "0 1 * * *"', 'when nothing else runs']],
    parse: parseAddTask('retention'),
  }),
  defineVerb<EditSchedulePlan>({
    path: ['schedules', 'edit'],
    summary: 'change a schedule; it is in force at once',
    arguments: [SCHEDULE_ARGUMENT],
    flags: [
      { flags: '--name <name>', help: 'what it is called from now on' },
      ...TIME_FLAGS,
      ...POLICY_FLAGS,
      TARGETS_SPEC,
      ...GROUND_SPECS,
      PROFILE_SPEC,
      ...SETTING_FLAGS,
      ...METHOD_SPECS,
      { flags: '-y, --yes', help: 'store without asking' },
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
