import { Fragment, useId } from 'react';
import type { ScanHost } from '#contract/scans/scan.js';
import { HostStatusBadge } from '../../components/feedback/badge.tsx';
import { ChevronIcon } from '../../components/feedback/icons.tsx';
import { HostAddress } from '../../components/hosts/host-address.tsx';
import { HostReason } from '../../components/hosts/host-reason.tsx';
import { DataTable } from '../../components/lists/data-table.tsx';
import { CELL, NARROW_STATUS, ROW, WIDE_CELL } from '../../components/lists/table.ts';
import { PortChips } from '../../components/ports/port-chips.tsx';
import { CertificateTable, evidenceText, SshKeyTable } from '../../components/ports/port-evidence.tsx';
import { PortList } from '../../components/ports/port-list.tsx';
import { portReasonSentence } from '../../format/reason-text.ts';
import { stateCountText } from './state-count-text.ts';

const CHIPS_SHOWN = 40;
const CHIPS_SHOWN_EXPANDED = 2_000;

interface ResultsTableProps {
  readonly hosts: readonly ScanHost[];
  readonly expanded: ReadonlySet<string>;
  readonly onToggle: (ip: string) => void;
}

export function ResultsTable({ hosts, expanded, onToggle }: ResultsTableProps) {
  return (
    <DataTable
      heads={[
        'Host',
        'Status',
        { title: 'Open ports', className: 'w-1/2' },
        { title: 'Other ports', className: 'hidden md:table-cell' },
      ]}
    >
      {hosts.map((host) => (
        <ResultRow
          key={host.ip}
          host={host}
          isExpanded={expanded.has(host.ip)}
          onToggle={() => onToggle(host.ip)}
        />
      ))}
    </DataTable>
  );
}

interface ResultRowProps {
  readonly host: ScanHost;
  readonly isExpanded: boolean;
  readonly onToggle: () => void;
}

function ResultRow({ host, isExpanded, onToggle }: ResultRowProps) {
  const detailId = useId();
  const evidence = evidenceText(host);
  const hasMore = host.other_ports.length > 0 || evidence !== '';
  return (
    <Fragment>
      <tr className={isExpanded ? `${ROW} border-b-0` : ROW}>
        <td className={`${CELL} sm:min-w-44`}>
          <div className="flex items-start gap-1">
            {hasMore ? (
              <button
                type="button"
                aria-label={`More of ${host.ip}`}
                aria-expanded={isExpanded}
                aria-controls={detailId}
                className={`-ml-1.5 rounded-md p-1 text-muted transition-transform hover:bg-sunken hover:text-ink ${isExpanded ? 'rotate-90' : ''}`}
                onClick={onToggle}
              >
                <ChevronIcon />
              </button>
            ) : (
              <span className="w-4.5 shrink-0" />
            )}
            <div className="min-w-0">
              <HostAddress ip={host.ip} hostId={host.host_id} className="font-medium" />
              {host.hostname !== null && <p className="text-xs break-all text-muted">{host.hostname}</p>}
              {host.os !== undefined && (
                <p className="text-xs text-muted">{host.os.name ?? host.os.family}</p>
              )}
            </div>
          </div>
        </td>
        <td className={`${CELL} ${NARROW_STATUS}`}>
          <HostStatusBadge status={host.status} />
          {host.reason !== null && <HostReason reason={host.reason} />}
        </td>
        <td className={WIDE_CELL}>
          <PortChips ports={host.ports} limit={isExpanded ? CHIPS_SHOWN_EXPANDED : CHIPS_SHOWN} />
          {evidence !== '' && <p className="mt-1 text-xs text-muted">{evidence}</p>}
        </td>
        <td className={`${WIDE_CELL} text-xs text-muted sm:hidden md:table-cell`}>
          {host.other_ports.map((count) => (
            <p
              key={stateCountText(count)}
              className="whitespace-nowrap"
              title={portReasonSentence(count.reason)}
            >
              {stateCountText(count)}
            </p>
          ))}
        </td>
      </tr>
      {isExpanded && (
        <tr id={detailId} className={ROW}>
          <td colSpan={4} className="max-sm:col-span-2 sm:px-5 sm:pb-4">
            <div className="flex flex-col gap-3">
              {host.other_ports.length > 0 && <OtherPorts host={host} />}
              {host.ssh_servers.length > 0 && <SshKeyTable servers={host.ssh_servers} />}
              {host.certificates.length > 0 && <CertificateTable certificates={host.certificates} />}
            </div>
          </td>
        </tr>
      )}
    </Fragment>
  );
}

function OtherPorts({ host }: { readonly host: ScanHost }) {
  return (
    <dl className="grid gap-x-6 gap-y-2 rounded-xl bg-sunken px-4 py-3 text-sm sm:grid-cols-[max-content_1fr]">
      {host.other_ports.map((count) => (
        <Fragment key={stateCountText(count)}>
          <dt title={portReasonSentence(count.reason)}>{stateCountText(count)}</dt>
          <dd className="max-h-32 overflow-y-auto font-mono text-xs leading-5 text-muted">
            {count.ports === undefined ? 'which ones: one moment…' : <PortList ports={count.ports} />}
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}
