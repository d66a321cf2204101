import type { ReactNode } from 'react';
import type { Scan } from '#contract/scans/scan.js';
import { ActionMenu } from '../../actions/actions/action-menu.tsx';
import { useOffer } from '../../actions/actions/use-action.ts';
import { deleteScan, restoreScan, resumeScan, stopScan } from '../../actions/scans/scan-actions.ts';
import { PartialMark, ScanStatusBadge } from '../../components/feedback/badge.tsx';
import { MoreIcon } from '../../components/feedback/icons.tsx';
import { Ago } from '../../components/feedback/now.tsx';
import { ProgressBar } from '../../components/feedback/progress-bar.tsx';
import { CELL } from '../../components/lists/table.ts';
import { formatLocal } from '../../format/instant.ts';
import { formatPercent } from '../../format/number.ts';

/*
 * What the lists of scans and of discovery runs have in common. On a narrow screen the title takes the first column, and
 * what is told beside it stands below it; status and actions take the second.
 */

interface CellProps {
  readonly scan: Scan;
}

export function StatusCell({ scan }: CellProps) {
  return (
    <td className={`${CELL} max-sm:col-start-2 max-sm:row-start-1`}>
      <div className="flex flex-col items-start gap-1 max-sm:items-end">
        <ScanStatusBadge status={scan.status} />
        {scan.partial && <PartialMark />}
      </div>
    </td>
  );
}

interface TitleCellProps extends CellProps {
  readonly children: ReactNode;
  /** What a narrow screen tells here, having no columns for it. */
  readonly narrow: readonly string[];
}

export function TitleCell({ scan, children, narrow }: TitleCellProps) {
  return (
    <td className={`${CELL} max-sm:col-start-1 max-sm:row-span-2 max-sm:row-start-1 sm:max-w-0`}>
      {children}
      <div className="mt-0.5 flex flex-col gap-0.5 sm:hidden">
        {narrow.map((text) => (
          <p key={text} className="text-xs text-muted">
            {text}
          </p>
        ))}
        <Progress scan={scan} />
      </div>
    </td>
  );
}

export function ProgressCell({ scan }: CellProps) {
  return (
    <td className={`${CELL} hidden md:table-cell`}>
      <div className="w-32 pt-0.5">
        <Progress scan={scan} />
      </div>
    </td>
  );
}

function Progress({ scan: { status, progress } }: CellProps) {
  return (
    <div className="flex items-center gap-2">
      <ProgressBar percent={progress.percent} status={status} />
      <span className="w-14 shrink-0 text-right text-xs text-muted">{formatPercent(progress.percent)}</span>
    </div>
  );
}

export function StartedCell({ scan: { started_at } }: CellProps) {
  return (
    <td className={`${CELL} hidden text-muted sm:table-cell`}>
      {started_at === null ? (
        'not yet'
      ) : (
        <>
          <Ago time={started_at} />
          <p className="text-xs whitespace-nowrap">{formatLocal(started_at)}</p>
        </>
      )}
    </td>
  );
}

interface ActionsCellProps extends CellProps {
  /** Of the element that names the scan. */
  readonly titleId: string;
}

export function ActionsCell({ scan, titleId }: ActionsCellProps) {
  // A chord could not tell which of the rows it means: here the menu alone serves.
  const stop = { ...useOffer(stopScan, scan), shortcut: undefined };
  const resume = { ...useOffer(resumeScan, scan), shortcut: undefined };
  const remove = useOffer(deleteScan, scan);
  const restore = useOffer(restoreScan, scan);
  return (
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
  );
}
