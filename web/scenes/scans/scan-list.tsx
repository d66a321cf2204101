import { useQuery } from '@tanstack/react-query';
import { SCAN_STATUSES, type ScanStatus } from '#domain/scan-status.js';
import { scansQuery } from '../../api/queries.ts';
import { Button } from '../../components/button.tsx';
import { ListToggle } from '../../components/list-toggle.tsx';
import { EmptyState, LoadFailure, Skeleton } from '../../components/notice.tsx';
import { Pagination } from '../../components/pagination.tsx';
import { Panel } from '../../components/panel.tsx';
import { FilterSelect } from '../../components/select.tsx';
import { useLiveState } from '../../live/live-updates.tsx';
import { ScanTable } from './scan-table.tsx';

const PAGE_SIZE_ROWS = 25;

interface ScanListChoice {
  readonly page: number;
  readonly status: ScanStatus | undefined;
  readonly isDeleted: boolean;
}

interface ScanListProps {
  readonly choice: ScanListChoice;
  readonly onChoice: (choice: ScanListChoice) => void;
  readonly onTryLoopback: () => void;
}

export function ScanList({ choice, onChoice, onTryLoopback }: ScanListProps) {
  const { status, isDeleted } = choice;
  const query = {
    page: choice.page,
    page_size: PAGE_SIZE_ROWS,
    ...(status === undefined ? {} : { status }),
    ...(isDeleted ? { deleted: 'true' } : {}),
  };
  const scans = useQuery(scansQuery(query, useLiveState() === 'live'));

  return (
    <Panel
      title="Scans"
      flush
      aside={
        <>
          <ListToggle
            label="Deleted"
            isOn={isDeleted}
            onChange={(isOn) => onChoice({ ...choice, page: 1, isDeleted: isOn })}
          />
          <FilterSelect
            label="Status"
            all="all"
            values={SCAN_STATUSES}
            value={status}
            onChange={(word) => onChoice({ ...choice, page: 1, status: word })}
          />
        </>
      }
    >
      {scans.isPending && <Skeleton />}
      {scans.isError && scans.data === undefined && (
        <div className="p-4">
          <LoadFailure error={scans.error} onRetry={() => void scans.refetch()} />
        </div>
      )}
      {scans.data && scans.data.data.length > 0 && (
        <ScanTable scans={scans.data.data} newsAtMs={scans.dataUpdatedAt} />
      )}
      {scans.data?.pagination.total_items === 0 && (
        <NoScans isFiltered={status !== undefined || isDeleted} onTryLoopback={onTryLoopback} />
      )}
      {scans.data && (
        <Pagination facts={scans.data.pagination} onPage={(to) => onChoice({ ...choice, page: to })} />
      )}
    </Panel>
  );
}

function NoScans({
  isFiltered,
  onTryLoopback,
}: {
  readonly isFiltered: boolean;
  readonly onTryLoopback: () => void;
}) {
  if (isFiltered) return <EmptyState title="No scan matches." />;
  return (
    <EmptyState title="Nothing scanned yet">
      <p>
        Try <span className="font-mono">127.0.0.1</span>, this server itself: it takes a moment and shows what
        it has open. Nothing is ever scanned unless somebody asks.
      </p>
      <Button className="mt-4" onClick={onTryLoopback}>
        Fill in 127.0.0.1
      </Button>
    </EmptyState>
  );
}
