import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { runTexts } from '#contract/scans/run-text.js';
import type { Schedule, ScheduleRun } from '#contract/schedules/schedule.js';
import type { ScheduleKind } from '#domain/schedules/schedule.js';
import { scheduleRunsQuery } from '../../api/queries.ts';
import { RunStateBadge } from '../../components/feedback/badge.tsx';
import { LoadFailure } from '../../components/feedback/notice.tsx';
import { useNow } from '../../components/feedback/now.tsx';
import { formatLocal } from '../../format/instant.ts';

/** What became of the last due times, asked for when somebody looks. */
export function RunHistory({ schedule: { id, name, kind } }: { readonly schedule: Schedule }) {
  const [isOpen, setIsOpen] = useState(false);
  const runs = useQuery(scheduleRunsQuery(id, isOpen));
  const nowMs = useNow(isOpen && (runs.data?.data.some(({ state }) => state === 'pending') ?? false));
  return (
    <details className="mt-1 text-xs" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary className="w-max underline decoration-dotted underline-offset-4">Runs</summary>
      {runs.isError && <LoadFailure error={runs.error} onRetry={() => void runs.refetch()} />}
      {runs.data?.data.length === 0 && <p className="mt-1 text-muted">It was not due yet.</p>}
      {runs.data && runs.data.data.length > 0 && (
        <ul aria-label={`Runs of ${name}`} className="mt-1 flex flex-col gap-1">
          {runs.data.data.map((run) => (
            <li key={run.id} className="flex flex-wrap items-center gap-x-2">
              <RunStateBadge state={run.state} />
              <time dateTime={run.due_at}>{formatLocal(run.due_at)}</time>
              <ScanLink run={run} />
              <span className="text-muted">{storyOf(run, kind, nowMs)}</span>
            </li>
          ))}
        </ul>
      )}
    </details>
  );
}

function ScanLink({ run: { scans } }: { readonly run: ScheduleRun }) {
  const [scan] = scans;
  if (scan === undefined) return null;
  return (
    <Link
      to={scan.kind === 'discovery' ? '/discovery/$id' : '/scans/$id'}
      params={{ id: scan.id }}
      className="underline underline-offset-2 hover:text-accent"
    >
      its scan
    </Link>
  );
}

function storyOf(run: ScheduleRun, kind: ScheduleKind, nowMs: number): string {
  return [
    ...runTexts(run, { kind, nowMs, timeOf: formatLocal }),
    ...(run.attempt > 1 ? [`begun ${run.attempt} times`] : []),
    ...(run.error === null ? [] : [run.error.message]),
  ].join('; ');
}
