import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { Schedule } from '#contract/schedules/schedule.js';
import { profilesQuery, schedulesQuery } from '../../api/queries.ts';
import { EmptyState } from '../../components/feedback/notice.tsx';
import { ListBody, ListTotal } from '../../components/lists/list-body.tsx';
import { PageHeading, Panel } from '../../components/lists/panel.tsx';
import { useLiveState } from '../../live/live-updates.tsx';
import { present } from '../search.ts';
import { emptySchedule, scheduleDraftOf } from './schedule-draft.ts';
import { ScheduleForm } from './schedule-form.tsx';
import { ScheduleTable } from './schedule-table.tsx';

const route = getRouteApi('/shell/schedules');
const PAGE_SIZE_ROWS = 50;
/** As many as a list to choose from shows. */
const CHOICES = 200;

export function SchedulesPage() {
  const { page = 1 } = route.useSearch();
  const navigate = route.useNavigate();
  const schedules = useQuery(schedulesQuery({ page, page_size: PAGE_SIZE_ROWS }, useLiveState() === 'live'));
  const profiles = useQuery(profilesQuery({ page_size: CHOICES }));
  const [draft, setDraft] = useState(() => emptySchedule(Intl.DateTimeFormat().resolvedOptions().timeZone));

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
        onDone={() => setDraft(emptySchedule(draft.timezone))}
      />
      <Panel title="Schedules" flush aside={<ListTotal list={schedules} one="schedule" />}>
        <ListBody
          list={schedules}
          lines={4}
          empty={<EmptyState title="Nothing is done by itself yet." />}
          onPage={(to) => void navigate({ search: present({ page: to > 1 ? to : undefined }) })}
        >
          {(shown) => <ScheduleTable schedules={shown} onEdit={edit} />}
        </ListBody>
      </Panel>
    </>
  );
}
