import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Scan, ScanResults } from '#contract/scans/scan.js';
import { isEnded } from '#domain/scans/scan-status.js';
import { scanResultsQuery } from '../../api/queries.ts';
import { areOf } from '../../api/results-phase.ts';
import { ListToggle } from '../../components/controls/list-toggle.tsx';
import { Pagination } from '../../components/controls/pagination.tsx';
import { EmptyState, LoadFailure, Skeleton } from '../../components/feedback/notice.tsx';
import { NothingFound } from '../../components/lists/empty-list.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { tallyPorts } from '../../components/ports/port-scale.ts';
import { PortStrip } from '../../components/ports/port-strip.tsx';
import { openOnText } from '../../format/scan-text.ts';
import { useLiveState } from '../../live/live-updates.tsx';
import { ResultsTable } from './results-table.tsx';

const PAGE_SIZE_ROWS = 50;

interface ResultsChoice {
  readonly page: number;
  readonly showsUnresponsive: boolean;
}

interface ResultsPanelProps {
  readonly scan: Scan;
  readonly choice: ResultsChoice;
  readonly onChoice: (choice: ResultsChoice) => void;
}

export function ResultsPanel({ scan, choice, onChoice }: ResultsPanelProps) {
  const { page, showsUnresponsive } = choice;
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set());
  const running = !isEnded(scan.status);
  const socketIsUp = useLiveState() === 'live';
  // The ranges behind the counts can be long: they are asked for once somebody opens a row.
  const query = {
    page,
    page_size: PAGE_SIZE_ROWS,
    include_unresponsive: String(showsUnresponsive),
    all_states: String(expanded.size > 0),
  };
  const results = useQuery(scanResultsQuery(scan, query, socketIsUp));
  const shown = results.data?.results;
  const isOutrun = results.data !== undefined && !areOf(results.data, scan);

  function toggle(ip: string): void {
    const next = new Set(expanded);
    if (!next.delete(ip)) next.add(ip);
    setExpanded(next);
  }

  return (
    <Panel
      title="Results"
      flush
      aside={
        <ListToggle
          label="Show silent addresses"
          isOn={showsUnresponsive}
          onChange={(isOn) => onChoice({ page: 1, showsUnresponsive: isOn })}
        />
      }
    >
      {(results.isPending || (isOutrun && shown?.data.length === 0)) && <Skeleton />}
      {isOutrun && (
        <output className="block animate-breathe px-4 pb-3 text-sm text-muted sm:px-5">
          Fetching the results as they are now…
        </output>
      )}
      {results.isError && results.data === undefined && (
        <div className="p-4">
          <LoadFailure error={results.error} onRetry={() => void results.refetch()} />
        </div>
      )}
      {shown && shown.data.length > 0 && (
        <div aria-busy={isOutrun} className={isOutrun ? 'opacity-50' : undefined}>
          <Picture results={shown} isUnderWay={running || isOutrun} />
          <ResultsTable hosts={shown.data} expanded={expanded} onToggle={toggle} />
        </div>
      )}
      {shown?.pagination.total_items === 0 && !isOutrun && (
        <NoResults scan={scan} showsUnresponsive={showsUnresponsive} />
      )}
      {shown && (
        <Pagination facts={shown.pagination} onPage={(to) => onChoice({ page: to, showsUnresponsive })} />
      )}
    </Panel>
  );
}

function Picture({ results, isUnderWay }: { readonly results: ScanResults; readonly isUnderWay: boolean }) {
  const { data, pagination } = results;
  const openPorts = data.map(({ ports }) =>
    ports.filter(({ state }) => state === 'open').map(({ port }) => port),
  );
  const hosts = { open: openPorts.filter((ports) => ports.length > 0).length, shown: data.length };
  return (
    <div className="px-4 pt-1 pb-5 sm:px-5">
      <PortStrip
        marks={tallyPorts(openPorts)}
        isUnderWay={isUnderWay}
        caption={openOnText(hosts, pagination.total_pages > 1)}
      />
    </div>
  );
}

function NoResults({
  scan,
  showsUnresponsive,
}: {
  readonly scan: Scan;
  readonly showsUnresponsive: boolean;
}) {
  if (!isEnded(scan.status))
    return (
      <EmptyState title="Nothing found yet">
        Hosts appear here as soon as what they answered is stored.
      </EmptyState>
    );
  return (
    <NothingFound scan={scan}>
      {showsUnresponsive
        ? 'Nothing of it is stored.'
        : 'The addresses that stayed silent can be shown with the box above.'}
    </NothingFound>
  );
}
