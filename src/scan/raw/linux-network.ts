import type { AddressFamily } from '#domain/address.js';
import { loadLibc } from '#native/libc.js';
import { MessageVector, NAME_BYTES } from '#native/message-vector.js';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, PacketSocket } from '#native/packet-socket.js';
import { pollReadable } from '#native/poll.js';
import { openRawIpSocket, socketAddressBytes, writeSocketAddress } from '#native/raw-ip-socket.js';
import { LINK_LOOPBACK, type Link, openRoutes } from '#native/routes.js';
import { neighbourFilter, type PortSpan, replyFilter } from '#native/socket-filter.js';
import type { Messages, MessagesWish, RawNetwork, Wire } from '#scan/raw/wire.js';

const ETHERNET_BYTES = 14;
const NEIGHBOUR_BUFFER_BYTES = 4 * 1024 * 1024;

/** Throws NativeCallError. */
export function openLinuxNetwork(): RawNetwork {
  const routes = openRoutes();
  return {
    route: (address) => routes.route(address),
    link: (index) => routes.link(index),
    neighbours: (index, family) => routes.neighbours(index, family),
    openWire: (link, family, ports) =>
      link.kind === LINK_LOOPBACK
        ? new LoopbackWire(link, family, ports)
        : openFrameWire(link, family, ports),
    openNeighbourWire: (link, family) =>
      new FrameWire(
        link,
        family,
        new PacketSocket({
          interfaceIndex: link.index,
          ethertype: family === 4 ? ETHERTYPE_ARP : ETHERTYPE_IPV6,
          filter: neighbourFilter(family),
          receiveBufferBytes: NEIGHBOUR_BUFFER_BYTES,
        }),
      ),
    close: () => routes.close(),
  };
}

function openFrameWire(link: Link, family: AddressFamily, ports: PortSpan): Wire {
  return new FrameWire(link, family, openReplySocket(link, family, ports));
}

function openReplySocket(link: Link, family: AddressFamily, ports: PortSpan): PacketSocket {
  return new PacketSocket({
    interfaceIndex: link.index,
    ethertype: family === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6,
    filter: replyFilter(family, ports),
  });
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

  messages(wish: MessagesWish): Messages {
    return new MessageVector(wish);
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
class LoopbackWire extends FrameWire {
  readonly #fd: number;

  constructor(link: Link, family: AddressFamily, ports: PortSpan) {
    super(link, family, openReplySocket(link, family, ports));
    this.#fd = openRawIpSocket(family);
  }

  override messages(wish: MessagesWish): Messages {
    if (wish.use === 'receive') return new MessageVector(wish);
    const vector = new MessageVector({ ...wish, skipBytes: ETHERNET_BYTES, hasNames: true });
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
    return vector.send(this.#fd, first, end);
  }

  override close(): void {
    super.close();
    loadLibc().close(this.#fd);
  }
}
