import type { Address } from '#domain/addresses/address.js';
import { addressOfBytes, bytesOfAddress } from '#domain/addresses/address-bytes.js';
import { checksum, sumOf, swap16, textsOf } from '#scan/raw-engine/byte-order.js';

export const NEIGHBOR_FRAME_BYTES = 96;

const ETHERNET_BYTES = 14;
const ARP_BYTES = 28;
const IPV6_BYTES = 40;
const SOLICITATION_BYTES = 32;
const ICMP6 = 58;
const SOLICITATION = 135;
const ADVERTISEMENT = 136;
const TARGET_HARDWARE = 2;

/** Who asks. */
export interface Sender {
  readonly hardware: Uint8Array;
  readonly source: Address;
}

/** An ARP request, or an IPv6 neighbour solicitation, for the address. */
export function neighborRequest(target: Address, sender: Sender): Uint8Array {
  return target.family === 4 ? arpRequest(target, sender) : solicitation(target, sender);
}

function arpRequest(target: Address, { hardware, source }: Sender): Uint8Array {
  const frame = new Uint8Array(ETHERNET_BYTES + ARP_BYTES);
  const view = new DataView(frame.buffer);
  frame.fill(0xff, 0, 6);
  frame.set(hardware.subarray(0, 6), 6);
  view.setUint16(12, 0x0806);
  view.setUint16(14, 1);
  view.setUint16(16, 0x0800);
  view.setUint8(18, 6);
  view.setUint8(19, 4);
  view.setUint16(20, 1);
  frame.set(hardware.subarray(0, 6), 22);
  frame.set(bytesOfAddress(source), 28);
  frame.set(bytesOfAddress(target), 38);
  return frame;
}

function solicitation(target: Address, { hardware, source }: Sender): Uint8Array {
  const frame = new Uint8Array(ETHERNET_BYTES + IPV6_BYTES + SOLICITATION_BYTES);
  const view = new DataView(frame.buffer);
  const probed = bytesOfAddress(target);
  // To the solicited-node group of the address: ff02::1:ff and its last three bytes.
  frame.set([0x33, 0x33, 0xff], 0);
  frame.set(probed.subarray(13), 3);
  frame.set(hardware.subarray(0, 6), 6);
  view.setUint16(12, 0x86dd);
  view.setUint32(14, 0x6000_0000);
  view.setUint16(18, SOLICITATION_BYTES);
  view.setUint8(20, ICMP6);
  view.setUint8(21, 255);
  frame.set(bytesOfAddress(source), 22);
  frame.set([0xff, 0x02], 38);
  frame.set([1, 0xff], 38 + 11);
  frame.set(probed.subarray(13), 38 + 13);
  const icmp = ETHERNET_BYTES + IPV6_BYTES;
  view.setUint8(icmp, SOLICITATION);
  frame.set(probed, icmp + 8);
  view.setUint8(icmp + 24, 1);
  view.setUint8(icmp + 25, 1);
  frame.set(hardware.subarray(0, 6), icmp + 26);
  const sum = sumOf(textsOf(frame.subarray(22))) + swap16(SOLICITATION_BYTES) + swap16(ICMP6);
  view.setUint16(icmp + 2, swap16(checksum(sum)));
  return frame;
}

export interface Neighbor {
  readonly address: Address;
  readonly hardware: Uint8Array;
}

/** Who says in this frame where he is; undefined for any other frame. */
export function readNeighbor(frame: Uint8Array): Neighbor | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < ETHERNET_BYTES + ARP_BYTES) return undefined;
  const ethertype = view.getUint16(12);
  if (ethertype === 0x0806) {
    if (view.getUint16(20) !== 2 || view.getUint16(18) !== 0x0604) return undefined;
    return { hardware: frame.slice(22, 28), address: addressOfBytes(frame.subarray(28, 32)) };
  }
  return ethertype === 0x86dd ? readAdvertisement(frame, view) : undefined;
}

function readAdvertisement(frame: Uint8Array, view: DataView): Neighbor | undefined {
  const icmp = ETHERNET_BYTES + IPV6_BYTES;
  if (frame.length < icmp + 24 || view.getUint8(20) !== ICMP6) return undefined;
  // A hop limit below 255 came through a router, so it is a forgery.
  if (view.getUint8(21) !== 255 || view.getUint8(icmp) !== ADVERTISEMENT) return undefined;
  const address = addressOfBytes(frame.subarray(icmp + 8, icmp + 24));
  const hasHardware =
    frame.length >= icmp + 32 &&
    view.getUint8(icmp + 24) === TARGET_HARDWARE &&
    view.getUint8(icmp + 25) === 1;
  return { address, hardware: hasHardware ? frame.slice(icmp + 26, icmp + 32) : frame.slice(6, 12) };
}
