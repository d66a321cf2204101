import { concatBytes, viewOf } from '#net/packet/bytes.js';
import { type MacAddress, macBytes, readMac } from '#net/packet/mac-address.js';
import { type Decoded, PacketError } from '#net/packet/packet-error.js';

export const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806, vlan: 0x8100, ipv6: 0x86dd } as const;

const HEADER_BYTES = 14;
const TAG_BYTES = 4;

export interface EthernetFrame {
  readonly destination: MacAddress;
  readonly source: MacAddress;
  /** What the payload is, behind a VLAN tag too; values up to 1,500 are a length, and the payload is LLC. */
  readonly etherType: number;
  /** VLAN identifier, 0–4095; absent in an untagged frame. */
  readonly vlan?: number;
  /** With whatever padding the frame has: the layer above knows its own length. */
  readonly payload: Uint8Array;
}

export function decodeEthernet(bytes: Uint8Array): Decoded<EthernetFrame> {
  if (bytes.length < HEADER_BYTES) return new PacketError('truncated', bytes.length);
  const view = viewOf(bytes);
  const ends = { destination: readMac(bytes, 0), source: readMac(bytes, 6) };
  const etherType = view.getUint16(12);
  if (etherType !== ETHERTYPE.vlan) return { ...ends, etherType, payload: bytes.subarray(HEADER_BYTES) };
  if (bytes.length < HEADER_BYTES + TAG_BYTES) return new PacketError('truncated', bytes.length);
  return {
    ...ends,
    vlan: view.getUint16(14) & 0xfff,
    etherType: view.getUint16(16),
    payload: bytes.subarray(HEADER_BYTES + TAG_BYTES),
  };
}

/** Throws RangeError for a MAC address that is none. */
export function encodeEthernet(frame: EthernetFrame): Uint8Array {
  const tag =
    frame.vlan === undefined
      ? []
      : [ETHERTYPE.vlan >> 8, ETHERTYPE.vlan & 0xff, frame.vlan >> 8, frame.vlan & 0xff];
  return concatBytes([
    macBytes(frame.destination),
    macBytes(frame.source),
    Uint8Array.of(...tag, frame.etherType >> 8, frame.etherType & 0xff),
    frame.payload,
  ]);
}
