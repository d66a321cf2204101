import { type Address, parseAddress } from '#domain/addresses/address.js';
import { encodeArp } from '#net/packet/arp.js';
import { ETHERTYPE, encodeEthernet } from '#net/packet/ethernet.js';
import { encodeIcmp, type IcmpMessage } from '#net/packet/icmp.js';
import { encodeIcmpv6, type Icmpv6Message } from '#net/packet/icmpv6.js';
import { encodeIpv4, type Ipv4Packet } from '#net/packet/ip/ipv4.js';
import { encodeIpv6, type Ipv6Packet } from '#net/packet/ip/ipv6.js';
import { IP_PROTOCOL } from '#net/packet/ip-protocol.js';
import { encodeTcp, TCP_FLAG } from '#net/packet/tcp/tcp.js';
import { encodeTcpOptions, type TcpOption } from '#net/packet/tcp/tcp-options.js';
import { encodeUdp } from '#net/packet/udp.js';

const MAC_A = '02:00:00:00:00:0a';
const MAC_B = '02:00:00:00:00:0b';
const A4 = address('198.18.0.1');
const B4 = address('198.18.0.2');
const A6 = address('fd00::1');
const B6 = address('fd00::2');
const V4 = { source: A4, destination: B4 };
const V6 = { source: A6, destination: B6 };
const TEXT = new TextEncoder().encode('what a host might send');

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new RangeError(`not an address: ${text}`);
  return parsed;
}

function inEthernet(etherType: number, payload: Uint8Array, vlan?: number): Uint8Array {
  const tag = vlan === undefined ? {} : { vlan };
  return encodeEthernet({ destination: MAC_B, source: MAC_A, etherType, payload, ...tag });
}

function v4(protocol: number, payload: Uint8Array, rest: Partial<Ipv4Packet> = {}): Uint8Array {
  const packet = {
    ...V4,
    protocol,
    payload,
    ttl: 64,
    trafficClass: 0,
    identification: 7,
    dontFragment: true,
    moreFragments: false,
    fragmentOffset: 0,
    options: new Uint8Array(),
    ...rest,
  };
  return encodeIpv4(packet);
}

function v6(protocol: number, payload: Uint8Array, extensions: Ipv6Packet['extensions'] = []): Uint8Array {
  return encodeIpv6({ ...V6, protocol, payload, hopLimit: 64, trafficClass: 0, flowLabel: 9, extensions });
}

const OPTIONS: readonly TcpOption[] = [
  { kind: 'mss', bytes: 1_460 },
  { kind: 'sack-permitted' },
  { kind: 'timestamps', value: 1, echo: 2 },
  { kind: 'window-scale', shift: 7 },
];

function segment(flags: number, options: readonly TcpOption[], payload = new Uint8Array()) {
  return {
    sourcePort: 40_000,
    destinationPort: 443,
    sequence: 0x0102_0304,
    acknowledgement: 0x0506_0708,
    flags,
    window: 64_240,
    urgentPointer: 0,
    options: encodeTcpOptions(options),
    payload,
  };
}

const SYN = segment(TCP_FLAG.syn, OPTIONS);
const SACK = segment(
  TCP_FLAG.ack,
  [
    {
      kind: 'sack',
      blocks: [
        { left: 1, right: 2 },
        { left: 3, right: 4 },
      ],
    },
  ],
  TEXT,
);
const DATAGRAM = { sourcePort: 40_000, destinationPort: 53, payload: TEXT };
const SYN4 = v4(IP_PROTOCOL.tcp, encodeTcp(SYN, V4));
const SYN6 = v6(IP_PROTOCOL.tcp, encodeTcp(SYN, V6));

const ICMP: readonly IcmpMessage[] = [
  { kind: 'echo-request', identifier: 1, sequence: 2, data: TEXT },
  { kind: 'echo-reply', identifier: 1, sequence: 2, data: TEXT },
  { kind: 'timestamp-reply', identifier: 1, sequence: 2, originateMs: 3, receiveMs: 4, transmitMs: 5 },
  { kind: 'unreachable', what: 'port', mtuBytes: 0, quote: v4(IP_PROTOCOL.udp, encodeUdp(DATAGRAM, V4)) },
  { kind: 'unreachable', what: 'fragmentation-needed', mtuBytes: 1_400, quote: SYN4.subarray(0, 28) },
  { kind: 'time-exceeded', isReassembly: false, quote: SYN4.subarray(0, 28) },
  { kind: 'other', type: 5, code: 1, rest: TEXT },
];

const ICMPV6: readonly Icmpv6Message[] = [
  { kind: 'echo-request', identifier: 1, sequence: 2, data: TEXT },
  { kind: 'neighbor-solicitation', target: B6, sourceMac: MAC_A },
  {
    kind: 'neighbor-advertisement',
    target: A6,
    isRouter: true,
    isSolicited: true,
    isOverride: false,
    targetMac: MAC_B,
  },
  { kind: 'unreachable', what: 'port', quote: SYN6 },
  { kind: 'time-exceeded', isReassembly: true, quote: SYN6.subarray(0, 48) },
];

const EXTENSIONS: Ipv6Packet['extensions'] = [
  { header: 0, bytes: Uint8Array.of(0, 0, 1, 4, 0, 0, 0, 0) },
  { header: 43, bytes: Uint8Array.of(0, 2, 4, 0, ...new Uint8Array(20)) },
  { header: 44, bytes: Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 9) },
  { header: 51, bytes: Uint8Array.of(0, 4, ...new Uint8Array(22)) },
  { header: 60, bytes: Uint8Array.of(0, 0, 1, 4, 0, 0, 0, 0) },
];

/** One frame of every kind that the decoders distinguish. */
export const FRAME_CORPUS: readonly Uint8Array[] = [
  inEthernet(
    ETHERTYPE.arp,
    encodeArp({
      operation: 'request',
      senderMac: MAC_A,
      senderAddress: A4,
      targetMac: MAC_B,
      targetAddress: B4,
    }),
  ),
  inEthernet(ETHERTYPE.ipv4, SYN4, 42),
  inEthernet(
    ETHERTYPE.ipv4,
    v4(IP_PROTOCOL.tcp, encodeTcp(SACK, V4), { options: Uint8Array.of(148, 4, 0, 0) }),
  ),
  inEthernet(ETHERTYPE.ipv4, v4(IP_PROTOCOL.udp, encodeUdp(DATAGRAM, V4))),
  inEthernet(ETHERTYPE.ipv4, v4(IP_PROTOCOL.udp, TEXT, { fragmentOffset: 64, moreFragments: true })),
  inEthernet(ETHERTYPE.ipv4, v4(47, TEXT)),
  ...ICMP.map((message) => inEthernet(ETHERTYPE.ipv4, v4(IP_PROTOCOL.icmp, encodeIcmp(message)))),
  inEthernet(ETHERTYPE.ipv6, SYN6),
  inEthernet(ETHERTYPE.ipv6, v6(IP_PROTOCOL.udp, encodeUdp(DATAGRAM, V6), EXTENSIONS)),
  ...ICMPV6.map((message) => inEthernet(ETHERTYPE.ipv6, v6(IP_PROTOCOL.icmpv6, encodeIcmpv6(message, V6)))),
  inEthernet(0x88cc, TEXT),
];
