import type { Cell, Row } from '#cli/output/table.js';
import { counted, grouped, type Paint } from '#cli/output/text.js';
import { durationBetween, humanDuration, localTime } from '#cli/output/time.js';
import type { Dues, Schedule, ScheduleRun } from '#contract/schedule.js';
import { type RunState, SKIP_TEXTS } from '#domain/schedule.js';

type Fact = readonly [name: string, value: string];

export const SCHEDULE_HEADS = ['NAME', 'KIND', 'CRON', 'ZONE', 'STATE', 'NEXT DUE', 'LAST RUN'];
export function scheduleRow(schedule: Schedule): Row {
  const { name, kind, cron, zone, next_due_at: next, last_run: last } = schedule;
  return [
    name,
    kind,
    cron,
    zone,
    stateCell(schedule),
    localTime(next),
    last === null ? '-' : { text: last.state, paint: RUN_PAINTS[last.state] },
  ];
}

function stateCell({ enabled, stopped_reason: stopped }: Schedule): Cell {
  if (enabled) return { text: 'enabled', paint: 'green' };
  return stopped === null ? { text: 'paused', paint: 'dim' } : { text: 'stopped', paint: 'red' };
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
  const { last_run: last, stopped_reason: stopped, max_failures: most } = schedule;
  const jitter = schedule.jitter_seconds;
  return [
    ['Schedule', schedule.name],
    ['Id', schedule.id],
    ...(schedule.description === null ? [] : [['About', schedule.description] as const]),
    ['Kind', schedule.kind],
    ...whatFacts(schedule),
    ['Due', `${schedule.cron} (${schedule.zone})`],
    ...(jitter === 0 ? [] : [['Jitter', `up to ${humanDuration(jitter * 1_000)}`] as const]),
    ['State', stateCell(schedule).text],
    ...(stopped === null ? [] : [['Stopped', stopped] as const]),
    ['Next due', localTime(schedule.next_due_at)],
    ['Catch up', schedule.catch_up],
    ['Overlap', schedule.overlap],
    ['Retries', retriesText(schedule)],
    [
      'Failures',
      `${grouped(schedule.failures)} in a row, ${most === null ? 'never stops' : `stops at ${grouped(most)}`}`,
    ],
    ...(last === null ? [] : [['Last run', `${last.state}, due ${localTime(last.due_at)}`] as const]),
    ...(last?.error == null ? [] : [['Error', `${last.error.message} [${last.error.code}]`] as const]),
    ['Changed', `${localTime(schedule.updated_at)} by ${schedule.updated_by}`],
  ];
}

function retriesText({ retries, retry_delay_seconds: seconds }: Schedule): string {
  return retries === 0 ? 'none' : `${grouped(retries)}, ${humanDuration(seconds * 1_000)} after it failed`;
}

function whatFacts({ site, scan, discovery }: Schedule): Fact[] {
  const { targets, exclude = [] } = scan ?? {
    targets: discovery?.networks ?? [],
    exclude: discovery?.exclude,
  };
  return [
    ...(targets.length === 0 ? [] : [['Targets', targets.join(' ')] as const]),
    ...(exclude.length === 0 ? [] : [['Excluded', exclude.join(' ')] as const]),
    ...(scan?.profile == null ? [] : [['Profile', scan.profile] as const]),
    ...(scan?.ports == null ? [] : [['Ports', scan.ports] as const]),
    ...(scan?.scan_type == null ? [] : [['Type', scan.scan_type] as const]),
    ...(discovery?.methods === undefined ? [] : [['Methods', discovery.methods.join(', ')] as const]),
    ...(site === null ? [] : [['Site', site] as const]),
  ];
}

export const RUN_HEADS = ['DUE', 'STATE', 'TRIES', 'STARTED', 'TOOK', 'SCAN', 'WHAT BECAME OF IT'];
export function runRow(run: ScheduleRun): Row {
  return [
    localTime(run.due_at),
    { text: run.state, paint: RUN_PAINTS[run.state] },
    grouped(run.attempt),
    localTime(run.started_at),
    durationBetween(run.started_at, run.state === 'pending' ? null : run.finished_at),
    run.scans[0]?.id ?? '-',
    runText(run),
  ];
}

function runText(run: ScheduleRun): string {
  const parts = [
    ...(run.cause === 'asked' ? [`asked for by ${run.asked_by ?? '-'}`] : []),
    ...(run.skip_reason === null ? [] : [SKIP_TEXTS[run.skip_reason]]),
    ...(run.missed_from === null ? [] : [`passed over what was due from ${localTime(run.missed_from)} on`]),
    ...(run.state === 'pending' ? [`begins at ${localTime(run.starts_at)} or later`] : []),
    ...(run.error === null ? [] : [`${run.error.message} [${run.error.code}]`]),
    ...(run.scans.length > 1 ? [scansText(run.scans)] : []),
  ];
  return parts.length === 0 ? '-' : parts.join('; ');
}

/** Beside the last one, which has a column. */
const SCANS_TOLD = 5;

function scansText(scans: ScheduleRun['scans']): string {
  const told = scans.slice(0, SCANS_TOLD).map(({ id, status }) => `${id} (${status})`);
  const more = scans.length - told.length;
  return `${counted(scans.length, 'scan')}: ${told.join(', ')}${more === 0 ? '' : ` and ${grouped(more)} more`}`;
}

export function duesText({ dues, enabled }: Dues): string {
  const paused = enabled ? '' : 'It is paused; if it were not:\n';
  return `${paused}${dues.map(({ local }) => `${local}\n`).join('')}`;
}
