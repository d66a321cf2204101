import type { Schedule } from '#contract/schedules/schedule.js';
import type { ScheduleKind, TaskKind } from '#domain/schedules/schedule.js';
import { DEFAULT_SITE } from '#domain/targets/site-name.js';
import { ActionButton } from '../../actions/actions/action-button.tsx';
import { useOffer } from '../../actions/actions/use-action.ts';
import {
  pauseSchedule,
  removeSchedule,
  resumeSchedule,
  runScheduleNow,
} from '../../actions/settings/schedule-actions.ts';
import { Button } from '../../components/controls/button.tsx';
import { RunStateBadge, ScheduleBadge } from '../../components/feedback/badge.tsx';
import { Ago, Ahead } from '../../components/feedback/now.tsx';
import { DataTable } from '../../components/lists/data-table.tsx';
import { ACTIONS_CELL, CELL, ROW, WIDE_CELL } from '../../components/lists/table.ts';
import { targetsSummary } from '../../format/scan-text.ts';
import { RunHistory } from './run-history.tsx';

interface ScheduleTableProps {
  readonly schedules: readonly Schedule[];
  readonly onEdit: (schedule: Schedule) => void;
}

export function ScheduleTable({ schedules, onEdit }: ScheduleTableProps) {
  return (
    <DataTable heads={[{ title: 'Schedule', className: 'w-full' }, 'Next due', 'Last run', 'Actions']}>
      {schedules.map((schedule) => (
        <ScheduleRow key={schedule.id} schedule={schedule} onEdit={onEdit} />
      ))}
    </DataTable>
  );
}

interface ScheduleRowProps {
  readonly schedule: Schedule;
  readonly onEdit: (schedule: Schedule) => void;
}

function ScheduleRow({ schedule, onEdit }: ScheduleRowProps) {
  const offers = [
    useOffer(pauseSchedule, schedule),
    useOffer(resumeSchedule, schedule),
    useOffer(runScheduleNow, schedule),
    useOffer(removeSchedule, schedule),
  ].filter(({ available }) => available);
  const { name, cron, timezone, next_due_at: next, last_run: last, stopped_reason: stopped } = schedule;
  return (
    <tr className={ROW}>
      <td className={WIDE_CELL}>
        <span className="font-medium break-all">{name}</span> <ScheduleBadge schedule={schedule} />
        <p className="text-xs break-words text-muted">{`${whatOf(schedule)}${placeOf(schedule)}`}</p>
        <p className="text-xs text-muted">
          <code>{cron}</code> {timezone}
        </p>
        {stopped !== null && <p className="text-xs text-bad">{stopped}</p>}
        <RunHistory schedule={schedule} />
      </td>
      <td className={CELL}>{next === null ? '–' : <Ahead time={next} />}</td>
      <td className={`${CELL} text-xs`}>
        {last === null ? (
          <span className="whitespace-nowrap text-muted">none yet</span>
        ) : (
          <>
            <RunStateBadge state={last.state} /> <Ago time={last.due_at} />
            {last.error !== null && <p className="text-bad">{last.error.message}</p>}
          </>
        )}
      </td>
      <td className={ACTIONS_CELL}>
        <Button variant="bare" aria-label={`Edit ${name}`} onClick={() => onEdit(schedule)}>
          Edit
        </Button>
        {offers.map((offer) => (
          <ActionButton key={offer.label} offer={offer} variant="bare" />
        ))}
      </td>
    </tr>
  );
}

function whatOf({ kind, scan, discovery }: Schedule): string {
  if (scan !== null)
    return `Scans ${targetInputOf(scan)}${scan.profile === null ? '' : ` by ${scan.profile}`}`;
  if (discovery !== null)
    return `Looks for hosts in ${targetInputOf({ ...discovery, targets: discovery.networks })}`;
  return TASK_TEXTS[kind] ?? '';
}

interface Targets {
  readonly targets: readonly string[];
  readonly configured_networks: boolean;
}

function targetInputOf({ targets, configured_networks: isAll }: Targets): string {
  return isAll ? 'every enabled network' : targetsSummary(targets);
}

/** What is done by the server itself. */
const TASK_TEXTS: Readonly<Partial<Record<ScheduleKind, string>>> = {
  smart_scan: 'Finds out what is not known of hosts',
  verify: 'Checks what is stored',
  retention: 'Removes what is kept no longer',
} satisfies Readonly<Record<TaskKind, string>>;

/** The site that there always is goes without saying. */
function placeOf({ site }: Schedule): string {
  return site === null || site === DEFAULT_SITE ? '' : ` at ${site}`;
}
