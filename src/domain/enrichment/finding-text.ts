import { certificateText, parseCertificate } from '#domain/enrichment/certificate.js';
import { parseService, serviceText } from '#domain/enrichment/finding.js';
import { parseSshHostKeys, sshHostKeysText } from '#domain/enrichment/ssh-host-key.js';

/** Facts whose values are kept as JSON, and how a person reads them. */
const READERS: ReadonlyMap<string, (value: string) => string | undefined> = new Map([
  ['service', (value) => read(parseService(value), serviceText)],
  ['ssh_host_key', (value) => read(parseSshHostKeys(value), sshHostKeysText)],
  ['tls_certificate', (value) => read(parseCertificate(value), certificateText)],
]);

/** A stored value of a fact as one line of text; what cannot be read is shown as it is. */
export function findingText(fact: string, value: string | null): string | null {
  if (value === null) return null;
  return READERS.get(fact)?.(value) ?? value;
}

/** How a fact became known, as a person reads it: of a certificate that is the version it was read over, not all the server speaks. */
export function findingReasonText(fact: string, reason: string | null): string | null {
  return fact === 'tls_certificate' && reason !== null ? `read over ${reason}` : reason;
}

function read<Read>(parsed: Read | undefined, text: (parsed: Read) => string): string | undefined {
  return parsed === undefined ? undefined : text(parsed);
}
