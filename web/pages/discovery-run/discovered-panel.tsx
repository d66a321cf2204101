import { useQuery } from '@tanstack/react-query';
import type { Discovered } from '#contract/discovery/discovery.js';
import type { Scan } from '#contract/scans/scan.js';
import { isEnded } from '#domain/scans/scan-status.js';
import { discoveryResultsQuery } from '../../api/queries.ts';
import { HostStatusBadge } from '../../components/feedback/badge.tsx';
import { EmptyState } from '../../components/feedback/notice.tsx';
import { HostAddress } from '../../components/hosts/host-address.tsx';
import { HostReason } from '../../components/hosts/host-reason.tsx';
import { DataTable } from '../../components/lists/data-table.tsx';
import { NothingFound } from '../../components/lists/empty-list.tsx';
import { ListBody } from '../../components/lists/list-body.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { CELL, ROW } from '../../components/lists/table.ts';
import { useLiveState } from '../../live/live-updates.tsx';

const PAGE_SIZE_ROWS = 50;

interface FoundPanelProps {
  readonly run: Scan;
  readonly page: number;
  readonly onPage: (page: number) => void;
}

export function FoundPanel({ run, page, onPage }: FoundPanelProps) {
  const query = { page, page_size: PAGE_SIZE_ROWS };
  const found = useQuery(discoveryResultsQuery(run, query, useLiveState() === 'live'));
  // What was found until a run ended is no answer to how it ended.
  const isUnderWay = !isEnded(run.status) || found.isPlaceholderData;
  return (
    <Panel title="Found" flush>
      <ListBody list={found} empty={<NoOne run={run} isRunning={isUnderWay} />} onPage={onPage}>
        {(shown) => <FoundTable found={shown} />}
      </ListBody>
    </Panel>
  );
}

function NoOne({ run, isRunning }: { readonly run: Scan; readonly isRunning: boolean }) {
  return isRunning ? (
    <EmptyState title="Nobody found yet">
      Hosts appear here as soon as what they answered is stored.
    </EmptyState>
  ) : (
    <NothingFound scan={run} />
  );
}

function FoundTable({ found }: { readonly found: readonly Discovered[] }) {
  return (
    <DataTable
      heads={[
        'Address',
        'Status',
        { title: 'Round trip', className: 'hidden text-right sm:table-cell' },
        { title: 'Hardware address', className: 'hidden sm:table-cell' },
        { title: 'Name', className: 'w-1/3' },
      ]}
    >
      {found.map((one) => (
        <FoundRow key={one.ip} found={one} />
      ))}
    </DataTable>
  );
}

function FoundRow({ found }: { readonly found: Discovered }) {
  const { ip, host_id, status, reason, round_trip_us, mac, hostname } = found;
  return (
    <tr className={ROW}>
      <td className={CELL}>
        <HostAddress ip={ip} hostId={host_id} className="font-medium" />
      </td>
      <td className={CELL}>
        {reason === null ? (
          <span className="text-muted">a name alone</span>
        ) : (
          <>
            <HostStatusBadge status={status} />
            <HostReason reason={reason} />
          </>
        )}
      </td>
      <td className={`${CELL} hidden text-right whitespace-nowrap tabular-nums sm:table-cell`}>
        {round_trip_us === null ? '–' : `${(round_trip_us / 1_000).toFixed(3)} ms`}
      </td>
      <td className={`${CELL} hidden font-mono text-xs sm:table-cell`}>{mac ?? '–'}</td>
      <td className={`${CELL} break-all`}>{hostname ?? '–'}</td>
    </tr>
  );
}
