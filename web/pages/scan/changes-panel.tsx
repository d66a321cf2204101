import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { ScanChange } from '#contract/scans/diff.js';
import type { Scan } from '#contract/scans/scan.js';
import { comparedOfItself } from '#domain/diff/scan-change.js';
import { isEnded } from '#domain/scans/scan-status.js';
import { scanDiffQuery } from '../../api/queries.ts';
import { Pagination } from '../../components/controls/pagination.tsx';
import { LoadFailure, Skeleton } from '../../components/feedback/notice.tsx';
import { HostAddress } from '../../components/hosts/host-address.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { BaseField } from './base-field.tsx';
import {
  type ChangeMark,
  changeText,
  countTexts,
  isUnreported,
  markOf,
  notComparedText,
} from './change-text.ts';

const PAGE_SIZE_ROWS = 20;

interface ChangesPanelProps {
  readonly scan: Scan;
  /** The earlier scan that somebody chose to compare it with. */
  readonly against: string | undefined;
  readonly onAgainst: (against: string | undefined) => void;
}

/** What changed since the last scan that this one can be compared with, or since any other. */
export function ChangesPanel({ scan, against, onAgainst }: ChangesPanelProps) {
  if (!isEnded(scan.status)) return null;
  const usual = scan.changes?.against ?? null;
  const base = against ?? usual;
  const kind = scan.scan_type === 'discovery' ? 'run' : 'scan';
  return (
    <Panel
      title="Changes"
      flush
      aside={
        <>
          <BaseField scan={scan} usual={usual} value={base} onChange={onAgainst} />
          {base !== null && (
            <Link
              to={kind === 'run' ? '/discovery/$id' : '/scans/$id'}
              params={{ id: base }}
              className="text-sm text-accent hover:underline"
            >
              since this {kind}
            </Link>
          )}
        </>
      }
    >
      {base === null ? (
        <p className="px-4 pb-3 text-sm text-muted sm:px-5">
          {scan.status === 'completed' && `No earlier ${kind} was found to compare this one with. `}
          {comparedOfItself(kind)}
        </p>
      ) : (
        <ChangeList key={base} scan={scan} against={base} />
      )}
    </Panel>
  );
}

function ChangeList({ scan: ofScan, against }: { readonly scan: Scan; readonly against: string }) {
  const [page, setPage] = useState(1);
  const diff = useQuery(scanDiffQuery(ofScan, { against, page, page_size: PAGE_SIZE_ROWS }));
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
      <p className="px-4 pb-3 text-sm sm:px-5">{countTexts(diff.data.counts, diff.data.hosts_back)}.</p>
      {isUnreported(diff.data) && (
        <p className="px-4 pb-3 text-xs text-muted sm:px-5">
          Whether new hosts were known before is unknown: history of that time was removed.
        </p>
      )}
      <ul aria-label="What changed" className="px-4 pb-3 text-sm empty:hidden sm:px-5">
        {diff.data.data.map((change) => (
          <ChangeLine key={`${change.kind} ${change.ip} ${changeText(change)}`} change={change} />
        ))}
      </ul>
      {base.addresses + scan.addresses > 0 && (
        <p className="px-4 pb-3 text-xs text-muted sm:px-5">
          {notComparedText({ earlier: base.addresses, own: scan.addresses }, ['address', 'addresses'])}
        </p>
      )}
      {base.ports + scan.ports > 0 && (
        <p className="px-4 pb-3 text-xs text-muted sm:px-5">
          {notComparedText({ earlier: base.ports, own: scan.ports }, ['port', 'ports'])}
        </p>
      )}
      <Pagination facts={diff.data.pagination} onPage={setPage} />
    </>
  );
}

const MARK_VARIANTS: Readonly<Record<ChangeMark, string>> = {
  '+': 'text-good',
  '−': 'text-bad',
  '~': 'text-muted',
};

function ChangeLine({ change }: { readonly change: ScanChange }) {
  const { host_id, ip } = change;
  const mark = markOf(change);
  return (
    <li className="flex flex-wrap gap-x-3 py-0.5">
      <span className={`w-3 font-mono ${MARK_VARIANTS[mark]}`}>{mark}</span>
      <HostAddress ip={ip} hostId={host_id} />
      <span className="break-all">{changeText(change)}</span>
    </li>
  );
}
