import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { workersQuery } from '../../api/queries.ts';
import { ListToggle } from '../../components/controls/list-toggle.tsx';
import { EmptyState } from '../../components/feedback/notice.tsx';
import { ListBody, ListTotal } from '../../components/lists/list-body.tsx';
import { PageHeading, Panel } from '../../components/lists/panel.tsx';
import { useLiveState } from '../../live/live-updates.tsx';
import { present } from '../search.ts';
import { WorkerTable } from './worker-table.tsx';
import type { WorkersSearch } from './workers-search.ts';

const route = getRouteApi('/shell/workers');
const PAGE_SIZE_ROWS = 50;

export function WorkersPage() {
  const { page = 1, all } = route.useSearch();
  const navigate = route.useNavigate();
  const query = { page, page_size: PAGE_SIZE_ROWS, ...(all === 'yes' ? { all: 'true' as const } : {}) };
  const workers = useQuery(workersQuery(query, useLiveState() === 'live'));
  return (
    <>
      <PageHeading title="Workers" />
      <Panel title="Workers" flush aside={<ListTotal list={workers} one="worker" />}>
        <div className="px-4 pb-3">
          <ListToggle
            label="Also those that are lost or stopped"
            isOn={all === 'yes'}
            onChange={(isOn) =>
              void navigate({
                search: present<WorkersSearch>({ page: undefined, all: isOn ? 'yes' : undefined }),
              })
            }
          />
        </div>
        <ListBody
          list={workers}
          lines={4}
          empty={
            <EmptyState title="No workers are running">
              <p>
                Scans wait until <code>scanorama serve</code> or <code>scanorama worker</code> runs on this
                database.
              </p>
            </EmptyState>
          }
          onPage={(to) => void navigate({ search: present({ page: to > 1 ? to : undefined, all }) })}
        >
          {(shown) => <WorkerTable workers={shown} />}
        </ListBody>
      </Panel>
    </>
  );
}
