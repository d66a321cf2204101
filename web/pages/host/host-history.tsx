import { Link } from '@tanstack/react-router';
import { HOST_HISTORY_ROWS, type HostChange } from '#contract/hosts/host.js';
import { findingReasonText } from '#domain/enrichment/finding-text.js';
import { shortUid } from '#domain/errors/uid.js';
import { ArrowIcon } from '../../components/feedback/icons.tsx';
import { EmptyState } from '../../components/feedback/notice.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { formatExact, formatLocal } from '../../format/instant.ts';
import { portReasonSentence } from '../../format/reason-text.ts';
import { changeText } from './change-text.ts';

interface HostHistoryProps {
  readonly changes: readonly HostChange[];
  /** Older changes are kept no longer, but for the newest of each. */
  readonly completeSince: string | null;
}

export function HostHistory({ changes, completeSince }: HostHistoryProps) {
  return (
    <Panel title="History">
      {changes.length === 0 ? (
        <EmptyState title="Nothing changed since this host was first seen." />
      ) : (
        <ol className="ml-1 flex flex-col gap-5 border-l border-line pt-1">
          {changes.map((change, index) => (
            // Changes have no id, and one instant can hold alike ones.
            <Change key={`${change.observed_at}-${index}`} change={change} />
          ))}
        </ol>
      )}
      {changes.length >= HOST_HISTORY_ROWS && (
        <p className="mt-4 text-xs text-muted">The {HOST_HISTORY_ROWS} changes observed last are shown.</p>
      )}
      {completeSince !== null && (
        <p className="mt-4 text-xs text-muted">
          Of what changed before {formatLocal(completeSince)}, only the newest of each is kept.
        </p>
      )}
    </Panel>
  );
}

function Change({ change }: { readonly change: HostChange }) {
  const { subject, from, to } = changeText(change);
  return (
    <li className="relative pl-5 text-sm">
      <span
        aria-hidden="true"
        className="absolute top-1.5 -left-[4.5px] size-2 rounded-full bg-accent ring-4 ring-surface"
      />
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="font-medium">{subject}</span>
        <Value value={from} missing="not known" isOld />
        <span className="text-muted">
          <ArrowIcon />
          <span className="sr-only">became</span>
        </span>
        <Value value={to} missing="not known any more" />
      </p>
      <p className="mt-0.5 flex flex-wrap gap-x-3 text-xs text-muted">
        <time
          dateTime={change.observed_at}
          title={`Observed ${formatExact(change.observed_at)}, recorded ${formatExact(change.recorded_at)}.`}
        >
          {formatLocal(change.observed_at)}
        </time>
        {change.reason !== null && (
          <span title={portReasonSentence(change.reason)}>
            {findingReasonText(change.fact, change.reason)}
          </span>
        )}
        {change.scan_id !== null && (
          <Link
            to="/scans/$id"
            params={{ id: change.scan_id }}
            className="text-accent underline-offset-2 hover:underline"
          >
            by this scan
          </Link>
        )}
        {change.actor !== null && <span>{change.actor}</span>}
        {change.edit !== null && (
          <span title={`\`scanorama hosts undo ${change.edit}\` takes it back.`}>
            edit {shortUid(change.edit)}
          </span>
        )}
      </p>
    </li>
  );
}

interface ValueProps {
  readonly value: string | null;
  readonly missing: string;
  readonly isOld?: boolean;
}

function Value({ value, missing, isOld = false }: ValueProps) {
  if (value === null) return <span className="text-muted italic">{missing}</span>;
  return <span className={`break-all ${isOld ? 'text-muted' : ''}`}>{value}</span>;
}
