import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { networksQuery } from '../../api/queries.ts';
import { useSelection } from '../../components/controls/use-selection.ts';
import { EmptyState } from '../../components/feedback/notice.tsx';
import { ListBody, ListTotal } from '../../components/lists/list-body.tsx';
import { PageHeading, Panel } from '../../components/lists/panel.tsx';
import { present } from '../search.ts';
import { AddNetworkForm } from './add-network-form.tsx';
import { ExclusionsPanel } from './exclusions-panel.tsx';
import { type NetworkFilter, NetworkSelectionBar } from './network-selection-bar.tsx';
import { NetworkTable } from './network-table.tsx';

const route = getRouteApi('/shell/networks');
const PAGE_SIZE_ROWS = 50;

export function NetworksPage() {
  const { page = 1 } = route.useSearch();
  const navigate = route.useNavigate();
  const networks = useQuery(networksQuery({ page, page_size: PAGE_SIZE_ROWS }));
  // The list has no filter: all that match are all.
  const matching =
    networks.isSuccess && !networks.isPlaceholderData
      ? { filter: {}, total: networks.data.pagination.total_items }
      : undefined;
  const selection = useSelection<NetworkFilter>(networks.data?.data ?? [], matching);
  return (
    <>
      <PageHeading title="Networks" />
      <AddNetworkForm />
      <Panel title="Networks" flush aside={<ListTotal list={networks} one="network" />}>
        <NetworkSelectionBar selection={selection} />
        <ListBody
          list={networks}
          lines={4}
          empty={
            <EmptyState title="No networks yet">
              <p>A network that is stored can be scanned by its name, as network:NAME.</p>
            </EmptyState>
          }
          onPage={(to) => void navigate({ search: present({ page: to > 1 ? to : undefined }) })}
        >
          {(shown) => <NetworkTable networks={shown} selection={selection} />}
        </ListBody>
      </Panel>
      <ExclusionsPanel networks={networks.data?.data ?? []} />
    </>
  );
}
