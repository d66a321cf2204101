import { Link } from '@tanstack/react-router';
import { useId } from 'react';
import type { Scan } from '#contract/scans/scan.js';
import { TagChips } from '../../components/hosts/tag-chips.tsx';
import { DataTable } from '../../components/lists/data-table.tsx';
import { CELL, LINKED_ROW, ROW_LINK } from '../../components/lists/table.ts';
import { formatLocal } from '../../format/instant.ts';
import { countOf, formatCount } from '../../format/number.ts';
import { scanTitle, siteSummary, targetsSummary } from '../../format/scan-text.ts';
import { countTexts } from '../scan/change-text.ts';
import { ActionsCell, ProgressCell, StartedCell, StatusCell, TitleCell } from '../scans/scan-cells.tsx';

export function RunTable({ runs }: { readonly runs: readonly Scan[] }) {
  return (
    <DataTable
      heads={[
        'Status',
        { title: 'Networks', className: 'w-full' },
        { title: 'Progress', className: 'hidden md:table-cell' },
        { title: 'Hosts up', className: 'hidden text-right sm:table-cell' },
        { title: 'Started', className: 'hidden sm:table-cell' },
        'Actions',
      ]}
    >
      {runs.map((run) => (
        <RunRow key={run.id} run={run} />
      ))}
    </DataTable>
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
        <TagChips tags={run.tags} />
        {changes !== undefined && <p className="truncate text-xs text-muted">{countTexts(changes)}</p>}
      </TitleCell>
      <ProgressCell scan={run} />
      <td className={`${CELL} hidden text-right tabular-nums sm:table-cell`}>{formatCount(run.hosts_up)}</td>
      <StartedCell scan={run} />
      <ActionsCell scan={run} titleId={titleId} />
    </tr>
  );
}
