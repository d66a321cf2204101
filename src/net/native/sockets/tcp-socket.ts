import type { Address, AddressFamily } from '#domain/addresses/address.js';
import { errnoName, loadLibc, type Pointer } from '#net/native/libc/libc.js';
import { allocate } from '#net/native/libc/memory.js';
import { loadErrorQueue } from '#net/native/sockets/error-queue.js';
import { familyNumber, SocketAddress } from '#net/native/sockets/socket-address.js';

const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_LINGER = 13;
const LINGER_BYTES = 8;
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
/** Where Linux has `tcpi_snd_wnd` in its `tcp_info`, since 5.4, and how much of that it takes. */
const SEND_WINDOW_OFFSET = 228;
const INFO_BYTES = 232;

/** TCP sockets that never wait, as the C library has them: descriptors in, names of errors out. */
export interface TcpSockets {
  /** A descriptor for which reports are kept (see ErrorQueue), or the name of the error. */
  open(family: AddressFamily): number | string;
  /**
   * Begins to connect, or, when it was begun, tells how it ended. Undefined: connected; EINPROGRESS, EALREADY:
   * not known yet; else why not. After ECONNREFUSED the descriptor is as good as new.
   */
  connect(fd: number, address: Address, port: number): string | undefined;
  /** Whether the near end of a connection is this very address and port. */
  isNearEnd(fd: number, address: Address, port: number): boolean;
  /** The window that the far end of a new connection gave; undefined where the kernel does not tell. */
  farWindowBytes(fd: number): number | undefined;
  close(fd: number): void;
  /** Closes with a reset, so that no TIME_WAIT is left. */
  reset(fd: number): void;
}

let loaded: TcpSockets | undefined;

/** Throws where there is no GNU C library. */
export function loadTcpSockets(): TcpSockets {
  loaded ??= new NativeTcpSockets();
  return loaded;
}

/** Its memory is scratch for one call each and lives as long as the process. */
class NativeTcpSockets implements TcpSockets {
  readonly #libc = loadLibc();
  readonly #errors = loadErrorQueue();
  readonly #far = new SocketAddress();
  readonly #near = new SocketAddress();
  readonly #nearLength = allocate(4);
  readonly #info = allocate(INFO_BYTES);
  readonly #infoLength = allocate(4);
  readonly #noLinger = allocate(LINGER_BYTES);
  readonly #connect: (fd: number, address: Pointer, byteLength: number) => unknown;
  readonly #getName: (fd: number, address: Pointer, byteLength: Pointer) => unknown;
  readonly #getOption: (fd: number, level: number, ...option: readonly [number, Pointer, Pointer]) => unknown;
  readonly #setOption: (fd: number, level: number, ...option: readonly [number, Pointer, number]) => unknown;

  constructor() {
    this.#connect = this.#libc.func('int connect(int fd, const void *address, uint32_t length)');
    this.#getName = this.#libc.func('int getsockname(int fd, void *address, void *length)');
    this.#getOption = this.#libc.func(
      'int getsockopt(int fd, int level, int name, void *value, void *length)',
    );
    this.#setOption = this.#libc.func(
      'int setsockopt(int fd, int level, int name, const void *value, uint32_t length)',
    );
    // On, for 0 seconds: close sends a reset.
    this.#noLinger.view.setInt32(0, 1, true);
  }

  open(family: AddressFamily): number | string {
    const fd = this.#libc.socket(familyNumber(family), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return errnoName();
    const code = this.#errors.keepFor(fd, family);
    if (code === undefined) return fd;
    this.close(fd);
    return code;
  }

  connect(fd: number, address: Address, port: number): string | undefined {
    const byteLength = this.#far.set(address, port);
    return Number(this.#connect(fd, this.#far.pointer, byteLength)) < 0 ? errnoName() : undefined;
  }

  isNearEnd(fd: number, address: Address, port: number): boolean {
    this.#nearLength.view.setUint32(0, this.#near.byteLength, true);
    if (Number(this.#getName(fd, this.#near.pointer, this.#nearLength.pointer)) < 0) return false;
    const { address: near } = this.#near;
    return this.#near.port === port && near.family === address.family && near.value === address.value;
  }

  farWindowBytes(fd: number): number | undefined {
    const { view, pointer } = this.#info;
    this.#infoLength.view.setUint32(0, INFO_BYTES, true);
    const result = this.#getOption(fd, IPPROTO_TCP, TCP_INFO, pointer, this.#infoLength.pointer);
    const isComplete = Number(result) === 0 && this.#infoLength.view.getUint32(0, true) >= INFO_BYTES;
    return isComplete ? view.getUint32(SEND_WINDOW_OFFSET, true) : undefined;
  }

  close(fd: number): void {
    this.#libc.close(fd);
  }

  reset(fd: number): void {
    this.#setOption(fd, SOL_SOCKET, SO_LINGER, this.#noLinger.pointer, LINGER_BYTES);
    this.#libc.close(fd);
  }
}
