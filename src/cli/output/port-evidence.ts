import { type Row, renderTable } from '#cli/output/table.js';
import { localTime } from '#cli/output/time.js';
import type { PortCertificate, PortEvidence, SshServer } from '#contract/port-evidence.js';
import { sshHostKeyText } from '#domain/ssh-host-key.js';

/** A line for each key and each certificate of a host; nothing where there is none. */
export function evidenceTables(
  { ssh_servers: servers, certificates }: PortEvidence,
  { colour, indent }: { readonly colour: boolean; readonly indent: number },
): string[] {
  return [
    renderTable(servers.flatMap(keyRows), {
      colour,
      indent,
      heads: ['PORT', 'SSH HOST KEY', 'SERVER', 'LAST SEEN'],
    }),
    renderTable(certificates.map(certificateRow), {
      colour,
      indent,
      heads: ['PORT', 'CERTIFICATE', 'ISSUER', 'EXPIRES', 'KEY', 'LAST SEEN'],
    }),
  ].filter((table) => table !== '');
}

function keyRows({ port, protocol, keys, banner, seen_at }: SshServer): Row[] {
  return keys.map((key) => [`${port}/${protocol}`, sshHostKeyText(key), banner ?? '-', localTime(seen_at)]);
}

function certificateRow(certificate: PortCertificate): Row {
  const { port, protocol, issuer_cn, issuer, not_after, seen_at } = certificate;
  return [
    `${port}/${protocol}`,
    certificateNameText(certificate),
    issuer_cn ?? (issuer === '' ? '-' : issuer),
    not_after === null ? '-' : not_after.slice(0, 10),
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
