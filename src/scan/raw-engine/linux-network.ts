import type { AddressFamily } from '#domain/addresses/address.js';
import { loadLibc } from '#net/native/libc/libc.js';
import { pollReadable } from '#net/native/libc/poll.js';
import { linkFormOf } from '#net/native/links/link-kind.js';
import { type Link, openRoutes } from '#net/native/links/routes.js';
import { MessageVector, NAME_BYTES } from '#net/native/sockets/message-vector.js';
import {
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  PacketSocket,
} from '#net/native/sockets/packet-socket.js';
import {
  openRawIpSocket,
  socketAddressBytes,
  writeSocketAddress,
} from '#net/native/sockets/raw-ip-socket.js';
import { neighborFilter, type PortSpan, replyFilter } from '#net/native/sockets/socket-filter.js';
import {
  EHOSTUNREACH,
  type Messages,
  type MessagesRequest,
  type RawNetwork,
  type Wire,
} from '#scan/raw-engine/wire.js';

const ETHERNET_BYTES = 14;
const ETHERTYPE_AT = 12;
/** WireGuard's word for an address that is no peer's (ENOKEY), and for a peer that is nobody knows where (EDESTADDRREQ). */
const NO_PEER: ReadonlySet<number> = new Set([126, 89]);
const NEIGHBOR_BUFFER_BYTES = 4 * 1024 * 1024;

/** Throws NativeCallError. */
export function openLinuxNetwork(): RawNetwork {
  const routes = openRoutes();
  return {
    route: (address) => routes.route(address),
    link: (index) => routes.link(index),
    neighbors: (index, family, received) => routes.neighbors(index, family, received),
    openWire,
    openNeighborWire: (link, family) =>
      new FrameWire(
        link,
        family,
        new PacketSocket({
          interfaceIndex: link.index,
          ethertype: family === 4 ? ETHERTYPE_ARP : ETHERTYPE_IPV6,
          filter: neighborFilter(family),
          receiveBufferBytes: NEIGHBOR_BUFFER_BYTES,
        }),
      ),
    close: () => routes.close(),
  };
}

function openWire(link: Link, family: AddressFamily, ports: PortSpan): Wire {
  const form = linkFormOf(link.kind);
  const isHeaderless = form === 'headerless';
  const socket = new PacketSocket({
    interfaceIndex: link.index,
    ethertype: ethertypeOf(family),
    filter: replyFilter(family, ports, isHeaderless ? 0 : ETHERNET_BYTES),
    isHeaderless,
  });
  if (form === 'ethernet') return new FrameWire(link, family, socket);
  try {
    const fd = openRawIpSocket(family, isHeaderless ? link.name : undefined);
    return isHeaderless
      ? new HeaderlessWire(link, family, { socket, fd })
      : new IpWire(link, family, { socket, fd });
  } catch (error) {
    socket.close();
    throw error;
  }
}

function ethertypeOf(family: AddressFamily): number {
  return family === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
}

function asVector(messages: Messages): MessageVector {
  if (messages instanceof MessageVector) return messages;
  throw new TypeError('messages of another wire');
}

class FrameWire implements Wire {
  readonly link: Link;
  readonly family: AddressFamily;
  protected readonly socket: PacketSocket;

  constructor(link: Link, family: AddressFamily, socket: PacketSocket) {
    this.link = link;
    this.family = family;
    this.socket = socket;
  }

  messages(input: MessagesRequest): Messages {
    return new MessageVector(input);
  }

  send(messages: Messages, first: number, end: number): number {
    return this.socket.send(asVector(messages), first, end);
  }

  receive(messages: Messages): number {
    return this.socket.receive(asVector(messages));
  }

  droppedCount(): number {
    return this.socket.droppedCount();
  }

  wait(timeoutMs: number): void {
    pollReadable(this.socket.fd, timeoutMs);
  }

  close(): void {
    this.socket.close();
  }
}

/** Sends without the Ethernet header, as the kernel routes it; replies are read as frames, from `lo`. */
class IpWire extends FrameWire {
  readonly #fd: number;

  constructor(
    link: Link,
    family: AddressFamily,
    { socket, fd }: { readonly socket: PacketSocket; readonly fd: number },
  ) {
    super(link, family, socket);
    this.#fd = fd;
  }

  override messages(input: MessagesRequest): Messages {
    if (input.use === 'receive') return super.messages(input);
    const vector = new MessageVector({ ...input, skipBytes: ETHERNET_BYTES, hasNames: true });
    vector.setNameLength(socketAddressBytes(this.family));
    return vector;
  }

  override send(messages: Messages, first: number, end: number): number {
    const vector = asVector(messages);
    const [at, length] = this.family === 4 ? [ETHERNET_BYTES + 16, 4] : [ETHERNET_BYTES + 24, 16];
    for (let message = first; message < end; message += 1) {
      const start = message * vector.strideBytes + at;
      writeSocketAddress(vector.names, message * NAME_BYTES, vector.bytes.subarray(start, start + length));
    }
    const sent = vector.send(this.#fd, first, end);
    return NO_PEER.has(-sent) ? -EHOSTUNREACH : sent;
  }

  override close(): void {
    super.close();
    loadLibc().close(this.#fd);
  }
}

/** Packets come in without a link's header, and are put where they would be behind one, its ethertype before them. */
class HeaderlessWire extends IpWire {
  override messages(input: MessagesRequest): Messages {
    if (input.use === 'send') return super.messages(input);
    const vector = new MessageVector({ ...input, skipBytes: ETHERNET_BYTES });
    const view = new DataView(vector.bytes.buffer);
    for (let message = 0; message < input.capacity; message += 1)
      view.setUint16(message * input.strideBytes + ETHERTYPE_AT, ethertypeOf(this.family));
    return vector;
  }
}
