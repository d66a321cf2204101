import type { Address } from '#domain/addresses/address.js';
import { addressBytes, readIpv4Address, viewOf } from '#net/packet/bytes.js';
import { ETHERTYPE } from '#net/packet/ethernet.js';
import { type MacAddress, macBytes, readMac } from '#net/packet/mac-address.js';
import { type Decoded, PacketError } from '#net/packet/packet-error.js';

const ETHERNET_HARDWARE = 1;
const ARP_BYTES = 28;
const OPERATIONS = ['request', 'reply'] as const;

/** ARP for IPv4 over Ethernet, the only kind there is any more. */
export interface ArpPacket {
  readonly operation: (typeof OPERATIONS)[number];
  readonly senderMac: MacAddress;
  readonly senderAddress: Address;
  readonly targetMac: MacAddress;
  readonly targetAddress: Address;
}

export function decodeArp(bytes: Uint8Array): Decoded<ArpPacket> {
  if (bytes.length < ARP_BYTES) return new PacketError('truncated', bytes.length);
  const view = viewOf(bytes);
  if (view.getUint16(0) !== ETHERNET_HARDWARE) return new PacketError('unsupported', 0);
  if (view.getUint16(2) !== ETHERTYPE.ipv4) return new PacketError('unsupported', 2);
  if (bytes[4] !== 6) return new PacketError('bad-length', 4);
  if (bytes[5] !== 4) return new PacketError('bad-length', 5);
  const operation = OPERATIONS[view.getUint16(6) - 1];
  if (operation === undefined) return new PacketError('unsupported', 6);
  return {
    operation,
    senderMac: readMac(bytes, 8),
    senderAddress: readIpv4Address(view, 14),
    targetMac: readMac(bytes, 18),
    targetAddress: readIpv4Address(view, 24),
  };
}

/** Throws RangeError for a MAC address that is none. */
export function encodeArp(packet: ArpPacket): Uint8Array {
  const bytes = new Uint8Array(ARP_BYTES);
  const view = viewOf(bytes);
  view.setUint16(0, ETHERNET_HARDWARE);
  view.setUint16(2, ETHERTYPE.ipv4);
  bytes.set([6, 4], 4);
  view.setUint16(6, OPERATIONS.indexOf(packet.operation) + 1);
  bytes.set(macBytes(packet.senderMac), 8);
  bytes.set(addressBytes(packet.senderAddress), 14);
  bytes.set(macBytes(packet.targetMac), 18);
  bytes.set(addressBytes(packet.targetAddress), 24);
  return bytes;
}
