import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { networksQuery, sitesQuery } from '../../api/queries.ts';
import { EmptyState, LoadFailure, Skeleton } from '../../components/notice.tsx';
import { Pagination } from '../../components/pagination.tsx';
import { PageHeading, Panel } from '../../components/panel.tsx';
import { countOf } from '../../format/number.ts';
import { present } from '../search.ts';
import { AddNetworkForm } from './add-network-form.tsx';
import { ExclusionsPanel } from './exclusions-panel.tsx';
import { NetworkTable } from './network-table.tsx';

const route = getRouteApi('/shell/networks');
const PAGE_SIZE_ROWS = 50;
/** Sites that the forms offer. */
const SITES_OFFERED = 1_000;

export function NetworksScene() {
  const { page = 1 } = route.useSearch();
  const navigate = route.useNavigate();
  const networks = useQuery(networksQuery({ page, page_size: PAGE_SIZE_ROWS }));
  const sites = useQuery(sitesQuery({ page_size: SITES_OFFERED }));
  const siteNames = sites.data?.data.map(({ name }) => name) ?? ['default'];
  const total = networks.data?.pagination.total_items;
  return (
    <>
      <PageHeading title="Networks" />
      <AddNetworkForm sites={siteNames} />
      <Panel
        title="Networks"
        flush
        aside={
          <output className="text-sm text-muted">
            {total === undefined ? '' : countOf(total, 'network')}
          </output>
        }
      >
        {networks.isPending && <Skeleton lines={4} />}
        {networks.isError && networks.data === undefined && (
          <div className="p-4">
            <LoadFailure error={networks.error} onRetry={() => void networks.refetch()} />
          </div>
        )}
        {networks.data && networks.data.data.length > 0 && <NetworkTable networks={networks.data.data} />}
        {total === 0 && (
          <EmptyState title="No networks yet">
            <p>A network that is stored can be scanned by its name, as network:NAME.</p>
          </EmptyState>
        )}
        {networks.data && (
          <Pagination
            facts={networks.data.pagination}
            onPage={(to) => void navigate({ search: present({ page: to > 1 ? to : undefined }) })}
          />
        )}
      </Panel>
      <ExclusionsPanel sites={siteNames} networks={networks.data?.data ?? []} />
    </>
  );
}
