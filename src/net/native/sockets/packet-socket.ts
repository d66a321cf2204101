import { errnoName, libcFunction, loadLibc } from '#net/native/libc/libc.js';
import { allocate } from '#net/native/libc/memory.js';
import { NativeCallError } from '#net/native/libc/native-call-error.js';
import type { MessageVector } from '#net/native/sockets/message-vector.js';
import type { FilterInstruction } from '#net/native/sockets/socket-filter.js';
import { setsockopt } from '#net/native/sockets/socket-option.js';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const SO_SNDBUF = 7;
const SO_SNDBUFFORCE = 32;
const SOL_PACKET = 263;
const PACKET_STATISTICS = 6;
const SOCKADDR_LL_BYTES = 20;
const INSTRUCTION_BYTES = 8;

/** Room for the answers of a second at full speed; the kernel counts about 768 bytes for a small packet. */
export const RECEIVE_BUFFER_BYTES: number = 64 * 1024 * 1024;
const SEND_BUFFER_BYTES = 4 * 1024 * 1024;

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_IPV6 = 0x86dd;

export interface PacketSocketOptions {
  readonly interfaceIndex: number;
  readonly ethertype: number;
  /** Decides in the kernel what is received. */
  readonly filter: readonly FilterInstruction[];
  readonly receiveBufferBytes?: number;
  /** Receives packets from the IP header on, where the filter then begins as well. */
  readonly isHeaderless?: boolean;
}

/**
 * Whole frames to and from one network interface, or packets from it without a link's header. It receives one ethertype, which leaves out what this machine
 * sends itself, but for loopback, where that comes back. Needs CAP_NET_RAW.
 */
export class PacketSocket {
  readonly fd: number;
  readonly #statistics = allocate(16);
  #droppedCount = 0;
  #isClosed = false;

  /** Throws NativeCallError. */
  constructor(options: PacketSocketOptions) {
    const libc = loadLibc();
    // Protocol 0 receives nothing until the filter is attached and the socket bound.
    const type = options.isHeaderless === true ? SOCK_DGRAM : SOCK_RAW;
    this.fd = libc.socket(AF_PACKET, type | SOCK_CLOEXEC, 0);
    if (this.fd < 0) throw new NativeCallError('socket', errnoName());
    try {
      attachFilter(this.fd, options.filter);
      setBuffer(this.fd, [SO_RCVBUFFORCE, SO_RCVBUF], options.receiveBufferBytes ?? RECEIVE_BUFFER_BYTES);
      setBuffer(this.fd, [SO_SNDBUFFORCE, SO_SNDBUF], SEND_BUFFER_BYTES);
      bindTo(this.fd, options.interfaceIndex, options.ethertype);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  send(vector: MessageVector, first: number, end: number): number {
    return vector.send(this.fd, first, end);
  }

  receive(vector: MessageVector): number {
    return vector.receive(this.fd);
  }

  /** Packets that passed the filter and found the receive buffer full, since the socket was opened. */
  droppedCount(): number {
    if (this.#isClosed) return this.#droppedCount;
    const { pointer, view } = this.#statistics;
    view.setUint32(8, 8, true);
    // Reading sets the kernel's count back to zero.
    if (packetStatistics(this.fd, pointer, pointer + 8n) === 0) this.#droppedCount += view.getUint32(4, true);
    return this.#droppedCount;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    loadLibc().close(this.fd);
    this.#statistics.free();
  }
}

const getsockopt = libcFunction('int getsockopt(int fd, int level, int name, void *value, void *length)');

function packetStatistics(fd: number, value: bigint, length: bigint): number {
  return Number(getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, value, length));
}

function attachFilter(fd: number, filter: readonly FilterInstruction[]): void {
  const program = allocate(16 + filter.length * INSTRUCTION_BYTES);
  program.view.setUint16(0, filter.length, true);
  program.view.setBigUint64(8, program.pointer + 16n, true);
  for (const [at, { code, jt, jf, k }] of filter.entries()) {
    const offset = 16 + at * INSTRUCTION_BYTES;
    program.view.setUint16(offset, code, true);
    program.view.setUint8(offset + 2, jt);
    program.view.setUint8(offset + 3, jf);
    program.view.setUint32(offset + 4, k, true);
  }
  const result = setsockopt(
    fd,
    { level: SOL_SOCKET, name: SO_ATTACH_FILTER },
    { pointer: program.pointer, byteCount: 16 },
  );
  const code = result === 0 ? undefined : errnoName();
  program.free();
  if (code !== undefined) throw new NativeCallError('setsockopt', code);
}

/** Without CAP_NET_ADMIN the system's limit holds, which is no error. */
function setBuffer(fd: number, [forced, plain]: readonly [number, number], byteCount: number): void {
  const memory = allocate(4);
  const value = { pointer: memory.pointer, byteCount: 4 };
  memory.view.setInt32(0, byteCount, true);
  if (setsockopt(fd, { level: SOL_SOCKET, name: forced }, value) !== 0)
    setsockopt(fd, { level: SOL_SOCKET, name: plain }, value);
  memory.free();
}

const bind = libcFunction('int bind(int fd, void *address, unsigned int length)');

function bindTo(fd: number, interfaceIndex: number, ethertype: number): void {
  const address = allocate(SOCKADDR_LL_BYTES);
  address.view.setUint16(0, AF_PACKET, true);
  address.view.setUint16(2, ethertype);
  address.view.setInt32(4, interfaceIndex, true);
  const result = Number(bind(fd, address.pointer, SOCKADDR_LL_BYTES));
  const code = result === 0 ? undefined : errnoName();
  address.free();
  if (code !== undefined) throw new NativeCallError('bind', code);
}
