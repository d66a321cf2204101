import { useQuery } from '@tanstack/react-query';
import { SCAN_STATUSES, type ScanStatus } from '#domain/scan-status.js';
import { scansQuery } from '../../api/queries.ts';
import { Button } from '../../components/button.tsx';
import { ListBody } from '../../components/list-body.tsx';
import { ListToggle } from '../../components/list-toggle.tsx';
import { EmptyState } from '../../components/notice.tsx';
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
      <ListBody
        list={scans}
        empty={<NoScans isFiltered={status !== undefined || isDeleted} onTryLoopback={onTryLoopback} />}
        onPage={(to) => onChoice({ ...choice, page: to })}
      >
        {(shown) => <ScanTable scans={shown} newsAtMs={scans.dataUpdatedAt} />}
      </ListBody>
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
