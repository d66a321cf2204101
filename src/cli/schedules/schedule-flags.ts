import { countOf, durationOf, integerOf, oneOf } from '#cli/arguments/flag-parsers.js';
import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import type { FlagValues } from '#cli/arguments/flag-values.js';
import { usage } from '#cli/arguments/usage.js';
import type { ScheduleChange } from '#contract/schedules/schedule.js';
import {
  CATCH_UPS,
  LATE_MS,
  MAX_FAILURES_LIMIT,
  MAX_JITTER_MS,
  MAX_RETRIES_OF_RUN,
  MAX_RETRY_DELAY_MS,
  OVERLAPS,
} from '#domain/schedules/schedule.js';
import { clip, quote } from '#domain/text/quote.js';

const NEVER = 'never';
const LATE_MINUTES = LATE_MS / 60_000;

/** When a schedule is due. */
export const TIME_FLAGS: readonly FlagSpec[] = [
  {
    flags: '--cron <fields>',
    help: 'minute, hour, day of the month, month, day of the week, such as "0 3 * * *"',
  },
  {
    flags: '--timezone <name>',
    help: 'time zone of the cron times, such as Europe/Berlin (default: UTC)',
  },
];

/** How its runs are kept. */
export const POLICY_FLAGS: readonly FlagSpec[] = [
  { flags: '--description <text>', help: 'what it is for' },
  {
    flags: '--jitter <span>',
    help: 'random delay of each run, up to this span, such as 10m or 30s; no longer than from one time to the next; 0 for none',
  },
  {
    flags: '--catch-up <word>',
    help: `which due times to run that passed while no scheduler was running: none, latest or all (default: latest). Those less than ${LATE_MINUTES} minutes ago always run`,
    choices: CATCH_UPS,
  },
  {
    flags: '--overlap <word>',
    help: 'what to do when a run is due before the previous one has ended: skip or queue (default: skip)',
    choices: OVERLAPS,
  },
  {
    flags: '--max-failures <count>',
    help: 'failed runs in a row before the schedule is disabled, or never (default: 5, for verify never)',
  },
  { flags: '--run-retries <count>', help: 'how often a failed run is retried (default: 0)' },
  { flags: '--retry-delay <span>', help: 'delay before a retry (default: 5m)' },
];
export const POLICY_FLAG_NAMES = [
  'description',
  'jitter',
  'catch-up',
  'overlap',
  'max-failures',
  'run-retries',
  'retry-delay',
] as const;

type Policy = Pick<
  ScheduleChange,
  | 'description'
  | 'jitter_seconds'
  | 'catch_up'
  | 'overlap'
  | 'max_failures'
  | 'retries'
  | 'retry_delay_seconds'
>;

/** The given policy options. The server sets the others to their defaults. Throws `usage`. */
export function parsePolicy(flags: FlagValues): Policy {
  const retries = flags.text('run-retries');
  const given: Policy = {
    description: flags.text('description'),
    jitter_seconds: secondsOf('jitter', flags.text('jitter'), MAX_JITTER_MS),
    catch_up: oneOf('catch-up', flags.text('catch-up'), CATCH_UPS),
    overlap: oneOf('overlap', flags.text('overlap'), OVERLAPS),
    max_failures: maxFailuresOf(flags.text('max-failures')),
    retries: retries === undefined ? undefined : integerOf('run-retries', retries, MAX_RETRIES_OF_RUN),
    retry_delay_seconds: secondsOf('retry-delay', flags.text('retry-delay'), MAX_RETRY_DELAY_MS),
  };
  return given;
}

function secondsOf(flag: string, text: string | undefined, maxMs: number): number | undefined {
  if (text === '0') return 0;
  const spanMs = durationOf(flag, text);
  if (spanMs === undefined) return undefined;
  if (spanMs <= maxMs) return spanMs / 1_000;
  throw usage(`The value of --${flag} is ${quote(text ?? '')}, and the longest is a day.`, {
    at: clip(text ?? ''),
  });
}

function maxFailuresOf(text: string | undefined): number | null | undefined {
  if (text === NEVER) return null;
  const count = countOf('max-failures', text);
  if (count === undefined || count <= MAX_FAILURES_LIMIT) return count;
  throw usage(`The value of --max-failures is at most ${MAX_FAILURES_LIMIT}, or ${NEVER}.`, {
    at: clip(text ?? ''),
  });
}
