import { useQuery } from '@tanstack/react-query';
import type { ScanFilter } from '#contract/scans/scan.js';
import { SCAN_STATUSES, type ScanStatus } from '#domain/scans/scan-status.js';
import { scansQuery, tagsQuery } from '../../api/queries.ts';
import { Button } from '../../components/controls/button.tsx';
import { ListToggle } from '../../components/controls/list-toggle.tsx';
import { FilterSelect } from '../../components/controls/select.tsx';
import { useSelection } from '../../components/controls/use-selection.ts';
import { EmptyState } from '../../components/feedback/notice.tsx';
import { ListBody } from '../../components/lists/list-body.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { useLiveState } from '../../live/live-updates.tsx';
import { ScanSelectionBar } from './scan-selection-bar.tsx';
import { ScanTable } from './scan-table.tsx';

const PAGE_SIZE_ROWS = 25;

interface ScanListChoice {
  readonly page: number;
  readonly status: ScanStatus | undefined;
  readonly tag: string | undefined;
  readonly isDeleted: boolean;
}

interface ScanListProps {
  readonly choice: ScanListChoice;
  readonly onChoice: (choice: ScanListChoice) => void;
  readonly onTryLoopback: () => void;
}

export function ScanList({ choice, onChoice, onTryLoopback }: ScanListProps) {
  const { status, tag, isDeleted } = choice;
  const filter: ScanFilter = {
    ...(status === undefined ? {} : { status }),
    ...(tag === undefined ? {} : { tag }),
  };
  const query = {
    page: choice.page,
    page_size: PAGE_SIZE_ROWS,
    ...filter,
    ...(isDeleted ? { deleted: 'true' } : {}),
  };
  const scans = useQuery(scansQuery(query, useLiveState() === 'live'));
  const matching =
    scans.isSuccess && !scans.isPlaceholderData && !isDeleted
      ? { filter, total: scans.data.pagination.total_items }
      : undefined;
  const selection = useSelection(scans.data?.data ?? [], matching);

  const isFiltered = status !== undefined || tag !== undefined || isDeleted;
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
          <TagSelect value={tag} onChange={(name) => onChoice({ ...choice, page: 1, tag: name })} />
          <FilterSelect
            label="Status"
            all="all"
            values={SCAN_STATUSES}
            value={status}
            onChange={(text) => onChoice({ ...choice, page: 1, status: text })}
          />
        </>
      }
    >
      <ScanSelectionBar selection={selection} isDeleted={isDeleted} />
      <ListBody
        list={scans}
        empty={<NoScans isFiltered={isFiltered} onTryLoopback={onTryLoopback} />}
        onPage={(to) => onChoice({ ...choice, page: to })}
      >
        {(shown) => <ScanTable scans={shown} eventAtMs={scans.dataUpdatedAt} selection={selection} />}
      </ListBody>
    </Panel>
  );
}

interface TagSelectProps {
  readonly value: string | undefined;
  readonly onChange: (tag: string | undefined) => void;
}

/** The tags that scans have, and the one of the address even where none has it any more. */
function TagSelect({ value, onChange }: TagSelectProps) {
  const tags = useQuery(tagsQuery()).data?.data ?? [];
  const used = tags.filter(({ scans }) => scans > 0).map(({ name }) => name);
  const names = value === undefined || used.includes(value) ? used : [...used, value];
  if (names.length === 0) return null;
  return <FilterSelect label="Tag" all="all" values={names} value={value} onChange={onChange} />;
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
    <EmptyState title="No scans here">
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
