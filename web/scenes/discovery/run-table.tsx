import { Link } from '@tanstack/react-router';
import { useId } from 'react';
import type { Scan } from '#contract/scan.js';
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
import { countOf, formatCount } from '../../format/number.ts';
import { scanTitle, siteSummary, targetsSummary } from '../../format/scan-text.ts';
import { countWords } from '../scan/change-words.ts';
import { ActionsCell, ProgressCell, StartedCell, StatusCell, TitleCell } from '../scans/scan-cells.tsx';

export function RunTable({ runs }: { readonly runs: readonly Scan[] }) {
  return (
    <table className={TABLE}>
      <thead className={HEAD}>
        <tr>
          <th className={HEAD_CELL}>Status</th>
          <th className={`${HEAD_CELL} w-full`}>Networks</th>
          <th className={`${HEAD_CELL} hidden md:table-cell`}>Progress</th>
          <th className={`${HEAD_CELL} hidden text-right sm:table-cell`}>Hosts up</th>
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
  const { started_at, changes } = run;
  const titleId = useId();
  return (
    <tr className={LINKED_ROW}>
      <StatusCell scan={run} />
      <TitleCell
        scan={run}
        narrow={[
          `${countOf(run.hosts_up, 'host')} up`,
          started_at === null ? 'not started yet' : formatLocal(started_at),
        ]}
      >
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
          {siteSummary(run.site)}
        </p>
        {changes !== undefined && <p className="truncate text-xs text-muted">{countWords(changes)}</p>}
      </TitleCell>
      <ProgressCell scan={run} />
      <td className={`${CELL} hidden text-right tabular-nums sm:table-cell`}>{formatCount(run.hosts_up)}</td>
      <StartedCell scan={run} />
      <ActionsCell scan={run} titleId={titleId} />
    </tr>
  );
}
