import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { hostsQuery } from '../../api/queries.ts';
import { buttonClass } from '../../components/button.tsx';
import { ListToggle } from '../../components/list-toggle.tsx';
import { EmptyState, LoadFailure, Skeleton } from '../../components/notice.tsx';
import { Pagination } from '../../components/pagination.tsx';
import { PageHeading, Panel } from '../../components/panel.tsx';
import { countOf } from '../../format/number.ts';
import { present } from '../search.ts';
import { HostFilters } from './host-filters.tsx';
import { HostTable } from './host-table.tsx';
import type { HostsSearch } from './hosts-search.ts';

const route = getRouteApi('/shell/hosts');
const PAGE_SIZE_ROWS = 50;
const NO_CHOICE = {
  page: undefined,
  status: undefined,
  search: undefined,
  sort: undefined,
  order: undefined,
  deleted: undefined,
  ignored: undefined,
};

export function HostsScene() {
  const choice = route.useSearch();
  const navigate = route.useNavigate();
  const { page = 1, status, search, sort = 'ip', order = 'asc', deleted, ignored } = choice;
  const hosts = useQuery(
    hostsQuery({
      page,
      page_size: PAGE_SIZE_ROWS,
      sort_by: sort,
      sort_order: order,
      ...(status === undefined ? {} : { status }),
      ...(search === undefined ? {} : { search }),
      ...(deleted === undefined ? {} : { deleted: 'true' }),
      ...(ignored === undefined ? {} : { ignored: 'only' }),
    }),
  );

  /** A changed filter or order always begins at the first page. */
  function choose(
    changes: { [Key in keyof HostsSearch]?: HostsSearch[Key] | undefined },
    replace = false,
  ): void {
    void navigate({
      // The address as it is when this runs: typing tells of itself late.
      search: (now) => present({ ...NO_CHOICE, ...now, page: undefined, ...changes }),
      replace,
    });
  }

  const total = hosts.data?.pagination.total_items;
  const isFiltered = [status, search, deleted, ignored].some((word) => word !== undefined);
  return (
    <>
      <PageHeading title="Hosts" />
      <Panel
        flush
        aside={
          <>
            <HostFilters
              search={search ?? ''}
              status={status}
              onSearch={(text) => choose({ search: text === '' ? undefined : text }, true)}
              onStatus={(word) => choose({ status: word })}
            />
            <ListToggle
              label="Deleted"
              isOn={deleted === 'yes'}
              onChange={(isOn) => choose({ deleted: isOn ? 'yes' : undefined })}
            />
            <ListToggle
              label="Ignored"
              isOn={ignored === 'yes'}
              onChange={(isOn) => choose({ ignored: isOn ? 'yes' : undefined })}
            />
            <output className="text-sm text-muted">
              {total === undefined ? '' : countOf(total, 'host')}
            </output>
          </>
        }
      >
        {hosts.isPending && <Skeleton lines={8} />}
        {hosts.isError && hosts.data === undefined && (
          <div className="p-4">
            <LoadFailure error={hosts.error} onRetry={() => void hosts.refetch()} />
          </div>
        )}
        {hosts.data && hosts.data.data.length > 0 && (
          <HostTable hosts={hosts.data.data} order={{ sort, order }} onOrder={(to) => choose(to)} />
        )}
        {total === 0 && <NoHosts isFiltered={isFiltered} />}
        {hosts.data && (
          <Pagination
            facts={hosts.data.pagination}
            onPage={(to) => choose({ page: to > 1 ? to : undefined })}
          />
        )}
      </Panel>
    </>
  );
}

function NoHosts({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) return <EmptyState title="No host matches." />;
  return (
    <EmptyState title="No hosts yet">
      <p>A host appears once a scan has proof that its address is in use.</p>
      <Link to="/scans" hash="targets" className={`${buttonClass()} mt-4`}>
        Start a scan
      </Link>
    </EmptyState>
  );
}
