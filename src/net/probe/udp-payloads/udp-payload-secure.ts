import { bytesOf, textBytes } from '#net/probe/udp-payloads/udp-payload-bytes.js';

// First messages of protected protocols. Nothing follows them, so their randomness is fixed: it protects nobody.

const RANDOM_32 = textBytes('scanorama scanorama scanorama 00');
const RANDOM_8 = textBytes('scanoram');

/**
 * The base point of the curve P-256 (SEC 2, section 2.4.2): a public value that every responder takes for a valid one.
 */
const P256_BASE_POINT = bytesOf(
  '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296',
  '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
);

/** AES-CBC with 256 bits, HMAC-SHA-256 to derive and to protect, group 19: RFC 7296 section 3.3.2. */
const IKE_TRANSFORMS = bytesOf(
  '03 00 000c 01 00 000c 800e0100',
  '03 00 0008 02 00 0005',
  '03 00 0008 03 00 000c',
  '00 00 0008 04 00 0013',
);
const IKE_PAYLOADS = bytesOf(
  // Security association, then one proposal: number 1, for IKE, no SPI, four transforms.
  '22 00 0030 00 00 002c 01 01 00 04',
  IKE_TRANSFORMS,
  // Key exchange of group 19.
  '28 00 0048 0013 0000',
  P256_BASE_POINT,
  // Nonce.
  '00 00 0024',
  RANDOM_32,
);

/** IKE version 2, RFC 7296 section 1.2: IKE_SA_INIT (34) of an initiator, message 0. */
export const IKE_INIT = bytesOf(RANDOM_8, 8, '21 20 22 08 00000000 000000b8', IKE_PAYLOADS);

/** The same on the port for peers behind NAT: four zeros before, RFC 3948 section 2.2. */
export const IKE_INIT_BEHIND_NAT = bytesOf(4, IKE_INIT);

/** Smaller datagrams are not answered, so that nobody is flooded by the answers: RFC 9000 section 14.1. */
const MIN_QUIC_BYTES = 1_200;
const QUIC_HEADER = bytesOf('c0 1a2a3a4a 08', RANDOM_8, '00');

/**
 * QUIC, RFC 9000 sections 6 and 15: a long header of a version kept free so that servers answer which they speak
 * instead; nothing is begun.
 */
export const QUIC_GREASE = bytesOf(QUIC_HEADER, MIN_QUIC_BYTES - QUIC_HEADER.byteLength);

/** Client hello: DTLS 1.2, random, no session, no cookie, four suites, no compression, groups and signatures. */
const DTLS_HELLO_BODY = bytesOf(
  'fefd',
  RANDOM_32,
  '00 00 0008 c02b c02f c0a8 c0ae 01 00',
  '0012 000a 0004 0002 0017 000d 0006 0004 0403 0401',
);

/** DTLS 1.2, RFC 6347 section 4.2: a handshake record of DTLS 1.0 with a client hello; the answer asks for a cookie. */
export const DTLS_HELLO = bytesOf(
  '16 feff 0000 000000000000 0050',
  '01 000044 0000 000000 000044',
  DTLS_HELLO_BODY,
);

/** OpenVPN, its "network protocol" document: P_CONTROL_HARD_RESET_CLIENT_V2 (7), key 0, session, no acks, packet 0. */
export const OPENVPN_RESET = bytesOf('38', RANDOM_8, '00 00000000');
