import type { Address, AddressFamily } from '#domain/address.js';
import { errnoName, loadLibc, nameOfErrno, type Pointer } from '#native/libc.js';
import { allocate, type NativeMemory } from '#native/memory.js';
import { familyNumber, readAddress, SocketAddress } from '#native/socket-address.js';

const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;
const MSG_ERRQUEUE = 0x2000;
const IPPROTO_IP = 0;
const IP_RECVERR = 11;
const IPPROTO_IPV6 = 41;
const IPV6_RECVERR = 25;
const INTEGER_BYTES = 4;
/** More of an answer is cut off: that there is one says it all. */
const MAX_ANSWER_BYTES = 2_048;
const CONTROL_BYTES = 256;

/** `struct msghdr`: name, its length, vector, its length, control, its length, flags; 64-bit machines. */
const MESSAGE = { bytes: 56, vector: 16, vectorLength: 24, control: 32, controlLength: 40 } as const;
const VECTOR_BYTES = 16;
/** `struct cmsghdr`: length, level, type; then `struct sock_extended_err` and the address of who sent the message. */
const CONTROL = { level: 8, type: 12, data: 16 } as const;
const ERROR = { errno: 0, origin: 4, type: 5, code: 6, offender: 16 } as const;
const ORIGINS: ReadonlyMap<number, 'icmp' | 'icmpv6'> = new Map([
  [2, 'icmp'],
  [3, 'icmpv6'],
]);

/** What the network, or this machine, reported of a datagram that was sent. */
export interface DatagramError {
  /** Name of the error. */
  readonly code: string;
  /** Undefined when it comes from this machine. */
  readonly icmp:
    | {
        readonly protocol: 'icmp' | 'icmpv6';
        readonly type: number;
        readonly code: number;
        readonly from: Address | undefined;
      }
    | undefined;
}

/** UDP sockets that never wait, as the C library has them: descriptors in, names of errors out. */
export interface UdpSockets {
  /** A descriptor that keeps the errors the network reports, or the name of the error. */
  open(family: AddressFamily): number | string;
  /** From then on it hears this peer alone. Undefined, or the name of the error. */
  connect(fd: number, address: Address, port: number): string | undefined;
  /** Whether a connected one would talk to itself. */
  isNearEnd(fd: number, address: Address, port: number): boolean;
  /** Sends a datagram of up to 2,048 bytes, to the peer or to the address given. */
  send(
    fd: number,
    bytes: Uint8Array,
    to?: { readonly address: Address; readonly port: number },
  ): string | undefined;
  /** Who sent the datagram that is there and how long it is, or the name of the error; undefined: there is nothing. */
  receive(fd: number): { readonly from: Address; readonly byteLength: number } | string | undefined;
  /** The next error that was reported; undefined when there is none. */
  takeError(fd: number): DatagramError | undefined;
  close(fd: number): void;
}

let loaded: UdpSockets | undefined;

/** Throws where there is no GNU C library. */
export function loadUdpSockets(): UdpSockets {
  loaded ??= new NativeUdpSockets();
  return loaded;
}

type Call = (...args: unknown[]) => unknown;

/** Its memory is scratch for one call each and lives as long as the process. */
class NativeUdpSockets implements UdpSockets {
  readonly #libc = loadLibc();
  readonly #address = new SocketAddress();
  readonly #addressLength = allocate(INTEGER_BYTES);
  readonly #on = allocate(INTEGER_BYTES);
  readonly #bytes = allocate(MAX_ANSWER_BYTES);
  readonly #message = allocate(MESSAGE.bytes);
  readonly #vector = allocate(VECTOR_BYTES);
  readonly #control = allocate(CONTROL_BYTES);
  readonly #calls: Readonly<
    Record<'connect' | 'name' | 'option' | 'sendTo' | 'receiveFrom' | 'receiveMessage', Call>
  >;

  constructor() {
    const func = (declaration: string) => this.#libc.func(declaration);
    this.#calls = {
      connect: func('int connect(int fd, const void *address, uint32_t length)'),
      name: func('int getsockname(int fd, void *address, void *length)'),
      option: func('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)'),
      sendTo: func(
        'long sendto(int fd, const void *bytes, size_t count, int flags, const void *to, uint32_t length)',
      ),
      receiveFrom: func(
        'long recvfrom(int fd, void *bytes, size_t count, int flags, void *from, void *length)',
      ),
      receiveMessage: func('long recvmsg(int fd, void *message, int flags)'),
    };
    this.#on.view.setInt32(0, 1, true);
    setPointer(this.#vector, 0, this.#bytes.pointer);
    this.#vector.view.setBigUint64(8, BigInt(MAX_ANSWER_BYTES), true);
    setPointer(this.#message, MESSAGE.vector, this.#vector.pointer);
    this.#message.view.setBigUint64(MESSAGE.vectorLength, 1n, true);
    setPointer(this.#message, MESSAGE.control, this.#control.pointer);
  }

  open(family: AddressFamily): number | string {
    const fd = this.#libc.socket(familyNumber(family), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return errnoName();
    const [level, name] = family === 4 ? [IPPROTO_IP, IP_RECVERR] : [IPPROTO_IPV6, IPV6_RECVERR];
    if (Number(this.#calls.option(fd, level, name, this.#on.pointer, INTEGER_BYTES)) === 0) return fd;
    const code = errnoName();
    this.close(fd);
    return code;
  }

  connect(fd: number, address: Address, port: number): string | undefined {
    const byteLength = this.#address.set(address, port);
    return failure(this.#calls.connect(fd, this.#address.pointer, byteLength));
  }

  isNearEnd(fd: number, address: Address, port: number): boolean {
    this.#addressLength.view.setUint32(0, this.#address.byteLength, true);
    if (Number(this.#calls.name(fd, this.#address.pointer, this.#addressLength.pointer)) < 0) return false;
    const near = this.#address.address;
    return this.#address.port === port && near.family === address.family && near.value === address.value;
  }

  send(fd: number, bytes: Uint8Array, to?: { address: Address; port: number }): string | undefined {
    this.#bytes.bytes.set(bytes);
    const byteLength = to === undefined ? 0 : this.#address.set(to.address, to.port);
    const address = to === undefined ? null : this.#address.pointer;
    const { pointer } = this.#bytes;
    return failure(this.#calls.sendTo(fd, pointer, bytes.byteLength, MSG_NOSIGNAL, address, byteLength));
  }

  receive(fd: number): { from: Address; byteLength: number } | string | undefined {
    this.#addressLength.view.setUint32(0, this.#address.byteLength, true);
    const { pointer } = this.#bytes;
    const from: readonly Pointer[] = [this.#address.pointer, this.#addressLength.pointer];
    const byteLength = Number(this.#calls.receiveFrom(fd, pointer, MAX_ANSWER_BYTES, 0, ...from));
    if (byteLength >= 0) return { from: this.#address.address, byteLength };
    // One number with two names.
    const code = errnoName();
    return code === 'EAGAIN' || code === 'EWOULDBLOCK' ? undefined : code;
  }

  takeError(fd: number): DatagramError | undefined {
    this.#message.view.setBigUint64(MESSAGE.controlLength, BigInt(CONTROL_BYTES), true);
    if (Number(this.#calls.receiveMessage(fd, this.#message.pointer, MSG_ERRQUEUE)) < 0) return undefined;
    const { view } = this.#control;
    const isOurs =
      Number(this.#message.view.getBigUint64(MESSAGE.controlLength, true)) > CONTROL.data &&
      [IPPROTO_IP, IPPROTO_IPV6].includes(view.getInt32(CONTROL.level, true)) &&
      [IP_RECVERR, IPV6_RECVERR].includes(view.getInt32(CONTROL.type, true));
    return isOurs ? readError(view) : undefined;
  }

  close(fd: number): void {
    this.#libc.close(fd);
  }
}

function readError(control: DataView): DatagramError {
  const at = CONTROL.data;
  const protocol = ORIGINS.get(control.getUint8(at + ERROR.origin));
  return {
    code: nameOfErrno(control.getUint32(at + ERROR.errno, true)),
    icmp: protocol && {
      protocol,
      type: control.getUint8(at + ERROR.type),
      code: control.getUint8(at + ERROR.code),
      from: readAddress(new DataView(control.buffer, control.byteOffset + at + ERROR.offender)),
    },
  };
}

function failure(result: unknown): string | undefined {
  return Number(result) < 0 ? errnoName() : undefined;
}

function setPointer(memory: NativeMemory, offset: number, pointer: Pointer): void {
  memory.view.setBigUint64(offset, pointer, true);
}
