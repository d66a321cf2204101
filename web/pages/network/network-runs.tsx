import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Network } from '#contract/networks/network.js';
import { networkRunsQuery } from '../../api/queries.ts';
import { EmptyState } from '../../components/feedback/notice.tsx';
import { ListBody, ListTotal } from '../../components/lists/list-body.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { useLiveState } from '../../live/live-updates.tsx';
import { RunTable } from '../discovery/run-table.tsx';

const PAGE_SIZE_ROWS = 10;

/** Discovery runs that reached into the network, whichever way they named it. */
export function NetworkRuns({ network }: { readonly network: Network }) {
  const [page, setPage] = useState(1);
  const query = { page, page_size: PAGE_SIZE_ROWS };
  const runs = useQuery(networkRunsQuery(network.id, query, useLiveState() === 'live'));
  return (
    <Panel title="Discovery runs" flush aside={<ListTotal list={runs} one="run" />}>
      <ListBody list={runs} lines={3} empty={<EmptyState title="No runs here" />} onPage={setPage}>
        {(shown) => <RunTable runs={shown} />}
      </ListBody>
    </Panel>
  );
}
