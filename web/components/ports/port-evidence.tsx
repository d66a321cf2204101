import type { PortCertificate, PortEvidence, SshServer } from '#contract/scans/port-evidence.js';
import { expiryText } from '#domain/enrichment/expiry.js';
import { formatExact } from '../../format/instant.ts';
import { countOf } from '../../format/number.ts';
import { Ago, useNow } from '../feedback/now.tsx';
import { DataTable } from '../lists/data-table.tsx';
import { CELL, ROW, WIDE_CELL } from '../lists/table.ts';

/** The SSH host keys that ports of a host showed. */
export function SshKeyTable({ servers }: { readonly servers: readonly SshServer[] }) {
  return (
    <DataTable heads={['Port', 'Key', 'Server', 'Last seen']}>
      {servers.flatMap((server) =>
        server.keys.map((key) => (
          <KeyRow key={`${server.port} ${key.fingerprint}`} server={server} shown={key} />
        )),
      )}
    </DataTable>
  );
}

/** The TLS certificates that they showed. */
export function CertificateTable({ certificates }: { readonly certificates: readonly PortCertificate[] }) {
  return (
    <DataTable heads={['Port', 'For', 'Issued by', 'Expires', 'Last seen']}>
      {certificates.map((certificate) => (
        <CertificateRow key={`${certificate.port}/${certificate.protocol}`} certificate={certificate} />
      ))}
    </DataTable>
  );
}

/** Both in few words: `2 SSH host keys, 1 TLS certificate`; empty where there are none. */
export function evidenceText({ ssh_servers: servers, certificates }: PortEvidence): string {
  const keys = servers.reduce((sum, server) => sum + server.keys.length, 0);
  const parts = [
    ...(keys === 0 ? [] : [countOf(keys, 'SSH host key')]),
    ...(certificates.length === 0 ? [] : [countOf(certificates.length, 'TLS certificate')]),
  ];
  return parts.join(', ');
}

interface KeyRowProps {
  readonly server: SshServer;
  readonly shown: SshServer['keys'][number];
}

function KeyRow({ server, shown }: KeyRowProps) {
  const { port, protocol, banner, seen_at } = server;
  return (
    <tr className={ROW}>
      <td className={`${WIDE_CELL} font-mono whitespace-nowrap`}>
        {port}/{protocol}
      </td>
      <td className={WIDE_CELL}>
        {shown.algorithm} ({shown.bits} bits)
        <span className="block font-mono text-xs break-all text-muted">{shown.fingerprint}</span>
      </td>
      <td className={`${CELL} break-all`}>{banner ?? '–'}</td>
      <td className={`${CELL} text-muted max-sm:text-right`}>
        <Ago time={seen_at} />
      </td>
    </tr>
  );
}

function CertificateRow({ certificate }: { readonly certificate: PortCertificate }) {
  const { port, protocol, subject_cn, subject, names, issuer_cn, issuer, not_after, fingerprint } =
    certificate;
  const expiry = expiryText(not_after, useNow(false));
  return (
    <tr className={ROW}>
      <td className={`${WIDE_CELL} font-mono whitespace-nowrap`}>
        {port}/{protocol}
      </td>
      <td className={WIDE_CELL}>
        <span title={subject}>{subject_cn ?? names[0] ?? (subject === '' ? '–' : subject)}</span>
        {names.length > 0 && <span className="block text-xs break-all text-muted">{names.join(', ')}</span>}
        <span className="block font-mono text-xs break-all text-muted">SHA-256 {fingerprint}</span>
      </td>
      <td className={CELL} title={issuer}>
        <NarrowHead>issued by</NarrowHead>
        {issuer_cn ?? (issuer === '' ? '–' : issuer)}
      </td>
      <td className={WIDE_CELL}>
        <NarrowHead>expires</NarrowHead>
        {not_after === null ? '–' : formatExact(not_after)}
        {expiry !== undefined && <span className="block text-xs text-warn">{expiry}</span>}
      </td>
      <td className={`${CELL} text-muted max-sm:text-right`}>
        <Ago time={certificate.seen_at} />
      </td>
    </tr>
  );
}

/** The head of a cell where a narrow screen shows none. */
function NarrowHead({ children }: { readonly children: string }) {
  return <span className="text-muted sm:hidden">{children} </span>;
}
