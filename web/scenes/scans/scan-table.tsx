import { Link } from '@tanstack/react-router';
import { useId } from 'react';
import type { Scan } from '#contract/scan.js';
import { humanDuration } from '#domain/duration.js';
import { isSettled } from '#domain/scan-status.js';
import { useNow } from '../../components/now.tsx';
import {
  BODY,
  CELL,
  HEAD,
  HEAD_CELL,
  LINKED_ROW,
  ROW_LINK,
  TABLE,
  TOP_LINE,
} from '../../components/table.ts';
import { msBetween } from '../../format/duration.ts';
import { formatLocal } from '../../format/instant.ts';
import { countOf, formatCount } from '../../format/number.ts';
import { portsSummary, scanTitle, siteSummary, targetsSummary } from '../../format/scan-text.ts';
import { asOf } from '../../live/as-of.ts';
import { useLiveState } from '../../live/live-updates.tsx';
import { ActionsCell, ProgressCell, StartedCell, StatusCell, TitleCell } from './scan-cells.tsx';

interface ScanTableProps {
  readonly scans: readonly Scan[];
  /** When the server last told of them. */
  readonly newsAtMs: number;
}

export function ScanTable({ scans, newsAtMs }: ScanTableProps) {
  const nowMs = useNow(scans.some(({ status }) => !isSettled(status)));
  const { untilMs } = asOf({ nowMs, newsAtMs, isLive: useLiveState() === 'live' });
  return (
    <table className={TABLE}>
      <thead className={HEAD}>
        <tr>
          <th className={HEAD_CELL}>Status</th>
          <th className={`${HEAD_CELL} w-full`}>Targets</th>
          <th className={`${HEAD_CELL} hidden md:table-cell`}>Progress</th>
          <th className={`${HEAD_CELL} hidden text-right sm:table-cell`}>Hosts up</th>
          <th className={`${HEAD_CELL} text-right`}>Open ports</th>
          <th className={`${HEAD_CELL} hidden sm:table-cell`}>Started</th>
          <th className={`${HEAD_CELL} hidden text-right lg:table-cell`}>Duration</th>
          <th className={HEAD_CELL}>
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody className={`${BODY} ${TOP_LINE}`}>
        {scans.map((scan) => (
          <ScanRow key={scan.id} scan={scan} untilMs={untilMs} />
        ))}
      </tbody>
    </table>
  );
}

function ScanRow({ scan, untilMs }: { readonly scan: Scan; readonly untilMs: number }) {
  const { started_at, completed_at } = scan;
  const titleId = useId();
  const duration =
    started_at === null ? undefined : humanDuration(msBetween(started_at, completed_at, untilMs));
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
        <Link id={titleId} to="/scans/$id" params={{ id: scan.id }} className={`${ROW_LINK} block truncate`}>
          {scanTitle(scan)}
        </Link>
        <p className="truncate text-xs text-muted">
          {scan.name !== null && `${targetsSummary(scan.targets)} · `}
          {portsSummary(scan.ports)}
          {scan.scan_type !== 'auto' && ` · ${scan.scan_type}`}
          {siteSummary(scan.site)}
        </p>
      </TitleCell>
      <ProgressCell scan={scan} />
      <td className={`${CELL} hidden text-right sm:table-cell`}>{formatCount(scan.hosts_up)}</td>
      <td className={`${CELL} text-right max-sm:hidden`}>{formatCount(scan.open_ports)}</td>
      <StartedCell scan={scan} />
      <td className={`${CELL} hidden text-right whitespace-nowrap text-muted lg:table-cell`}>
        {duration ?? '–'}
      </td>
      <ActionsCell scan={scan} titleId={titleId} />
    </tr>
  );
}
