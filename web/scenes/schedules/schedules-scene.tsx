import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { Schedule } from '#contract/schedule.js';
import { profilesQuery, schedulesQuery } from '../../api/queries.ts';
import { EmptyState, LoadFailure, Skeleton } from '../../components/notice.tsx';
import { Pagination } from '../../components/pagination.tsx';
import { PageHeading, Panel } from '../../components/panel.tsx';
import { countOf } from '../../format/number.ts';
import { useLiveState } from '../../live/live-updates.tsx';
import { present } from '../search.ts';
import { emptySchedule, scheduleDraftOf } from './schedule-draft.ts';
import { ScheduleForm } from './schedule-form.tsx';
import { ScheduleTable } from './schedule-table.tsx';

const route = getRouteApi('/shell/schedules');
const PAGE_SIZE_ROWS = 50;
/** As many as a list to choose from shows. */
const CHOICES = 200;

export function SchedulesScene() {
  const { page = 1 } = route.useSearch();
  const navigate = route.useNavigate();
  const schedules = useQuery(schedulesQuery({ page, page_size: PAGE_SIZE_ROWS }, useLiveState() === 'live'));
  const profiles = useQuery(profilesQuery({ page_size: CHOICES }));
  const [draft, setDraft] = useState(() => emptySchedule(Intl.DateTimeFormat().resolvedOptions().timeZone));
  const total = schedules.data?.pagination.total_items;

  function edit(schedule: Schedule): void {
    setDraft(scheduleDraftOf(schedule));
    window.scrollTo({ top: 0 });
  }

  return (
    <>
      <PageHeading title="Schedules" />
      <ScheduleForm
        draft={draft}
        profiles={profiles.data?.data.map(({ name }) => name) ?? []}
        onDraft={setDraft}
        onDone={() => setDraft(emptySchedule(draft.zone))}
      />
      <Panel
        title="Schedules"
        flush
        aside={
          <output className="text-sm text-muted">
            {total === undefined ? '' : countOf(total, 'schedule')}
          </output>
        }
      >
        {schedules.isPending && <Skeleton lines={4} />}
        {schedules.isError && schedules.data === undefined && (
          <div className="p-4">
            <LoadFailure error={schedules.error} onRetry={() => void schedules.refetch()} />
          </div>
        )}
        {schedules.data && schedules.data.data.length > 0 && (
          <ScheduleTable schedules={schedules.data.data} onEdit={edit} />
        )}
        {total === 0 && <EmptyState title="Nothing is done by itself yet." />}
        {schedules.data && (
          <Pagination
            facts={schedules.data.pagination}
            onPage={(to) => void navigate({ search: present({ page: to > 1 ? to : undefined }) })}
          />
        )}
      </Panel>
    </>
  );
}
