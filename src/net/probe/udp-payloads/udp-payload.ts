import { bytesOf, textBytes } from '#net/probe/udp-payloads/udp-payload-bytes.js';
import {
  DNS_VERSION,
  LLMNR_ANY,
  MDNS_SERVICES,
  NETBIOS_STATUS,
} from '#net/probe/udp-payloads/udp-payload-names.js';
import {
  CLDAP_ROOT,
  RPC_NFS_NULL,
  RPC_PORTMAP_NULL,
  SNMP_DESCRIPTION,
} from '#net/probe/udp-payloads/udp-payload-records.js';
import {
  DTLS_HELLO,
  IKE_INIT,
  IKE_INIT_BEHIND_NAT,
  OPENVPN_RESET,
  QUIC_GREASE,
} from '#net/probe/udp-payloads/udp-payload-secure.js';

/** NTP, RFC 5905 section 7.3: leap unknown, version 4, mode 3 (client), all else zero. */
const NTP_CLIENT = bytesOf('e3', 47);

/** TFTP, RFC 1350 section 5: read request for a file that is hardly there, so that the answer is an error. */
const TFTP_READ = bytesOf('0001', textBytes('scanorama'), '00', textBytes('octet'), '00');

/** SIP, RFC 3261 section 11: what do you support? `rport`, RFC 3581, brings the answer back to where it came from. */
const SIP_OPTIONS = textBytes(
  [
    'OPTIONS sip:scanorama@scanorama.invalid SIP/2.0',
    'Via: SIP/2.0/UDP scanorama.invalid;branch=z9hG4bKscanorama;rport',
    'Max-Forwards: 70',
    'From: <sip:scanorama@scanorama.invalid>;tag=scanorama',
    'To: <sip:scanorama@scanorama.invalid>',
    'Call-ID: scanorama@scanorama.invalid',
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n'),
);

/** SSDP, UPnP Device Architecture 2.0 section 1.3.2, sent to one address instead of the group: who is there? */
const SSDP_SEARCH = textBytes(
  [
    'M-SEARCH * HTTP/1.1',
    'HOST: 239.255.255.250:1900',
    'MAN: "ssdp:discover"',
    'MX: 1',
    'ST: ssdp:all',
    '',
    '',
  ].join('\r\n'),
);

/** memcached, its protocol.txt, "UDP protocol": request 1, datagram 0 of 1, reserved; then the command. */
const MEMCACHED_VERSION = bytesOf('0001 0000 0001 0000', textBytes('version\r\n'));

/** CoAP, RFC 7252 section 3 and RFC 6690: confirmable GET of `.well-known/core`. */
const COAP_RESOURCES = bytesOf('40 01 5363', 'bb', textBytes('.well-known'), '04', textBytes('core'));

/** STUN, RFC 8489 section 5: binding request without attributes. */
const STUN_BINDING = bytesOf('0001 0000 2112a442', textBytes('scanorama000'));

/** RIP, RFC 2453 section 3.9.1: request for the whole table. */
const RIP_REQUEST = bytesOf('01 02 0000', 16, '00000010');

/** RMCP, DMTF ASF 2.0 section 3.2.4.2: presence ping, which management controllers (IPMI) answer. */
const RMCP_PING = bytesOf('06 00 ff 06 000011be 80 00 00 00');

/** NAT-PMP, RFC 6886 section 3.2: which is your public address? Changes nothing. */
const NAT_PMP_ADDRESS = bytesOf('00 00');

/** SQL Server Resolution, MC-SQLR section 2.2.2: CLNT_UCAST_EX, which instances are there? */
const SQL_INSTANCES = bytesOf('03');

/** XDMCP, X.Org specification, "Query": version 1, no authentication names. */
const XDMCP_QUERY = bytesOf('0001 0002 0001 00');

/** Source engine servers, Valve's "Server queries": A2S_INFO. */
const STEAM_INFO = bytesOf('ffffffff 54', textBytes('Source Engine Query'), '00');

const PAYLOADS: ReadonlyMap<number, Uint8Array> = new Map([
  [53, DNS_VERSION],
  [69, TFTP_READ],
  [111, RPC_PORTMAP_NULL],
  [123, NTP_CLIENT],
  [137, NETBIOS_STATUS],
  [161, SNMP_DESCRIPTION],
  [177, XDMCP_QUERY],
  [389, CLDAP_ROOT],
  [443, QUIC_GREASE],
  [500, IKE_INIT],
  [520, RIP_REQUEST],
  [623, RMCP_PING],
  [1_194, OPENVPN_RESET],
  [1_434, SQL_INSTANCES],
  [1_900, SSDP_SEARCH],
  [2_049, RPC_NFS_NULL],
  [3_478, STUN_BINDING],
  [4_500, IKE_INIT_BEHIND_NAT],
  [5_060, SIP_OPTIONS],
  [5_351, NAT_PMP_ADDRESS],
  [5_353, MDNS_SERVICES],
  [5_355, LLMNR_ANY],
  [5_683, COAP_RESOURCES],
  [5_684, DTLS_HELLO],
  [11_211, MEMCACHED_VERSION],
  [27_015, STEAM_INFO],
]);

const NONE = new Uint8Array(0);

/**
 * What a UDP port is asked: a request that its usual service answers and that changes nothing there; empty for other
 * ports. The bytes are shared: they must not be changed.
 */
export function udpPayload(port: number): Uint8Array {
  return PAYLOADS.get(port) ?? NONE;
}
