import type { HostPort } from '#contract/hosts/host.js';
import type { PortCertificate, SshServer } from '#contract/scans/port-evidence.js';
import { parseCertificate } from '#domain/enrichment/certificate.js';
import { parseSshHostKeys } from '#domain/enrichment/ssh-host-key.js';
import type { PortEvidenceView } from '#store/ports/port-evidence.js';

/** What the ports of one host showed. What cannot be read, as of a later version, is left out. */
export function presentPortEvidence(found: readonly PortEvidenceView[] = []): {
  ssh_servers: SshServer[];
  certificates: PortCertificate[];
} {
  const ofFact = (fact: PortEvidenceView['fact']) => found.filter((one) => one.fact === fact);
  return {
    ssh_servers: ofFact('ssh_host_key').flatMap(presentSshServer),
    certificates: ofFact('tls_certificate').flatMap(presentCertificate),
  };
}

type Reported = Pick<HostPort, 'port' | 'protocol' | 'service' | 'service_method' | 'tunnel'>;

/**
 * What keys and certificates of a host prove of its ports, for ports as they are told: who proved a host key speaks SSH, and
 * who showed a certificate speaks TLS. What was probed stays as it was found.
 */
export function provedBy(found: readonly PortEvidenceView[] = []) {
  const facts = new Set(found.map(({ fact, port, protocol }) => `${fact} ${port}/${protocol}`));
  return <Port extends Reported>(reported: Port): Port => {
    if (reported.service_method === 'probed') return reported;
    const at = `${reported.port}/${reported.protocol}`;
    if (facts.has(`ssh_host_key ${at}`)) return { ...reported, service: 'ssh', service_method: 'probed' };
    return facts.has(`tls_certificate ${at}`) ? { ...reported, tunnel: reported.tunnel ?? 'ssl' } : reported;
  };
}

function presentSshServer({ port, protocol, value, reason, observedAt }: PortEvidenceView): SshServer[] {
  const keys = parseSshHostKeys(value);
  if (keys === undefined) return [];
  return [
    {
      port,
      protocol,
      keys: keys.map(({ algorithm, fingerprint, bits }) => ({ algorithm, fingerprint, bits })),
      banner: reason,
      seen_at: observedAt.toISOString(),
    },
  ];
}

function presentCertificate({
  port,
  protocol,
  value,
  reason,
  observedAt,
}: PortEvidenceView): PortCertificate[] {
  const certificate = parseCertificate(value);
  if (certificate === undefined) return [];
  return [
    {
      port,
      protocol,
      fingerprint: certificate.fingerprint,
      subject: certificate.subject,
      subject_cn: certificate.subjectCn,
      issuer: certificate.issuer,
      issuer_cn: certificate.issuerCn,
      names: [...certificate.names],
      names_left_out: certificate.namesLeftOut,
      not_before: certificate.notBefore,
      not_after: certificate.notAfter,
      serial: certificate.serial,
      key_type: certificate.keyType,
      key_bits: certificate.keyBits,
      tls_version: reason,
      seen_at: observedAt.toISOString(),
    },
  ];
}
