import { bytesOf, textBytes } from '#net/probe/udp-payloads/udp-payload-bytes.js';

// Requests made of tagged or counted records: BER (SNMP, LDAP) and XDR (RPC).

/** BER, X.690: tag, length up to 127, contents. */
function ber(tag: string, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return bytesOf(tag, Uint8Array.of(length), ...contents);
}

const INTEGER = '02';
const ENUMERATED = '0a';
const OCTETS = '04';
const SEQUENCE = '30';

/**
 * SNMP version 1, RFC 1157 section 4.1.2, which agents of version 2c understand too: GetRequest of sysDescr.0
 * (1.3.6.1.2.1.1.1.0, RFC 3418) with the community `public`.
 */
export const SNMP_DESCRIPTION = ber(
  SEQUENCE,
  ber(INTEGER, bytesOf('00')),
  ber(OCTETS, textBytes('public')),
  ber(
    'a0',
    ber(INTEGER, bytesOf('5363')),
    ber(INTEGER, bytesOf('00')),
    ber(INTEGER, bytesOf('00')),
    ber(SEQUENCE, ber(SEQUENCE, ber('06', bytesOf('2b 06 01 02 01 01 01 00')), bytesOf('05 00'))),
  ),
);

/**
 * Connection-less LDAP, RFC 4511 section 4.5.1 in one datagram: a search of the root entry alone, never following aliases,
 * one result and one second at most, filter `(objectClass=*)`, for one attribute.
 */
export const CLDAP_ROOT = ber(
  SEQUENCE,
  ber(INTEGER, bytesOf('01')),
  ber(
    '63',
    ber(OCTETS),
    ber(ENUMERATED, bytesOf('00')),
    ber(ENUMERATED, bytesOf('00')),
    ber(INTEGER, bytesOf('01')),
    ber(INTEGER, bytesOf('01')),
    ber('01', bytesOf('00')),
    ber('87', textBytes('objectClass')),
    ber(SEQUENCE, ber(OCTETS, textBytes('supportedLDAPVersion'))),
  ),
);

/** ONC RPC version 2, RFC 5531 section 9: call (0) of procedure 0, which does nothing; no credentials, no verifier. */
function nullCall(program: string, version: string): Uint8Array {
  return bytesOf('53636e00 00000000 00000002', program, version, 4, 8, 8);
}

/** The port mapper, RFC 1833: program 100,000, version 2. */
export const RPC_PORTMAP_NULL = nullCall('000186a0', '00000002');
/** NFS, RFC 1813: program 100,003, version 3. */
export const RPC_NFS_NULL = nullCall('000186a3', '00000003');
