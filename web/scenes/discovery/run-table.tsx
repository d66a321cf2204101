import { Link } from '@tanstack/react-router';
import { useId } from 'react';
import type { Scan } from '#contract/scan.js';
import { ActionMenu } from '../../actions/action-menu.tsx';
import { deleteScan, restoreScan, resumeScan, stopScan } from '../../actions/scan-actions.ts';
import { useOffer } from '../../actions/use-action.ts';
import { PartialMark, ScanStatusBadge } from '../../components/badge.tsx';
import { MoreIcon } from '../../components/icons.tsx';
import { Ago } from '../../components/now.tsx';
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
import { formatLocal } from '../../format/instant.ts';
import { formatCount, formatPercent } from '../../format/number.ts';
import { scanTitle, targetsSummary } from '../../format/scan-text.ts';
import { countWords } from '../scan/change-words.ts';

export function RunTable({ runs }: { readonly runs: readonly Scan[] }) {
  return (
    <table className={TABLE}>
      <thead className={HEAD}>
        <tr>
          <th className={HEAD_CELL}>Status</th>
          <th className={`${HEAD_CELL} w-full`}>Networks</th>
          <th className={`${HEAD_CELL} hidden md:table-cell`}>Progress</th>
          <th className={`${HEAD_CELL} text-right`}>Hosts up</th>
          <th className={`${HEAD_CELL} hidden sm:table-cell`}>Started</th>
          <th className={HEAD_CELL}>
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody className={`${BODY} ${TOP_LINE}`}>
        {runs.map((run) => (
          <RunRow key={run.id} run={run} />
        ))}
      </tbody>
    </table>
  );
}

function RunRow({ run }: { readonly run: Scan }) {
  // A chord could not tell which of the rows it means: here the menu alone serves.
  const stop = { ...useOffer(stopScan, run), shortcut: undefined };
  const resume = { ...useOffer(resumeScan, run), shortcut: undefined };
  const remove = useOffer(deleteScan, run);
  const restore = useOffer(restoreScan, run);
  const { status, started_at, progress, changes } = run;
  const titleId = useId();
  return (
    <tr className={LINKED_ROW}>
      <td className={CELL}>
        <div className="flex flex-col items-start gap-1">
          <ScanStatusBadge status={status} />
          {run.partial && <PartialMark />}
        </div>
      </td>
      <td className={`${CELL} sm:max-w-0`}>
        <Link
          id={titleId}
          to="/discovery/$id"
          params={{ id: run.id }}
          className={`${ROW_LINK} block truncate`}
        >
          {scanTitle(run)}
        </Link>
        <p className="truncate text-xs text-muted">
          {run.name !== null && `${targetsSummary(run.targets)} · `}
          {(run.methods ?? []).join(', ')}
        </p>
        {changes !== undefined && <p className="truncate text-xs text-muted">{countWords(changes)}</p>}
      </td>
      <td className={`${CELL} hidden md:table-cell`}>
        <div className="flex w-32 items-center gap-2 pt-0.5">
          <ProgressBar percent={progress.percent} status={status} />
          <span className="w-14 shrink-0 text-right text-xs text-muted">
            {formatPercent(progress.percent)}
          </span>
        </div>
      </td>
      <td className={`${CELL} text-right tabular-nums`}>{formatCount(run.hosts_up)}</td>
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
      <td className={`${CELL} text-right`}>
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
