import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Scan } from '#contract/scan.js';
import type { ScanChange } from '#contract/scan-diff.js';
import { scanDiffQuery } from '../../api/queries.ts';
import { HostAddress } from '../../components/host-address.tsx';
import { LoadFailure, Skeleton } from '../../components/notice.tsx';
import { Pagination } from '../../components/pagination.tsx';
import { Panel } from '../../components/panel.tsx';
import { formatCount } from '../../format/number.ts';
import { type ChangeMark, changeWords, countWords, markOf } from './change-words.ts';

const PAGE_SIZE_ROWS = 20;

/** What changed since the last scan that this one can be compared with; nothing where there is none. */
export function ChangesPanel({ scan }: { readonly scan: Scan }) {
  const { changes } = scan;
  if (changes === undefined) return null;
  const { against, ...counts } = changes;
  const isSome = Object.values(counts).some((count) => count !== null && count > 0);
  return (
    <Panel
      title="Changes"
      flush
      aside={
        against !== null && (
          <Link
            to={scan.scan_type === 'discovery' ? '/discovery/$id' : '/scans/$id'}
            params={{ id: against }}
            className="text-sm text-accent hover:underline"
          >
            since this {scan.scan_type === 'discovery' ? 'run' : 'scan'}
          </Link>
        )
      }
    >
      <p className="px-4 pb-3 text-sm sm:px-5">{countWords(counts)}.</p>
      {isSome && against !== null && <ChangeList scanId={scan.id} against={against} />}
    </Panel>
  );
}

function ChangeList({ scanId, against }: { readonly scanId: string; readonly against: string }) {
  const [page, setPage] = useState(1);
  const diff = useQuery(scanDiffQuery(scanId, { against, page, page_size: PAGE_SIZE_ROWS }));
  if (diff.data === undefined) {
    if (diff.isError)
      return (
        <div className="p-4">
          <LoadFailure error={diff.error} onRetry={() => void diff.refetch()} />
        </div>
      );
    return <Skeleton lines={3} />;
  }
  const { base, scan } = diff.data.not_comparable;
  return (
    <>
      <ul aria-label="What changed" className="px-4 pb-3 text-sm sm:px-5">
        {diff.data.data.map((change) => (
          <ChangeLine key={`${change.kind} ${change.ip} ${changeWords(change)}`} change={change} />
        ))}
      </ul>
      {base.ports + scan.ports > 0 && (
        <p className="px-4 pb-3 text-xs text-muted sm:px-5">
          Not compared: {formatCount(base.ports)} ports that only the earlier scan asked,{' '}
          {formatCount(scan.ports)} that only this one did.
        </p>
      )}
      <Pagination facts={diff.data.pagination} onPage={setPage} />
    </>
  );
}

const MARK_LOOKS: Readonly<Record<ChangeMark, string>> = {
  '+': 'text-good',
  '−': 'text-bad',
  '~': 'text-muted',
};

function ChangeLine({ change }: { readonly change: ScanChange }) {
  const { host_id, ip } = change;
  const mark = markOf(change);
  return (
    <li className="flex flex-wrap gap-x-3 py-0.5">
      <span className={`w-3 font-mono ${MARK_LOOKS[mark]}`}>{mark}</span>
      <HostAddress ip={ip} hostId={host_id} />
      <span className="break-all">{changeWords(change)}</span>
    </li>
  );
}
