import type { ScheduleRun } from '#contract/schedules/schedule.js';
import { type ScheduleKind, SKIP_TEXTS } from '#domain/schedules/schedule.js';
import { grouped } from '#domain/text/count-text.js';

/** Within so long a run begins whose time has come, unless something is in its way. */
const BEGIN_WITHIN_MS = 3_000;

/** What a run did that leaves no scan. */
const DONE_TEXTS: Readonly<Partial<Record<ScheduleKind, string>>> = {
  verify: 'checked what is stored, and found no fault',
  retention: 'removed what is kept no longer',
};

interface RunDescription {
  /** Of its schedule. */
  readonly kind: ScheduleKind;
  readonly nowMs: number;
  /** An instant as it is shown. */
  readonly timeOf: (time: string) => string;
}

/** What became of a run of a schedule, or is to: the same on the page and on the command line, but for its error. */
export function runTexts(run: ScheduleRun, reported: RunDescription): readonly string[] {
  const done = run.state === 'completed' ? DONE_TEXTS[reported.kind] : undefined;
  return [
    ...(run.cause === 'manual' ? [`requested by ${run.requested_by ?? 'a user'}`] : []),
    ...(run.skip_reason === null ? [] : [SKIP_TEXTS[run.skip_reason]]),
    ...(run.missed_from === null
      ? []
      : [`passed over what was due from ${reported.timeOf(run.missed_from)} on`]),
    ...(run.state === 'pending' ? [waitText(run, reported)] : []),
    ...(run.state === 'cancelled' && run.error === null ? ['its scan was stopped'] : []),
    ...(done === undefined ? [] : [done]),
    ...underWayTexts(run),
  ];
}

/** Smart scan is done once it has started its scans, and somebody may resume one of a run that was over. */
function underWayTexts({ state, scans }: ScheduleRun): readonly string[] {
  if (state === 'pending' || state === 'running') return [];
  const open = scans.filter(({ status }) => status === 'pending' || status === 'running').length;
  if (open === 0) return [];
  if (scans.length === 1) return ['its scan has not ended'];
  return [`${grouped(open)} of its ${grouped(scans.length)} scans ${open === 1 ? 'has' : 'have'} not ended`];
}

/** One whose time has come for longer than a look takes waits for what is under way. */
function waitText({ starts_at: startsAt }: ScheduleRun, { nowMs, timeOf }: RunDescription): string {
  const isLate = nowMs - Date.parse(startsAt) > BEGIN_WITHIN_MS;
  return isLate ? 'waits for the run before, or for a scheduler' : `begins at ${timeOf(startsAt)} or later`;
}
