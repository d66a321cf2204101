import type { PortEvidence } from '#contract/scans/port-evidence.js';
import { Panel } from '../../components/lists/panel.tsx';
import { CertificateTable, SshKeyTable } from '../../components/ports/port-evidence.tsx';

/** The SSH host keys and TLS certificates that ports of the host showed; no panel where there are none. */
export function HostEvidence({ ssh_servers: servers, certificates }: PortEvidence) {
  return (
    <>
      {servers.length > 0 && (
        <Panel title="SSH host keys" flush>
          <SshKeyTable servers={servers} />
        </Panel>
      )}
      {certificates.length > 0 && (
        <Panel title="TLS certificates" flush>
          <CertificateTable certificates={certificates} />
        </Panel>
      )}
    </>
  );
}
