import { type Row, renderTable } from '#cli/output/table.js';
import { localTime } from '#cli/output/time.js';
import type { PortCertificate, PortEvidence, SshServer } from '#contract/scans/port-evidence.js';
import { expiryText } from '#domain/enrichment/expiry.js';
import { sshHostKeyText } from '#domain/enrichment/ssh-host-key.js';

export interface EvidenceForm {
  readonly color: boolean;
  readonly indent: number;
  /** The time against which the expiry of certificates is shown. Absent for a past state. */
  readonly nowMs?: number | undefined;
}

/** A line for each key and each certificate of a host; nothing where there is none. */
export function evidenceTables(
  { ssh_servers: servers, certificates }: PortEvidence,
  { color, indent, nowMs }: EvidenceForm,
): string[] {
  return [
    renderTable(servers.flatMap(keyRows), {
      color,
      indent,
      heads: ['PORT', 'SSH HOST KEY', 'SERVER', 'LAST SEEN'],
    }),
    renderTable(
      certificates.map((certificate) => certificateRow(certificate, nowMs)),
      {
        color,
        indent,
        heads: ['PORT', 'CERTIFICATE', 'ISSUER', 'EXPIRES', 'KEY', 'LAST SEEN'],
      },
    ),
  ].filter((table) => table !== '');
}

function keyRows({ port, protocol, keys, banner, seen_at }: SshServer): Row[] {
  return keys.map((key) => [`${port}/${protocol}`, sshHostKeyText(key), banner ?? '-', localTime(seen_at)]);
}

function certificateRow(certificate: PortCertificate, nowMs: number | undefined): Row {
  const expiry = nowMs === undefined ? undefined : expiryText(certificate.not_after, nowMs);
  const { port, protocol, issuer_cn, issuer, not_after, seen_at } = certificate;
  return [
    `${port}/${protocol}`,
    certificateNameText(certificate),
    issuer_cn ?? (issuer === '' ? '-' : issuer),
    not_after === null ? '-' : `${not_after.slice(0, 10)}${expiry === undefined ? '' : ` (${expiry})`}`,
    keyText(certificate),
    localTime(seen_at),
  ];
}

function keyText({ key_type: type, key_bits: bits }: PortCertificate): string {
  return [type ?? '-', ...(bits === null ? [] : [bits])].join(' ');
}

/** What it is for: its common name, or else its first other name. */
export function certificateNameText({ subject_cn, names, subject }: PortCertificate): string {
  return subject_cn ?? names[0] ?? (subject === '' ? '-' : subject);
}
