import { closeSync, constants, openSync } from 'node:fs';
import { errnoName, loadLibc } from '#net/native/libc/libc.js';
import { allocate } from '#net/native/libc/memory.js';

/** The device of a namespace whose packets go to a program instead of a cable. */
export interface Tun {
  /** The next packet, valid until the next call; undefined when none arrived within the time. */
  read(timeoutMs: number): Uint8Array | undefined;
  /** A packet that does not fit into the queue is lost, as on a cable. */
  write(packet: Uint8Array): void;
  close(): void;
}

const TUNSETIFF = 0x4004_54ca;
const TUNSETLINK = 0x4004_54cd;
const IFF_TUN_NO_PACKET_INFORMATION = 0x1001;
const POLLIN = 1;
const MAX_PACKET_BYTES = 65_536;
const INTERFACE_REQUEST_BYTES = 40;

/**
 * Attaches to an existing device. Throws where there is none. With a link type, as the kernel numbers them,
 * the device poses as one of that type; it has to be down for that.
 */
export function openTun(device: string, linkKind?: number): Tun {
  const libc = loadLibc();
  const ioctl = libc.func('int ioctl(int fd, unsigned long request, void *argument)');
  const poll = libc.func('int poll(void *fds, unsigned long count, int timeout)');
  const read = libc.func('long read(int fd, void *into, size_t count)');
  const write = libc.func('long write(int fd, const void *from, size_t count)');
  const fd = openSync('/dev/net/tun', constants.O_RDWR | constants.O_NONBLOCK);

  const request = allocate(INTERFACE_REQUEST_BYTES);
  request.bytes.set(new TextEncoder().encode(device));
  request.view.setUint16(16, IFF_TUN_NO_PACKET_INFORMATION, true);
  if (ioctl(fd, TUNSETIFF, request.pointer) !== 0) throw new Error(`no TUN device ${device}: ${errnoName()}`);
  request.free();
  if (linkKind !== undefined && ioctl(fd, TUNSETLINK, BigInt(linkKind)) !== 0)
    throw new Error(`${device} cannot pass for a link of kind ${linkKind}: ${errnoName()}`);

  const waiting = allocate(8);
  waiting.view.setInt32(0, fd, true);
  waiting.view.setInt16(4, POLLIN, true);
  const incoming = allocate(MAX_PACKET_BYTES);
  const outgoing = allocate(MAX_PACKET_BYTES);
  const next = () => {
    const byteCount = Number(read(fd, incoming.pointer, MAX_PACKET_BYTES));
    return byteCount > 0 ? incoming.bytes.subarray(0, byteCount) : undefined;
  };
  return {
    read(timeoutMs) {
      const packet = next();
      if (packet !== undefined || timeoutMs === 0) return packet;
      return Number(poll(waiting.pointer, 1, Math.ceil(timeoutMs))) > 0 ? next() : undefined;
    },
    write(packet) {
      outgoing.bytes.set(packet);
      write(fd, outgoing.pointer, packet.length);
    },
    close() {
      closeSync(fd);
      for (const memory of [waiting, incoming, outgoing]) memory.free();
    },
  };
}
