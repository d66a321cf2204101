import type { Address, AddressFamily } from '#domain/addresses/address.js';
import { addressOfBytes, bytesOfAddress } from '#domain/addresses/address-bytes.js';
import { LINK_ETHERNET } from '#net/native/links/link-kind.js';
import type { Link, Received } from '#net/native/links/routes.js';
import type { Messages, MessagesRequest, RawNetwork, Wire } from '#scan/raw-engine/wire.js';
import { neighborRequest } from '#scan/raw-hosts/neighbor-frames.js';

const EAGAIN = 11;
const SOURCE: Readonly<Record<AddressFamily, Address>> = {
  4: { family: 4, value: 0xc612_0001n },
  6: { family: 6, value: 0xfd00_0018n << 96n },
};

export const LINK: Link = {
  index: 7,
  name: 'simulated',
  kind: LINK_ETHERNET,
  hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1),
  isUp: true,
};

/** A probe as sent on the wire. */
export interface SentProbe {
  readonly atMs: number;
  /** The number of the kernel call that sent it. */
  readonly batch: number;
  readonly address: Address;
  readonly protocol: 'tcp' | 'udp' | 'neighbor';
  readonly port: number;
  readonly sourcePort: number;
  readonly sequence: number;
  readonly acknowledged: number;
  readonly flags: number;
  readonly frame: Uint8Array;
}

/** Response frames, each with its delay. */
export type Answering = (probe: SentProbe) => readonly Uint8Array[];

class PlainMessages implements Messages {
  readonly capacity: number;
  readonly strideBytes: number;
  readonly bytes: Uint8Array;
  readonly words: Uint16Array;
  readonly lengths: number[];

  constructor({ capacity, strideBytes }: MessagesRequest) {
    this.capacity = capacity;
    this.strideBytes = strideBytes;
    this.bytes = new Uint8Array(capacity * strideBytes);
    this.words = new Uint16Array(this.bytes.buffer);
    this.lengths = Array.from({ length: capacity }, () => strideBytes);
  }

  setLength(at: number, byteCount: number): void {
    this.lengths[at] = byteCount;
  }

  receivedLength(at: number): number {
    return this.lengths[at] ?? 0;
  }

  free(): void {
    this.lengths.fill(0);
  }
}

export type NetworkCall = 'route' | 'link' | 'neighbors' | 'wire' | 'neighbor';

/** A network in memory: every frame is kept, and answered as configured. All are on-link, and neighbors respond by default. */
export class SimulatedWires implements RawNetwork {
  readonly sent: SentProbe[] = [];
  readonly openWires = new Set<Wire>();
  readonly #answer: Answering;
  readonly #link: Link;
  /** Error numbers that the next sends return instead of sending frames. */
  readonly refusals: number[] = [];
  dropped = 0;
  /** The default route, if there is one. */
  gateway: Address | undefined;
  /** The clock that dates what is sent. */
  monotonic = (): number => performance.now();
  /** Neighbors whose MAC address has been in the kernel's cache for long. */
  readonly stale = new Map<bigint, Uint8Array>();
  /** Neighbors that do not answer address resolution. */
  readonly absent = new Set<bigint>();
  /** Called with each query of the network. */
  onCall: (call: NetworkCall) => void = () => undefined;
  /** Called with what is sent, before anything responds. */
  onSent: (probe: SentProbe) => void = () => undefined;
  /** Calls that were made although it was closed. */
  readonly callsAfterClose: NetworkCall[] = [];
  /** Error numbers that the next receive calls return. */
  readonly failures: number[] = [];
  #isClosed = false;
  #batch = 0;

  constructor(answer: Answering, link: Link = LINK) {
    this.#answer = answer;
    this.#link = link;
  }

  #called(call: NetworkCall): void {
    if (this.#isClosed) this.callsAfterClose.push(call);
    this.onCall(call);
  }

  route(address: Address) {
    this.#called('route');
    const source = SOURCE[address.family];
    return { interfaceIndex: LINK.index, gateway: this.gateway, source, isLocal: false };
  }

  link(): Link {
    this.#called('link');
    return this.#link;
  }

  neighbors(_index: number, _family: AddressFamily, received: Received): ReadonlyMap<bigint, Uint8Array> {
    this.#called('neighbors');
    return received === 'ever' ? this.stale : new Map();
  }

  openWire(link: Link, family: AddressFamily): Wire {
    this.#called('wire');
    return this.#wire(link, family, this.#answer);
  }

  openNeighborWire(link: Link, family: AddressFamily): Wire {
    this.#called('neighbor');
    return this.#wire(link, family, (probe) =>
      this.absent.has(probe.address.value) ? [] : [neighborReply(probe)],
    );
  }

  close(): void {
    this.#isClosed = true;
  }

  #wire(link: Link, family: AddressFamily, answer: Answering): Wire {
    const coming: Uint8Array[] = [];
    const wire: Wire = {
      link,
      family,
      messages: (input) => new PlainMessages(input),
      send: (messages, first, end) =>
        this.#send(messages, { first, end }, (probe) => coming.push(...answer(probe))),
      receive: (messages) => {
        const failure = this.failures.shift();
        return failure === undefined ? receive(messages, coming) : -failure;
      },
      droppedCount: () => this.dropped,
      wait: () => {},
      close: () => this.openWires.delete(wire),
    };
    this.openWires.add(wire);
    return wire;
  }

  #send(
    messages: Messages,
    { first, end }: { first: number; end: number },
    take: (probe: SentProbe) => void,
  ) {
    const refusal = this.refusals.shift();
    if (refusal !== undefined) return -refusal;
    if (!(messages instanceof PlainMessages)) throw new TypeError('messages of another wire');
    this.#batch += 1;
    for (let at = first; at < end; at += 1) {
      const start = at * messages.strideBytes;
      const frame = messages.bytes.slice(start, start + (messages.lengths[at] ?? 0));
      const probe = readProbe(frame, { atMs: this.monotonic(), batch: this.#batch });
      this.sent.push(probe);
      this.onSent(probe);
      take(probe);
    }
    return end - first;
  }
}

function receive(messages: Messages, coming: Uint8Array[]): number {
  if (coming.length === 0) return -EAGAIN;
  const taken = coming.splice(0, messages.capacity);
  for (const [at, frame] of taken.entries()) {
    messages.bytes.set(frame.subarray(0, messages.strideBytes), at * messages.strideBytes);
    messages.setLength(at, frame.length);
  }
  return taken.length;
}

function readProbe(frame: Uint8Array, when: Pick<SentProbe, 'atMs' | 'batch'>): SentProbe {
  const view = new DataView(frame.buffer);
  const ethertype = view.getUint16(12);
  const rest = { ...when, frame };
  if (ethertype === 0x0806) return { ...rest, ...neighborFields(addressOfBytes(frame.subarray(38, 42))) };
  const isIpv4 = ethertype === 0x0800;
  const protocol = view.getUint8(isIpv4 ? 23 : 20);
  if (protocol === 58) return { ...rest, ...neighborFields(addressOfBytes(frame.subarray(62, 78))) };
  const at = isIpv4 ? 34 : 54;
  const isTcp = protocol === 6;
  return {
    ...rest,
    address: addressOfBytes(isIpv4 ? frame.subarray(30, 34) : frame.subarray(38, 54)),
    protocol: isTcp ? 'tcp' : 'udp',
    sourcePort: view.getUint16(at),
    port: view.getUint16(at + 2),
    sequence: isTcp ? view.getUint32(at + 4) : 0,
    acknowledged: isTcp ? view.getUint32(at + 8) : 0,
    flags: isTcp ? view.getUint8(at + 13) : 0,
  };
}

function neighborFields(address: Address) {
  return {
    address,
    protocol: 'neighbor' as const,
    port: 0,
    sourcePort: 0,
    sequence: 0,
    acknowledged: 0,
    flags: 0,
  };
}

function neighborReply({ address, frame }: SentProbe): Uint8Array {
  if (address.family === 6) return advertisement(address, frame);
  const reply = neighborRequest(SOURCE[4], {
    hardware: Uint8Array.of(2, 0, 0, 0, 0, 9),
    source: address,
  });
  reply[21] = 2;
  return reply;
}

function advertisement(address: Address, request: Uint8Array): Uint8Array {
  const reply = request.slice();
  reply[54] = 136;
  reply.set(bytesOfAddress(address), 62);
  reply.set([2, 1, 2, 0, 0, 0, 0, 9], 78);
  return reply;
}

export const SYN_ACK = 0x12;
export const RST_ACK = 0x14;
export const RST = 0x04;

/** The probe's frame with swapped addresses and another payload. */
function headerBack({ frame }: SentProbe, protocol: number, payload: Uint8Array): Uint8Array {
  const isIpv4 = frame[12] === 0x08;
  const ipBytes = isIpv4 ? 20 : 40;
  const reply = new Uint8Array(14 + ipBytes + payload.length);
  reply.set(frame.subarray(0, 14 + ipBytes));
  reply.set(frame.subarray(6, 12), 0);
  reply.set(frame.subarray(0, 6), 6);
  const [from, length] = isIpv4 ? [26, 4] : [22, 16];
  reply.set(frame.subarray(from + length, from + 2 * length), from);
  reply.set(frame.subarray(from, from + length), from + length);
  reply[isIpv4 ? 23 : 20] = protocol;
  reply.set(payload, 14 + ipBytes);
  return reply;
}

export function tcpReply(probe: SentProbe, flags: number): Uint8Array {
  const payload = new Uint8Array(20);
  const view = new DataView(payload.buffer);
  view.setUint16(0, probe.port);
  view.setUint16(2, probe.sourcePort);
  // A reset without ACK uses the acknowledged number, every other reply acknowledges.
  view.setUint32(4, flags === RST ? probe.acknowledged : 1);
  view.setUint32(8, flags === RST ? 0 : (probe.sequence + 1) >>> 0);
  payload[12] = 0x50;
  payload[13] = flags;
  return headerBack(probe, 6, payload);
}

export function udpReply(probe: SentProbe): Uint8Array {
  const payload = new Uint8Array(12);
  const view = new DataView(payload.buffer);
  view.setUint16(0, probe.port);
  view.setUint16(2, probe.sourcePort);
  view.setUint16(4, 12);
  return headerBack(probe, 17, payload);
}

/** An ICMP or ICMPv6 error about the probe, from its target unless a router's address is given. */
export function icmpReply(
  probe: SentProbe,
  { type, code, from }: { readonly type: number; readonly code: number; readonly from?: Uint8Array },
): Uint8Array {
  const isIpv4 = probe.frame[12] === 0x08;
  const payload = new Uint8Array(8 + (isIpv4 ? 28 : 48));
  payload[0] = type;
  payload[1] = code;
  payload.set(probe.frame.subarray(14, 14 + payload.length - 8), 8);
  const reply = headerBack(probe, isIpv4 ? 1 : 58, payload);
  if (from !== undefined) reply.set(from, isIpv4 ? 26 : 22);
  return reply;
}
