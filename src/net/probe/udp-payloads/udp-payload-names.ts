import { bytesOf, textBytes } from '#net/probe/udp-payloads/udp-payload-bytes.js';

// What asks for names: DNS and its kin share one form of message, RFC 1035 section 4.1.

/** Identifier, flags, one question, nothing else. */
function header(id: string, flags: string): string {
  return `${id} ${flags} 0001 0000 0000 0000`;
}

/** Each label with its length before it, and the root at the end. */
function name(...labels: readonly string[]): Uint8Array {
  return bytesOf(...labels.flatMap((label) => [Uint8Array.of(label.length), textBytes(label)]), '00');
}

/** DNS, RFC 1035 and RFC 4892: TXT record (16) of `version.bind` in class CHAOS (3); no recursion is asked for. */
export const DNS_VERSION = bytesOf(header('5363', '0000'), name('version', 'bind'), '0010 0003');

/**
 * Multicast DNS, RFC 6762 sections 5.4 and 6.7, and RFC 6763 section 9: PTR records (12) of all kinds of services, class
 * IN (1) with the bit that asks for a unicast answer.
 */
export const MDNS_SERVICES = bytesOf(
  header('0000', '0000'),
  name('_services', '_dns-sd', '_udp', 'local'),
  '000c 8001',
);

/** LLMNR, RFC 4795 section 2.1: the ANY records (255) of a name that a host may have; class IN. */
export const LLMNR_ANY = bytesOf(header('5363', '0000'), name('localhost'), '00ff 0001');

/**
 * NetBIOS, RFC 1002 section 4.2.17: node status (33), class IN, of the name `*` that all nodes have: 16 bytes, `*` and zeros,
 * each written as two letters from `A` for its halves (RFC 1001 section 14.1).
 */
export const NETBIOS_STATUS = bytesOf(header('5363', '0000'), name(`CK${'A'.repeat(30)}`), '0021 0001');
