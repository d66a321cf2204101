import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { HOST_STATUSES } from '#domain/hosts/host-status.js';
import { hostsQuery } from '../../api/queries.ts';
import { buttonClass } from '../../components/controls/button.tsx';
import { ListToggle } from '../../components/controls/list-toggle.tsx';
import { FilterSelect } from '../../components/controls/select.tsx';
import { useSelection } from '../../components/controls/use-selection.ts';
import { EmptyState } from '../../components/feedback/notice.tsx';
import { ListBody, ListTotal } from '../../components/lists/list-body.tsx';
import { PageHeading, Panel } from '../../components/lists/panel.tsx';
import { present } from '../search.ts';
import { fullFilter } from './complete-filter.ts';
import { FilterBox } from './filter-box.tsx';
import { HostSelectionBar } from './host-selection-bar.tsx';
import { HostTable } from './host-table.tsx';
import type { HostsSearch } from './hosts-search.ts';
import { PresetMenu } from './preset-menu.tsx';

const route = getRouteApi('/shell/hosts');
const PAGE_SIZE_ROWS = 50;
const NO_CHOICE = {
  page: undefined,
  status: undefined,
  filter: undefined,
  sort: undefined,
  order: undefined,
  deleted: undefined,
  ignored: undefined,
};

export function HostsPage() {
  const choice = route.useSearch();
  const navigate = route.useNavigate();
  const { page = 1, status, filter, sort = 'ip', order = 'asc', deleted, ignored } = choice;
  const hosts = useQuery(
    hostsQuery({
      page,
      page_size: PAGE_SIZE_ROWS,
      sort_by: sort,
      sort_order: order,
      ...(status === undefined ? {} : { status }),
      ...(filter === undefined ? {} : { filter }),
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

  // What was answered could be read; deleted hosts are not edited.
  const matching =
    hosts.isSuccess && !hosts.isPlaceholderData && deleted === undefined
      ? {
          filter: fullFilter({ filter, status, isIgnored: ignored !== undefined }),
          total: hosts.data.pagination.total_items,
        }
      : undefined;
  const selection = useSelection(hosts.data?.data ?? [], matching);
  const isFiltered = [status, filter, deleted, ignored].some((raw) => raw !== undefined);
  return (
    <>
      <PageHeading title="Hosts" />
      <Panel
        flush
        aside={
          <>
            <search className="flex w-full flex-wrap items-start gap-3">
              <FilterBox
                value={filter ?? ''}
                onChange={(text) => choose({ filter: text === '' ? undefined : text }, true)}
              />
              <PresetMenu filter={filter ?? ''} onChoose={(text) => choose({ filter: text })} />
              {filter !== undefined && (
                <Link to="/groups" search={{ rule: matching?.filter ?? filter }} className={buttonClass()}>
                  Make a group of these
                </Link>
              )}
            </search>
            <FilterSelect
              label="Status"
              all="all"
              values={HOST_STATUSES}
              value={status}
              onChange={(raw) => choose({ status: raw })}
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
            <ListTotal list={hosts} one="host" />
          </>
        }
      >
        <HostSelectionBar selection={selection} />
        <ListBody
          list={hosts}
          lines={8}
          empty={<NoHosts isFiltered={isFiltered} />}
          onPage={(to) => choose({ page: to > 1 ? to : undefined })}
        >
          {(shown) => (
            <HostTable
              hosts={shown}
              sorting={{ order: { sort, order }, onOrder: (to) => choose(to) }}
              selection={selection}
            />
          )}
        </ListBody>
      </Panel>
    </>
  );
}

function NoHosts({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) return <EmptyState title="No host matches." />;
  return (
    <EmptyState title="No hosts here">
      <p>A host appears once a scan has proof that its address is in use.</p>
      <Link to="/scans" hash="targets" className={`${buttonClass()} mt-4`}>
        Start a scan
      </Link>
    </EmptyState>
  );
}
