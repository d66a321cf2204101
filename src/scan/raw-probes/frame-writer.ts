import type { AddressFamily } from '#domain/addresses/address.js';
import { checksum, sumOf, swap16, textsOf } from '#scan/raw-engine/byte-order.js';
import type { Messages } from '#scan/raw-engine/wire.js';
import { ADDRESS_WORDS, HARDWARE_WORDS, type HostTable } from '#scan/raw-hosts/host-table.js';
import type { TcpProbe } from '#scan/raw-probes/verdict.js';

const ETHERNET_WORDS = 7;
const IPV4_WORDS = 10;
const IPV6_WORDS = 20;
const TTL = 64;
const TCP = 6;
const UDP = 17;
const TCP_BYTES = 20;
const UDP_BYTES = 8;
const SYN = 0x02;
const ACK = 0x10;
/** A SYN without the segment size that every system offers looks like what it is: a scan, and some filters drop it. */
const MSS_OPTION = [2, 4, 0x05, 0xb4];
const WINDOW_BYTES = 1_024;
/** What a UDP probe may carry at most, so that a frame fits its place. */
export const MAX_PAYLOAD_BYTES = 512;
export const TCP_FRAME_BYTES = 128;
export const UDP_FRAME_BYTES = 640;

export interface FrameRequest {
  readonly family: AddressFamily;
  readonly protocol: 'tcp' | 'udp';
  readonly tcpProbe: TcpProbe;
  /** The interface's own address. */
  readonly hardware: Uint8Array;
}

/** The ports and the cookie of one probe. */
export interface FrameFields {
  sourcePort: number;
  port: number;
  cookie: number;
}

export interface Payload {
  readonly bytes: Uint8Array;
  readonly sum: number;
}

export function payloadOf(bytes: Uint8Array): Payload {
  const cut = bytes.subarray(0, MAX_PAYLOAD_BYTES);
  return { bytes: cut, sum: sumOf(textsOf(cut)) };
}

/**
 * Builds frames where they are sent from. Every place is filled once with what all frames of a kind share; a probe
 * then changes a dozen words, and its checksum is the sum of what was summed before.
 */
export class FrameWriter {
  readonly #input: FrameRequest;
  readonly #messages: Messages;
  readonly #ipAt = ETHERNET_WORDS;
  readonly #addressesAt: number;
  readonly #transportAt: number;
  readonly #addressTexts: number;
  /** Of everything but addresses, ports, numbers, payload and lengths. */
  readonly #ipSum: number;
  readonly #transportSum: number;

  constructor(input: FrameRequest, messages: Messages) {
    const isIpv4 = input.family === 4;
    this.#input = input;
    this.#messages = messages;
    this.#addressTexts = isIpv4 ? 2 : ADDRESS_WORDS;
    this.#addressesAt = this.#ipAt + (isIpv4 ? 6 : 4);
    this.#transportAt = this.#ipAt + (isIpv4 ? IPV4_WORDS : IPV6_WORDS);
    const template = templateOf(input);
    for (let at = 0; at < messages.capacity; at += 1) {
      messages.bytes.set(template, at * messages.strideBytes);
      messages.setLength(at, template.length);
    }
    const words = textsOf(template);
    this.#ipSum = isIpv4 ? sumOf(words.subarray(this.#ipAt, this.#ipAt + 6)) : 0;
    // The pseudo header's protocol and, for TCP, length: what does not change.
    const transportBytes = template.length - this.#transportAt * 2;
    const pseudo = swap16(input.protocol === 'tcp' ? TCP : UDP) + swap16(transportBytes);
    this.#transportSum = sumOf(words.subarray(this.#transportAt)) + pseudo;
  }

  /** A probe of `host`; whoever calls has asked the gate in the same turn. */
  writeTcp(
    at: number,
    { hosts, host }: { readonly hosts: HostTable; readonly host: number },
    fields: FrameFields,
  ): void {
    const { words, strideBytes } = this.#messages;
    const frame = (at * strideBytes) >>> 1;
    this.#writeAddresses(frame, hosts, host);
    const high = swap16(fields.cookie >>> 16);
    const low = swap16(fields.cookie & 0xffff);
    const sourcePort = swap16(fields.sourcePort);
    const port = swap16(fields.port);
    const to = frame + this.#transportAt;
    const sums = hosts.sums[host] ?? 0;
    if (this.#input.family === 4) words[frame + this.#ipAt + 5] = checksum(this.#ipSum + sums);
    words[to] = sourcePort;
    words[to + 1] = port;
    words[to + 2] = high;
    words[to + 3] = low;
    let sum = this.#transportSum + sums + sourcePort + port + high + low;
    if (this.#input.tcpProbe === 'ack') {
      // The reset carries the acknowledged number, a quotation the sequence number.
      words[to + 4] = high;
      words[to + 5] = low;
      sum += high + low;
    }
    words[to + 8] = checksum(sum);
  }

  writeUdp(
    at: number,
    { hosts, host }: { readonly hosts: HostTable; readonly host: number },
    fields: FrameFields & { readonly payload: Payload },
  ): void {
    const { words, bytes, strideBytes } = this.#messages;
    const { payload } = fields;
    const frame = (at * strideBytes) >>> 1;
    this.#writeAddresses(frame, hosts, host);
    const length = swap16(UDP_BYTES + payload.bytes.length);
    const sums = hosts.sums[host] ?? 0;
    const ip = frame + this.#ipAt;
    if (this.#input.family === 4) {
      const total = swap16(IPV4_WORDS * 2 + UDP_BYTES + payload.bytes.length);
      words[ip + 1] = total;
      words[ip + 5] = checksum(this.#ipSum + sums + total - swap16(IPV4_WORDS * 2 + UDP_BYTES));
    } else {
      words[ip + 2] = length;
    }
    const to = frame + this.#transportAt;
    const sourcePort = swap16(fields.sourcePort);
    const port = swap16(fields.port);
    words[to] = sourcePort;
    words[to + 1] = port;
    words[to + 2] = length;
    bytes.set(payload.bytes, (to + 4) * 2);
    // The template counts an empty datagram's length twice: in its own header and in the pseudo header.
    const lengths = 2 * (length - swap16(UDP_BYTES));
    const sum = checksum(this.#transportSum + lengths + sums + sourcePort + port + payload.sum);
    // Zero would mean that there is none.
    words[to + 3] = sum === 0 ? 0xffff : sum;
    this.#messages.setLength(at, (this.#transportAt + 4) * 2 + payload.bytes.length);
  }

  #writeAddresses(frame: number, hosts: HostTable, host: number): void {
    const { words } = this.#messages;
    const hardware = host * HARDWARE_WORDS;
    words[frame] = hosts.hardware[hardware] ?? 0;
    words[frame + 1] = hosts.hardware[hardware + 1] ?? 0;
    words[frame + 2] = hosts.hardware[hardware + 2] ?? 0;
    const address = host * ADDRESS_WORDS;
    const from = frame + this.#addressesAt;
    const to = from + this.#addressTexts;
    for (let word = 0; word < this.#addressTexts; word += 1) {
      words[from + word] = hosts.sources[address + word] ?? 0;
      words[to + word] = hosts.words[address + word] ?? 0;
    }
  }
}

function templateOf({ family, protocol, tcpProbe, hardware }: FrameRequest): Uint8Array {
  const options = protocol === 'tcp' && tcpProbe === 'syn' ? MSS_OPTION : [];
  const transportBytes = protocol === 'tcp' ? TCP_BYTES + options.length : UDP_BYTES;
  const ipBytes = (family === 4 ? IPV4_WORDS : IPV6_WORDS) * 2;
  const frame = new Uint8Array(ETHERNET_WORDS * 2 + ipBytes + transportBytes);
  const view = new DataView(frame.buffer);
  frame.set(hardware.subarray(0, 6), 6);
  view.setUint16(12, family === 4 ? 0x0800 : 0x86dd);
  const ip = ETHERNET_WORDS * 2;
  if (family === 4) {
    view.setUint16(ip, 0x4500);
    view.setUint16(ip + 2, ipBytes + transportBytes);
    // Never to be fragmented, so that the identification may be zero.
    view.setUint16(ip + 6, 0x4000);
    view.setUint8(ip + 8, TTL);
    view.setUint8(ip + 9, protocol === 'tcp' ? TCP : UDP);
  } else {
    view.setUint32(ip, 0x6000_0000);
    view.setUint16(ip + 4, transportBytes);
    view.setUint8(ip + 6, protocol === 'tcp' ? TCP : UDP);
    view.setUint8(ip + 7, TTL);
  }
  const transport = ip + ipBytes;
  if (protocol === 'tcp') {
    view.setUint8(transport + 12, ((TCP_BYTES + options.length) / 4) << 4);
    view.setUint8(transport + 13, tcpProbe === 'syn' ? SYN : ACK);
    view.setUint16(transport + 14, WINDOW_BYTES);
    frame.set(options, transport + TCP_BYTES);
  } else {
    view.setUint16(transport + 4, UDP_BYTES);
  }
  return frame;
}
