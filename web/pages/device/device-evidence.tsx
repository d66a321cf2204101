import { Link } from '@tanstack/react-router';
import type { DeviceEvidence } from '#contract/devices/device.js';
import { EmptyState } from '../../components/feedback/notice.tsx';
import { Ago } from '../../components/feedback/now.tsx';
import { HostAddress } from '../../components/hosts/host-address.tsx';
import { DataTable } from '../../components/lists/data-table.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { CELL, ROW } from '../../components/lists/table.ts';

const KINDS: Readonly<Record<DeviceEvidence['kind'], string>> = {
  mac: 'MAC address',
  randomized_mac: 'Randomized MAC address',
  virtual_mac: 'Virtual-router MAC address',
  ssh_host_key: 'SSH host key',
  tls_certificate: 'TLS certificate',
  name: 'Name',
  generic_name: 'Name that many have',
};

/** What was seen, when, and by which scan: why the device is taken for what it is. */
export function DeviceEvidencePanel({ evidence }: { readonly evidence: readonly DeviceEvidence[] }) {
  return (
    <Panel title="Evidence" flush>
      {evidence.length === 0 && (
        <EmptyState title="Nothing was seen that identifies it">
          <p>A scan of its own network segment finds its MAC address.</p>
        </EmptyState>
      )}
      {evidence.length > 0 && (
        <DataTable heads={['Seen', { title: 'Value', className: 'w-full' }, 'At', 'First', 'Last']}>
          {evidence.map((line) => (
            <EvidenceRow key={`${line.host_id} ${line.kind} ${line.port} ${line.value}`} line={line} />
          ))}
        </DataTable>
      )}
    </Panel>
  );
}

function EvidenceRow({ line }: { readonly line: DeviceEvidence }) {
  return (
    <tr className={ROW}>
      <td className={CELL}>{KINDS[line.kind]}</td>
      <td className={`${CELL} font-mono text-xs break-all`}>{line.value}</td>
      <td className={`${CELL} whitespace-nowrap`}>
        <HostAddress ip={line.ip} hostId={line.host_id} />
        {line.port !== null && <span className="text-muted"> port {line.port}</span>}
      </td>
      <td className={`${CELL} whitespace-nowrap`}>
        <Seen time={line.first_seen} scan={line.first_scan_id} />
      </td>
      <td className={`${CELL} whitespace-nowrap`}>
        <Seen time={line.last_seen} scan={line.last_scan_id} />
      </td>
    </tr>
  );
}

function Seen({ time, scan }: { readonly time: string; readonly scan: string | null }) {
  return (
    <>
      <Ago time={time} />
      {scan === null ? (
        <span className="block text-xs text-muted">scan purged</span>
      ) : (
        <Link to="/scans/$id" params={{ id: scan }} className="block text-xs text-muted hover:text-accent">
          the scan that saw it
        </Link>
      )}
    </>
  );
}
