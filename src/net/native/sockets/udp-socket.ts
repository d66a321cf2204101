import type { Address, AddressFamily } from '#domain/addresses/address.js';
import { errnoName, loadLibc, type Pointer } from '#net/native/libc/libc.js';
import { allocate } from '#net/native/libc/memory.js';
import { loadErrorQueue } from '#net/native/sockets/error-queue.js';
import { familyNumber, SocketAddress } from '#net/native/sockets/socket-address.js';

const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;
const INTEGER_BYTES = 4;
/** More of an answer is cut off: that there is one says it all. */
const MAX_ANSWER_BYTES = 2_048;

/** UDP sockets that never wait, as the C library has them: descriptors in, names of errors out. */
export interface UdpSockets {
  /** A descriptor for which reports are kept (see ErrorQueue), or the name of the error. */
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
  readonly #errors = loadErrorQueue();
  readonly #address = new SocketAddress();
  readonly #addressLength = allocate(INTEGER_BYTES);
  readonly #bytes = allocate(MAX_ANSWER_BYTES);
  readonly #calls: Readonly<Record<'connect' | 'name' | 'sendTo' | 'receiveFrom', Call>>;

  constructor() {
    const func = (declaration: string) => this.#libc.func(declaration);
    this.#calls = {
      connect: func('int connect(int fd, const void *address, uint32_t length)'),
      name: func('int getsockname(int fd, void *address, void *length)'),
      sendTo: func(
        'long sendto(int fd, const void *bytes, size_t count, int flags, const void *to, uint32_t length)',
      ),
      receiveFrom: func(
        'long recvfrom(int fd, void *bytes, size_t count, int flags, void *from, void *length)',
      ),
    };
  }

  open(family: AddressFamily): number | string {
    const fd = this.#libc.socket(familyNumber(family), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return errnoName();
    const code = this.#errors.keepFor(fd, family);
    if (code === undefined) return fd;
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

  close(fd: number): void {
    this.#libc.close(fd);
  }
}

function failure(result: unknown): string | undefined {
  return Number(result) < 0 ? errnoName() : undefined;
}
