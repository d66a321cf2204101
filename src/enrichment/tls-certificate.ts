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
import type { Enricher, EnricherResult, OpenConversation } from '#enrichment/enricher.js';

export const TLS_TIMEOUT_MS = 5_000;
/** OpenSSL itself accepts chains of up to 100 KiB. */
export const TLS_MAX_BYTES = 262_144;

/** Reads the certificate that a server presents without SNI. */
export const TLS_CERTIFICATE: Enricher = {
  name: 'tls',
  facts: ['tls_certificate'],
  // HTTPS and its usual other ports, then mail, DNS, FTP, telnet and LDAP inside TLS, and SIP, WinRM, MQTT and
  // Kubernetes.
  ports: ENRICHER_PORTS.tls,
  // The connect, the client hello, the end of the handshake, and the close.
  packets: 4,
  timeoutMs: TLS_TIMEOUT_MS,
  maxBytes: TLS_MAX_BYTES,
  probe: readCertificate,
};

let shared: SecureContext | undefined;

/** Accepts every protocol version and cipher, however old: the data read is public, and nothing is trusted. */
function secureContext(): SecureContext {
  shared ??= createSecureContext({
    minVersion: 'TLSv1',
    ciphers: 'ALL:!aNULL:!eNULL:@SECLEVEL=0',
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
    ca: [],
  });
  return shared;
}

/** A completed handshake proves that the server holds the key of its certificate. */
async function readCertificate(open: OpenConversation): Promise<EnricherResult | undefined> {
  const conversation = await open();
  const closed = new AbortController();
  conversation.once('close', () => closed.abort());
  const socket = connect({ socket: conversation, secureContext: secureContext(), rejectUnauthorized: false });
  // The socket may emit errors when nothing waits any more, even after its connection is closed.
  socket.on('error', () => undefined);
  try {
    await once(socket, 'secureConnect', { signal: closed.signal });
    const presented = socket.getPeerX509Certificate();
    const reason = socket.getProtocol() ?? 'TLS';
    if (presented === undefined) return undefined;
    return { fact: 'tls_certificate', value: certificateValue(certificateOf(presented)), reason };
  } finally {
    await new Promise<void>((resolve) => {
      conversation.once('close', resolve);
      socket.end(() => resolve());
    });
  }
}

function certificateOf(presented: X509Certificate): Certificate {
  return {
    fingerprint: presented.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: nameOf(presented.subject),
    issuer: nameOf(presented.issuer),
    subjectCn: commonNameOf(presented.subject),
    issuerCn: commonNameOf(presented.issuer),
    ...readAlternativeNames(presented.subjectAltName),
    notBefore: timeOf(presented.validFrom),
    notAfter: timeOf(presented.validTo),
    serial: presented.serialNumber.toLowerCase().slice(0, MAX_CERTIFICATE_NAME_CHARACTERS),
    ...keyOf(presented),
  };
}

/** A certificate may have a key type that OpenSSL does not know. */
function keyOf(presented: X509Certificate): Pick<Certificate, 'keyType' | 'keyBits'> {
  try {
    const { asymmetricKeyType = null, asymmetricKeyDetails: details } = presented.publicKey;
    return {
      keyType: asymmetricKeyType,
      keyBits: details?.modulusLength ?? bitsOfCurve(details?.namedCurve),
    };
  } catch {
    return { keyType: null, keyBits: null };
  }
}

/** Node puts each part of a distinguished name on a line of its own, in the order of the certificate. */
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
