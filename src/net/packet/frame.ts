import { type ArpPacket, decodeArp } from '#net/packet/arp.js';
import { decodeEthernet, ETHERTYPE, type EthernetFrame } from '#net/packet/ethernet.js';
import { decodeIcmp, type IcmpMessage } from '#net/packet/icmp.js';
import { decodeIcmpv6, type Icmpv6Message } from '#net/packet/icmpv6.js';
import { decodeIpv4, type Ipv4Packet, isLaterFragment } from '#net/packet/ip/ipv4.js';
import { decodeIpv6, fragmentOf, type Ipv6Packet } from '#net/packet/ip/ipv6.js';
import { IP_PROTOCOL } from '#net/packet/ip-protocol.js';
import { type Decoded, isPacketError, PacketError } from '#net/packet/packet-error.js';
import { decodeTcp, type TcpSegment } from '#net/packet/tcp/tcp.js';
import { decodeUdp, type UdpDatagram } from '#net/packet/udp.js';

export type Transport =
  | { readonly kind: 'tcp'; readonly tcp: TcpSegment }
  | { readonly kind: 'udp'; readonly udp: UdpDatagram }
  | { readonly kind: 'icmp'; readonly icmp: IcmpMessage }
  | { readonly kind: 'icmpv6'; readonly icmpv6: Icmpv6Message }
  /** A later fragment, or a protocol that is not read here: the payload of the packet is all there is. */
  | { readonly kind: 'opaque' };

export type Network =
  | { readonly kind: 'arp'; readonly arp: ArpPacket }
  | { readonly kind: 'ipv4'; readonly ipv4: Ipv4Packet; readonly transport: Transport }
  | { readonly kind: 'ipv6'; readonly ipv6: Ipv6Packet; readonly transport: Transport }
  | { readonly kind: 'opaque' };

export interface Frame {
  readonly ethernet: EthernetFrame;
  readonly network: Network;
}

/** An Ethernet frame and all that is in it. An error's offset counts from the start of the frame. */
export function decodeFrame(bytes: Uint8Array): Decoded<Frame> {
  const ethernet = decodeEthernet(bytes);
  if (isPacketError(ethernet)) return ethernet;
  const network = decodeNetwork(ethernet);
  if (isPacketError(network)) return shifted(network, bytes.length - ethernet.payload.length);
  return { ethernet, network };
}

function decodeNetwork({ etherType, payload }: EthernetFrame): Decoded<Network> {
  switch (etherType) {
    case ETHERTYPE.arp: {
      const arp = decodeArp(payload);
      return isPacketError(arp) ? arp : { kind: 'arp', arp };
    }
    case ETHERTYPE.ipv4: {
      const ipv4 = decodeIpv4(payload);
      if (isPacketError(ipv4)) return ipv4;
      const transport = decodeTransport(ipv4, isLaterFragment(ipv4));
      if (isPacketError(transport)) return shifted(transport, offsetIn(payload, ipv4.payload));
      return { kind: 'ipv4', ipv4, transport };
    }
    case ETHERTYPE.ipv6: {
      const ipv6 = decodeIpv6(payload);
      if (isPacketError(ipv6)) return ipv6;
      const transport = decodeTransport(ipv6, (fragmentOf(ipv6)?.offset ?? 0) > 0);
      if (isPacketError(transport)) return shifted(transport, offsetIn(payload, ipv6.payload));
      return { kind: 'ipv6', ipv6, transport };
    }
    default:
      return { kind: 'opaque' };
  }
}

function decodeTransport(packet: Ipv4Packet | Ipv6Packet, isLater: boolean): Decoded<Transport> {
  if (isLater) return { kind: 'opaque' };
  switch (packet.protocol) {
    case IP_PROTOCOL.tcp: {
      const tcp = decodeTcp(packet.payload);
      return isPacketError(tcp) ? tcp : { kind: 'tcp', tcp };
    }
    case IP_PROTOCOL.udp: {
      const udp = decodeUdp(packet.payload);
      return isPacketError(udp) ? udp : { kind: 'udp', udp };
    }
    case IP_PROTOCOL.icmp: {
      const icmp = decodeIcmp(packet.payload);
      return isPacketError(icmp) ? icmp : { kind: 'icmp', icmp };
    }
    case IP_PROTOCOL.icmpv6: {
      const icmpv6 = decodeIcmpv6(packet.payload);
      return isPacketError(icmpv6) ? icmpv6 : { kind: 'icmpv6', icmpv6 };
    }
    default:
      return { kind: 'opaque' };
  }
}

function offsetIn(outer: Uint8Array, inner: Uint8Array): number {
  return inner.byteOffset - outer.byteOffset;
}

function shifted({ code, offset }: PacketError, by: number): PacketError {
  return new PacketError(code, offset + by);
}
