import type { Fact } from '#cli/output/facts.js';
import type { Cell, Row } from '#cli/output/table.js';
import { type Paint } from '#cli/output/text.js';
import { durationBetween, humanDuration, zonedTime } from '#cli/output/time.js';
import { whatFacts } from '#cli/reports/schedule-task.js';
import { runTexts } from '#contract/scans/run-text.js';
import type { Dues, Schedule, ScheduleRun } from '#contract/schedules/schedule.js';
import type { RunState } from '#domain/schedules/schedule.js';
import { counted, grouped } from '#domain/text/count-text.js';
import { firstOf } from '#domain/text/first-items.js';

export const SCHEDULE_HEADS = ['NAME', 'KIND', 'SITE', 'CRON', 'ZONE', 'STATE', 'NEXT DUE', 'LAST RUN'];
export function scheduleRow(schedule: Schedule): Row {
  const { name, kind, site, cron, timezone, next_due_at: next, last_run: last } = schedule;
  return [
    name,
    kind,
    site ?? '-',
    cron,
    timezone,
    stateCell(schedule),
    zonedTime(next, timezone),
    last === null ? '-' : { text: last.state, paint: RUN_PAINTS[last.state] },
  ];
}

function stateCell({ enabled, stopped_reason: stopped }: Schedule): Cell {
  if (enabled) return { text: 'enabled', paint: 'green' };
  return stopped === null ? { text: 'paused', paint: 'dim' } : { text: 'paused by itself', paint: 'red' };
}

const RUN_PAINTS: Readonly<Record<RunState, Paint>> = {
  pending: 'dim',
  running: 'cyan',
  completed: 'green',
  failed: 'red',
  cancelled: 'yellow',
  skipped: 'yellow',
};

export function scheduleFacts(schedule: Schedule): Fact[] {
  const { timezone, last_run: last, stopped_reason: stopped, max_failures: most } = schedule;
  const jitter = schedule.jitter_seconds;
  return [
    ['Schedule', schedule.name],
    ['Id', schedule.id],
    ...(schedule.description === null ? [] : [['About', schedule.description] as const]),
    ['Kind', schedule.kind],
    ...whatFacts(schedule),
    ['Due', `${schedule.cron} (${timezone})`],
    ...(jitter === 0 ? [] : [['Jitter', `up to ${humanDuration(jitter * 1_000)}`] as const]),
    ['State', stateCell(schedule).text],
    ...(stopped === null ? [] : [['Why paused', stopped] as const]),
    ['Next due', zonedTime(schedule.next_due_at, timezone)],
    ['Catch up', schedule.catch_up],
    ['Overlap', schedule.overlap],
    // The retries of a scan are those of its probes.
    ['Run retries', retriesText(schedule)],
    [
      'Failures',
      `${grouped(schedule.failures)} in a row, ${most === null ? 'never stops' : `stops at ${grouped(most)}`}`,
    ],
    ...(last === null
      ? []
      : [['Last run', `${last.state}, due ${zonedTime(last.due_at, timezone)}`] as const]),
    ...(last?.error == null ? [] : [['Error', `${last.error.message} [${last.error.code}]`] as const]),
    ['Changed', `${zonedTime(schedule.updated_at, timezone)} by ${schedule.updated_by}`],
  ];
}

function retriesText({ retries, retry_delay_seconds: seconds }: Schedule): string {
  if (retries === 0) return 'none';
  return `${grouped(retries)}, ${seconds === 0 ? 'at once' : humanDuration(seconds * 1_000)} after it failed`;
}

export const RUN_HEADS = ['DUE', 'STATE', 'TRIES', 'STARTED', 'TOOK', 'SCAN', 'WHAT BECAME OF IT'];
export interface RunContext {
  readonly schedule: Pick<Schedule, 'kind' | 'timezone'>;
  readonly nowMs: number;
}

export function runRow(run: ScheduleRun, context: RunContext): Row {
  const { timezone } = context.schedule;
  return [
    zonedTime(run.due_at, timezone),
    { text: run.state, paint: RUN_PAINTS[run.state] },
    grouped(run.attempt),
    zonedTime(run.started_at, timezone),
    durationBetween(run.started_at, run.state === 'pending' ? null : run.ended_at),
    run.scans[0]?.id ?? '-',
    runText(run, context),
  ];
}

function runText(run: ScheduleRun, { schedule: { kind, timezone }, nowMs }: RunContext): string {
  const timeOf = (time: string) => zonedTime(time, timezone);
  const parts = [
    ...runTexts(run, { kind, nowMs, timeOf }),
    ...(run.error === null ? [] : [`${run.error.message} [${run.error.code}]`]),
    ...(run.scans.length > 1 ? [scansText(run.scans)] : []),
  ];
  return parts.length === 0 ? '-' : parts.join('; ');
}

/** Beside the last one, which has a column. */
const SCANS_SHOWN = 5;

function scansText(scans: ScheduleRun['scans']): string {
  const shown = scans.map(({ id, status }) => `${id} (${status})`);
  return `${counted(scans.length, 'scan')}: ${firstOf(shown, SCANS_SHOWN)}`;
}

export function duesText({ dues, enabled }: Dues): string {
  const paused = enabled ? '' : 'It is paused; if it were not:\n';
  return `${paused}${dues.map(({ local }) => `${local}\n`).join('')}`;
}
