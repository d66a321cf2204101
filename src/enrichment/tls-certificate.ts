import { constants, type X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, createSecureContext, type SecureContext } from 'node:tls';
import {
  type Certificate,
  certificateValue,
  MAX_CERTIFICATE_NAME_CHARACTERS,
} from '#domain/enrichment/certificate.js';
import { ENRICHER_PORTS } from '#domain/enrichment/enricher.js';
import { readAlternativeNames, storable } from '#enrichment/alternative-names.js';
import type { Enricher, Learnt, OpenConversation } from '#enrichment/enricher.js';

export const TLS_TIMEOUT_MS = 5_000;
/** OpenSSL takes chains of up to 100 KiB by itself. */
export const TLS_MAX_BYTES = 262_144;

/** The certificate a server shows who names no host. */
export const TLS_CERTIFICATE: Enricher = {
  name: 'tls',
  facts: ['tls_certificate'],
  // HTTPS and its usual other ports, then mail, DNS, FTP, telnet and LDAP inside TLS, and SIP, WinRM, MQTT and Kubernetes.
  ports: ENRICHER_PORTS.tls,
  // Connecting, the hello, what ends the handshake, and the farewell.
  packets: 4,
  timeoutMs: TLS_TIMEOUT_MS,
  maxBytes: TLS_MAX_BYTES,
  probe: readCertificate,
};

let shared: SecureContext | undefined;

/** Whatever a server has is spoken, however old: what is said is public, and nothing is trusted. */
function secureContext(): SecureContext {
  shared ??= createSecureContext({
    minVersion: 'TLSv1',
    ciphers: 'ALL:!aNULL:!eNULL:@SECLEVEL=0',
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
    ca: [],
  });
  return shared;
}

/** A handshake that is whole proves that the server holds the key of what it shows. */
async function readCertificate(open: OpenConversation): Promise<Learnt | undefined> {
  const conversation = await open();
  const closed = new AbortController();
  conversation.once('close', () => closed.abort());
  const socket = connect({ socket: conversation, secureContext: secureContext(), rejectUnauthorized: false });
  // It tells some errors when nobody waits any more, also after its connection is gone.
  socket.on('error', () => undefined);
  try {
    await once(socket, 'secureConnect', { signal: closed.signal });
    const shown = socket.getPeerX509Certificate();
    const reason = socket.getProtocol() ?? 'TLS';
    if (shown === undefined) return undefined;
    return { fact: 'tls_certificate', value: certificateValue(certificateOf(shown)), reason };
  } finally {
    await new Promise<void>((resolve) => {
      conversation.once('close', resolve);
      socket.end(() => resolve());
    });
  }
}

function certificateOf(shown: X509Certificate): Certificate {
  return {
    fingerprint: shown.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: nameOf(shown.subject),
    issuer: nameOf(shown.issuer),
    subjectCn: commonNameOf(shown.subject),
    issuerCn: commonNameOf(shown.issuer),
    ...readAlternativeNames(shown.subjectAltName),
    notBefore: timeOf(shown.validFrom),
    notAfter: timeOf(shown.validTo),
    serial: shown.serialNumber.toLowerCase().slice(0, MAX_CERTIFICATE_NAME_CHARACTERS),
    ...keyOf(shown),
  };
}

/** A certificate may be for a kind of key that OpenSSL does not know. */
function keyOf(shown: X509Certificate): Pick<Certificate, 'keyType' | 'keyBits'> {
  try {
    const { asymmetricKeyType = null, asymmetricKeyDetails: details } = shown.publicKey;
    return {
      keyType: asymmetricKeyType,
      keyBits: details?.modulusLength ?? bitsOfCurve(details?.namedCurve),
    };
  } catch {
    return { keyType: null, keyBits: null };
  }
}

/** Node gives a distinguished name a line for each part, in the order of the certificate. */
function nameOf(lines: string | undefined): string {
  return bounded((lines ?? '').split('\n').join(', '));
}

function commonNameOf(lines: string | undefined): string | null {
  const [, name] = /^CN=(.+)$/m.exec(lines ?? '') ?? [];
  return name === undefined ? null : bounded(name);
}

function bounded(text: string): string {
  return storable(text.slice(0, MAX_CERTIFICATE_NAME_CHARACTERS));
}

function timeOf(text: string): string | null {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

const CURVE_BITS: Readonly<Record<string, number>> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 };

function bitsOfCurve(curve: string | undefined): number | null {
  return curve === undefined ? null : (CURVE_BITS[curve] ?? null);
}
