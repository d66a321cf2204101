import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { SCAN_STATUSES } from '#domain/scans/scan-status.js';
import { DEFAULT_SITE } from '#domain/targets/site-name.js';
import { discoveriesQuery } from '../../api/queries.ts';
import { ListToggle } from '../../components/controls/list-toggle.tsx';
import { FilterSelect } from '../../components/controls/select.tsx';
import { EmptyState } from '../../components/feedback/notice.tsx';
import { ListBody } from '../../components/lists/list-body.tsx';
import { PageHeading, Panel } from '../../components/lists/panel.tsx';
import { useLiveState } from '../../live/live-updates.tsx';
import { present } from '../search.ts';
import { DiscoveryForm } from './discovery-form.tsx';
import type { DiscoverySearch } from './discovery-search.ts';
import { RunTable } from './run-table.tsx';

const route = getRouteApi('/shell/discovery');
const PAGE_SIZE_ROWS = 25;

export function DiscoveryPage() {
  const { page = 1, status, deleted, networks = '', site = DEFAULT_SITE } = route.useSearch();
  const navigate = route.useNavigate();
  const query = {
    page,
    page_size: PAGE_SIZE_ROWS,
    ...(status === undefined ? {} : { status }),
    ...(deleted === 'yes' ? { deleted: 'true' } : {}),
  };
  const runs = useQuery(discoveriesQuery(query, useLiveState() === 'live'));
  const show = (choice: Partial<Pick<DiscoverySearch, 'page' | 'status' | 'deleted'>>): void =>
    void navigate({ search: choice });

  return (
    <>
      <PageHeading title="Discovery" />
      <DiscoveryForm key={`${site} ${networks}`} offered={{ networks, site }} />
      <Panel
        title="Runs"
        flush
        aside={
          <>
            <ListToggle
              label="Deleted"
              isOn={deleted === 'yes'}
              onChange={(isOn) => show(present({ status, deleted: isOn ? 'yes' : undefined }))}
            />
            <FilterSelect
              label="Status"
              all="all"
              values={SCAN_STATUSES}
              value={status}
              onChange={(text) => show(present({ status: text, deleted }))}
            />
          </>
        }
      >
        <ListBody
          list={runs}
          empty={
            <EmptyState
              title={status === undefined && deleted === undefined ? 'No runs here' : 'No run matches.'}
            >
              <p>
                A run asks each address whether somebody is there, and no ports. Nothing is sent unless
                somebody asks.
              </p>
            </EmptyState>
          }
          onPage={(to) => show(present({ status, deleted, page: to > 1 ? to : undefined }))}
        >
          {(shown) => <RunTable runs={shown} />}
        </ListBody>
      </Panel>
    </>
  );
}
