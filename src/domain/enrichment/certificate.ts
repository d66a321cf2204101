import { parseJsonObject } from '#domain/text/json-object.js';

/** Characters of a name in a certificate that are kept. */
export const MAX_CERTIFICATE_NAME_CHARACTERS = 512;
/** Names a certificate is for that are kept; shared hosts have hundreds. */
export const MAX_CERTIFICATE_NAMES = 100;

/** What a TLS server showed itself with, as far as it is kept: everything a list of what expires needs. */
export interface Certificate {
  /** SHA-256 over the whole of it, 64 hex digits. */
  readonly fingerprint: string;
  /** Distinguished names, one line: `C=DE, O=Example, CN=www`. */
  readonly subject: string;
  readonly issuer: string;
  /** Null where the name has none. */
  readonly subjectCn: string | null;
  readonly issuerCn: string | null;
  /** Subject alternative names, each with its kind: `DNS:www.example`. */
  readonly names: readonly string[];
  /** How many names more it has. */
  readonly namesLeftOut: number;
  /** Instants in ISO 8601, UTC; null where it says nothing that can be read. */
  readonly notBefore: string | null;
  readonly notAfter: string | null;
  /** Hex digits. */
  readonly serial: string;
  /** `rsa`, `ec`, `ed25519` and the like; null for a kind that is not known. */
  readonly keyType: string | null;
  readonly keyBits: number | null;
}

/** Canonical text of a certificate: the same certificate gives the same text. */
export function certificateValue(certificate: Certificate): string {
  return JSON.stringify({
    fingerprint: certificate.fingerprint,
    subject: certificate.subject,
    issuer: certificate.issuer,
    subjectCn: certificate.subjectCn,
    issuerCn: certificate.issuerCn,
    names: certificate.names,
    namesLeftOut: certificate.namesLeftOut,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    serial: certificate.serial,
    keyType: certificate.keyType,
    keyBits: certificate.keyBits,
  });
}

/** Inverse of `certificateValue`; undefined for any other text. */
export function parseCertificate(value: string): Certificate | undefined {
  const members = parseJsonObject(value);
  const fingerprint = members?.get('fingerprint');
  if (members === undefined || typeof fingerprint !== 'string') return undefined;
  const textOrNull = (key: string): string | null => {
    const text = members.get(key);
    return typeof text === 'string' ? text : null;
  };
  const numberOrNull = (key: string): number | null => {
    const number = members.get(key);
    return typeof number === 'number' ? number : null;
  };
  const names = members.get('names');
  return {
    fingerprint,
    subject: textOrNull('subject') ?? '',
    issuer: textOrNull('issuer') ?? '',
    subjectCn: textOrNull('subjectCn'),
    issuerCn: textOrNull('issuerCn'),
    names: Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [],
    namesLeftOut: numberOrNull('namesLeftOut') ?? 0,
    notBefore: textOrNull('notBefore'),
    notAfter: textOrNull('notAfter'),
    serial: textOrNull('serial') ?? '',
    keyType: textOrNull('keyType'),
    keyBits: numberOrNull('keyBits'),
  };
}

type CertificateNaming = Pick<Certificate, 'fingerprint' | 'subject' | 'subjectCn' | 'names' | 'notAfter'>;

/** A certificate as a person reads it, in one line. */
export function certificateText(certificate: CertificateNaming): string {
  const { fingerprint, notAfter } = certificate;
  const expiry = notAfter === null ? 'no expiry' : `expires ${notAfter.slice(0, 10)}`;
  return `${certificateName(certificate)}, ${expiry}, SHA-256 ${fingerprint.slice(0, 16)}…`;
}

/** What a certificate is called: its common name, else its first other name, else its subject. */
export function certificateName({
  subjectCn,
  names,
  subject,
}: Pick<Certificate, 'subject' | 'subjectCn' | 'names'>): string {
  return subjectCn ?? names[0] ?? (subject === '' ? 'no name' : subject);
}
