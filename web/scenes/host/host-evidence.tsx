import type { ReactNode } from 'react';
import type { HostDetail } from '#contract/host.js';
import type { PortCertificate, SshServer } from '#contract/port-evidence.js';
import { expiryText } from '#domain/expiry.js';
import { Ago, useNow } from '../../components/now.tsx';
import { Panel } from '../../components/panel.tsx';
import { BODY, CELL, HEAD, HEAD_CELL, ROW, TABLE, TOP_LINE } from '../../components/table.ts';
import { formatExact } from '../../format/instant.ts';

/** The SSH host keys and TLS certificates that ports of the host showed; no panel where there are none. */
export function HostEvidence({ host }: { readonly host: HostDetail }) {
  const { ssh_servers: servers, certificates } = host;
  return (
    <>
      {servers.length > 0 && (
        <Panel title="SSH host keys" flush>
          <EvidenceTable heads={['Port', 'Key', 'Server', 'Last seen']}>
            {servers.flatMap((server) =>
              server.keys.map((key) => <KeyRow key={key.fingerprint} server={server} shown={key} />),
            )}
          </EvidenceTable>
        </Panel>
      )}
      {certificates.length > 0 && (
        <Panel title="TLS certificates" flush>
          <EvidenceTable heads={['Port', 'For', 'Issued by', 'Expires', 'Last seen']}>
            {certificates.map((certificate) => (
              <CertificateRow key={`${certificate.port}/${certificate.protocol}`} certificate={certificate} />
            ))}
          </EvidenceTable>
        </Panel>
      )}
    </>
  );
}

interface EvidenceTableProps {
  readonly heads: readonly string[];
  readonly children: ReactNode;
}

function EvidenceTable({ heads, children }: EvidenceTableProps) {
  return (
    <table className={TABLE}>
      <thead className={HEAD}>
        <tr>
          {heads.map((head) => (
            <th key={head} className={HEAD_CELL}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className={`${BODY} ${TOP_LINE}`}>{children}</tbody>
    </table>
  );
}

interface KeyRowProps {
  readonly server: SshServer;
  readonly shown: SshServer['keys'][number];
}

function KeyRow({ server, shown }: KeyRowProps) {
  const { port, protocol, banner, seen_at } = server;
  return (
    <tr className={ROW}>
      <td className={`${CELL} font-mono whitespace-nowrap`}>
        {port}/{protocol}
      </td>
      <td className={CELL}>
        {shown.algorithm} ({shown.bits} bits)
        <span className="block font-mono text-xs break-all text-muted">{shown.fingerprint}</span>
      </td>
      <td className={`${CELL} break-all`}>{banner ?? '–'}</td>
      <td className={`${CELL} text-muted`}>
        <Ago instant={seen_at} />
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
      <td className={`${CELL} font-mono whitespace-nowrap`}>
        {port}/{protocol}
      </td>
      <td className={CELL}>
        <span title={subject}>{subject_cn ?? names[0] ?? (subject === '' ? '–' : subject)}</span>
        {names.length > 0 && <span className="block text-xs break-all text-muted">{names.join(', ')}</span>}
        <span className="block font-mono text-xs break-all text-muted">SHA-256 {fingerprint}</span>
      </td>
      <td className={CELL} title={issuer}>
        {issuer_cn ?? (issuer === '' ? '–' : issuer)}
      </td>
      <td className={CELL}>
        {not_after === null ? '–' : formatExact(not_after)}
        {expiry !== undefined && <span className="block text-xs text-warn">{expiry}</span>}
      </td>
      <td className={`${CELL} text-muted`}>
        <Ago instant={certificate.seen_at} />
      </td>
    </tr>
  );
}
