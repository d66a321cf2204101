import type { HostDetail } from '#contract/host.js';
import type { PortCertificate, SshServer } from '#contract/port-evidence.js';
import { DataTable } from '../../components/data-table.tsx';
import { Ago } from '../../components/now.tsx';
import { Panel } from '../../components/panel.tsx';
import { CELL, ROW } from '../../components/table.ts';
import { formatExact } from '../../format/instant.ts';

/** The SSH host keys and TLS certificates that ports of the host showed; no panel where there are none. */
export function HostEvidence({ host }: { readonly host: HostDetail }) {
  const { ssh_servers: servers, certificates } = host;
  return (
    <>
      {servers.length > 0 && (
        <Panel title="SSH host keys" flush>
          <DataTable heads={['Port', 'Key', 'Server', 'Last seen']}>
            {servers.flatMap((server) =>
              server.keys.map((key) => <KeyRow key={key.fingerprint} server={server} shown={key} />),
            )}
          </DataTable>
        </Panel>
      )}
      {certificates.length > 0 && (
        <Panel title="TLS certificates" flush>
          <DataTable heads={['Port', 'For', 'Issued by', 'Expires', 'Last seen']}>
            {certificates.map((certificate) => (
              <CertificateRow key={`${certificate.port}/${certificate.protocol}`} certificate={certificate} />
            ))}
          </DataTable>
        </Panel>
      )}
    </>
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
      <td className={CELL}>{not_after === null ? '–' : formatExact(not_after)}</td>
      <td className={`${CELL} text-muted`}>
        <Ago instant={certificate.seen_at} />
      </td>
    </tr>
  );
}
