import { Link } from '@tanstack/react-router';
import { useId } from 'react';
import type { Scan } from '#contract/scans/scan.js';
import { isEnded } from '#domain/scans/scan-status.js';
import { ChooseBox } from '../../components/controls/selection-bar.tsx';
import { useNow } from '../../components/feedback/now.tsx';
import { TagChips } from '../../components/hosts/tag-chips.tsx';
import { DataTable } from '../../components/lists/data-table.tsx';
import { CELL, LINKED_ROW, ROW_LINK } from '../../components/lists/table.ts';
import { formatLocal } from '../../format/instant.ts';
import { countOf, formatCount } from '../../format/number.ts';
import { portsSummary, scanTitle, siteSummary, targetsSummary } from '../../format/scan-text.ts';
import { workText } from '../../format/work-text.ts';
import { asOf } from '../../live/as-of.ts';
import { useLiveState } from '../../live/live-updates.tsx';
import { ActionsCell, ProgressCell, StartedCell, StatusCell, TitleCell } from './scan-cells.tsx';
import type { ScanSelection } from './scan-selection-bar.tsx';

interface ScanTableProps {
  readonly scans: readonly Scan[];
  /** When the server last told of them. */
  readonly eventAtMs: number;
  readonly selection: ScanSelection;
}

export function ScanTable({ scans, eventAtMs, selection }: ScanTableProps) {
  const nowMs = useNow(scans.some(({ status }) => !isEnded(status)));
  const { untilMs } = asOf({ nowMs, eventAtMs, isLive: useLiveState() === 'live' });
  return (
    <DataTable
      heads={[
        'Status',
        { title: 'Targets', className: 'w-full' },
        { title: 'Progress', className: 'hidden md:table-cell' },
        { title: 'Hosts up', className: 'hidden text-right sm:table-cell' },
        { title: 'Open ports', className: 'text-right' },
        { title: 'Started', className: 'hidden sm:table-cell' },
        { title: 'Duration', className: 'hidden text-right lg:table-cell' },
        'Actions',
      ]}
    >
      {scans.map((scan) => (
        <ScanRow key={scan.id} scan={scan} untilMs={untilMs} selection={selection} />
      ))}
    </DataTable>
  );
}

interface ScanRowProps {
  readonly scan: Scan;
  readonly untilMs: number;
  readonly selection: ScanSelection;
}

function ScanRow({ scan, untilMs, selection }: ScanRowProps) {
  const { started_at } = scan;
  const titleId = useId();
  const duration = workText(scan, untilMs);
  return (
    <tr className={LINKED_ROW}>
      <StatusCell scan={scan} />
      <TitleCell
        scan={scan}
        narrow={[
          `${countOf(scan.open_ports, 'open port')} on ${countOf(scan.hosts_up, 'host')}`,
          started_at === null ? 'not started yet' : `${formatLocal(started_at)}, ${duration}`,
        ]}
      >
        <div className="flex items-center">
          <ChooseBox selection={selection} id={scan.id} name={scanTitle(scan)} />
          <Link
            id={titleId}
            to="/scans/$id"
            params={{ id: scan.id }}
            className={`${ROW_LINK} block min-w-0 truncate`}
          >
            {scanTitle(scan)}
          </Link>
        </div>
        <p className="truncate text-xs text-muted">
          {scan.name !== null && `${targetsSummary(scan.targets)} · `}
          {portsSummary(scan.ports)}
          {scan.scan_type !== 'auto' && ` · ${scan.scan_type}`}
          {siteSummary(scan.site)}
        </p>
        <TagChips tags={scan.tags} />
      </TitleCell>
      <ProgressCell scan={scan} />
      <td className={`${CELL} hidden text-right sm:table-cell`}>{formatCount(scan.hosts_up)}</td>
      <td className={`${CELL} text-right max-sm:hidden`}>{formatCount(scan.open_ports)}</td>
      <StartedCell scan={scan} />
      <td className={`${CELL} hidden text-right whitespace-nowrap text-muted lg:table-cell`}>{duration}</td>
      <ActionsCell scan={scan} titleId={titleId} />
    </tr>
  );
}
