import { Link } from '@tanstack/react-router';
import { useId } from 'react';
import type { Scan } from '#contract/scan.js';
import { humanDuration } from '#domain/duration.js';
import { isSettled } from '#domain/scan-status.js';
import { ActionMenu } from '../../actions/action-menu.tsx';
import { deleteScan, restoreScan, resumeScan, stopScan } from '../../actions/scan-actions.ts';
import { useOffer } from '../../actions/use-action.ts';
import { PartialMark, ScanStatusBadge } from '../../components/badge.tsx';
import { MoreIcon } from '../../components/icons.tsx';
import { Ago, useNow } from '../../components/now.tsx';
import { ProgressBar } from '../../components/progress-bar.tsx';
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
import { countOf, formatCount, formatPercent } from '../../format/number.ts';
import { portsSummary, scanTitle, targetsSummary } from '../../format/scan-text.ts';
import { asOf } from '../../live/as-of.ts';
import { useLiveState } from '../../live/live-updates.tsx';

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
  // A chord could not tell which of the rows it means: here the menu alone serves.
  const stop = { ...useOffer(stopScan, scan), shortcut: undefined };
  const resume = { ...useOffer(resumeScan, scan), shortcut: undefined };
  const remove = useOffer(deleteScan, scan);
  const restore = useOffer(restoreScan, scan);
  const { status, started_at, completed_at } = scan;
  const titleId = useId();
  const duration =
    started_at === null ? undefined : humanDuration(msBetween(started_at, completed_at, untilMs));
  return (
    <tr className={LINKED_ROW}>
      <td className={`${CELL} max-sm:col-start-2 max-sm:row-start-1`}>
        <div className="flex flex-col items-start gap-1 max-sm:items-end">
          <ScanStatusBadge status={status} />
          {scan.partial && <PartialMark />}
        </div>
      </td>
      <td className={`${CELL} max-sm:col-start-1 max-sm:row-span-2 max-sm:row-start-1 sm:max-w-0`}>
        <Link id={titleId} to="/scans/$id" params={{ id: scan.id }} className={`${ROW_LINK} block truncate`}>
          {scanTitle(scan)}
        </Link>
        <p className="truncate text-xs text-muted">
          {scan.name !== null && `${targetsSummary(scan.targets)} · `}
          {portsSummary(scan.ports)}
          {scan.scan_type !== 'auto' && ` · ${scan.scan_type}`}
        </p>
        <div className="mt-0.5 flex flex-col gap-0.5 sm:hidden">
          <p className="text-xs text-muted">
            {countOf(scan.open_ports, 'open port')} on {countOf(scan.hosts_up, 'host')}
          </p>
          <p className="text-xs text-muted">
            {started_at === null ? 'not started yet' : `${formatLocal(started_at)}, ${duration}`}
          </p>
          <Progress scan={scan} />
        </div>
      </td>
      <td className={`${CELL} hidden md:table-cell`}>
        <div className="w-32 pt-0.5">
          <Progress scan={scan} />
        </div>
      </td>
      <td className={`${CELL} hidden text-right sm:table-cell`}>{formatCount(scan.hosts_up)}</td>
      <td className={`${CELL} text-right max-sm:hidden`}>{formatCount(scan.open_ports)}</td>
      <td className={`${CELL} hidden text-muted sm:table-cell`}>
        {started_at === null ? (
          'not yet'
        ) : (
          <>
            <Ago instant={started_at} />
            <p className="text-xs whitespace-nowrap">{formatLocal(started_at)}</p>
          </>
        )}
      </td>
      <td className={`${CELL} hidden text-right whitespace-nowrap text-muted lg:table-cell`}>
        {duration ?? '–'}
      </td>
      <td className={`${CELL} max-sm:col-start-2 max-sm:row-start-2 max-sm:justify-self-end`}>
        <div className="-my-2">
          <ActionMenu
            label="Actions"
            describedBy={titleId}
            face={<MoreIcon />}
            offers={[stop, resume, restore, remove]}
          />
        </div>
      </td>
    </tr>
  );
}

function Progress({ scan: { status, progress } }: { readonly scan: Scan }) {
  return (
    <div className="flex items-center gap-2">
      <ProgressBar percent={progress.percent} status={status} />
      <span className="w-14 shrink-0 text-right text-xs text-muted">{formatPercent(progress.percent)}</span>
    </div>
  );
}
