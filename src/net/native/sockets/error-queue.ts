import type { Address, AddressFamily } from '#domain/addresses/address.js';
import { errnoName, loadLibc, nameOfErrno, type Pointer } from '#net/native/libc/libc.js';
import { allocate, type NativeMemory } from '#net/native/libc/memory.js';
import { readAddress } from '#net/native/sockets/socket-address.js';

const MSG_ERRQUEUE = 0x2000;
const IPPROTO_IP = 0;
const IP_RECVERR = 11;
const IPPROTO_IPV6 = 41;
const IPV6_RECVERR = 25;
const INTEGER_BYTES = 4;
/** What the report quotes of our own packet is not wanted. */
const QUOTE_BYTES = 64;
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

/** What the network, or this machine, reported of something that a socket sent. */
export interface ReportedError {
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

/** The reports that the kernel keeps for a socket, in full: its error alone has neither type nor sender. */
export interface ErrorQueue {
  /** From now on reports are kept for it. Undefined, or the name of the error. */
  keepFor(fd: number, family: AddressFamily): string | undefined;
  /** The next report; undefined when there is none. */
  take(fd: number): ReportedError | undefined;
}

let loaded: ErrorQueue | undefined;

/** Throws where there is no GNU C library. */
export function loadErrorQueue(): ErrorQueue {
  loaded ??= new NativeErrorQueue();
  return loaded;
}

/** Its memory is scratch for one call each and lives as long as the process. */
class NativeErrorQueue implements ErrorQueue {
  readonly #on = allocate(INTEGER_BYTES);
  readonly #quote = allocate(QUOTE_BYTES);
  readonly #message = allocate(MESSAGE.bytes);
  readonly #vector = allocate(VECTOR_BYTES);
  readonly #control = allocate(CONTROL_BYTES);
  readonly #setOption: (...args: unknown[]) => unknown;
  readonly #receiveMessage: (fd: number, message: Pointer, flags: number) => unknown;

  constructor() {
    const libc = loadLibc();
    this.#setOption = libc.func(
      'int setsockopt(int fd, int level, int name, const void *value, uint32_t length)',
    );
    this.#receiveMessage = libc.func('long recvmsg(int fd, void *message, int flags)');
    this.#on.view.setInt32(0, 1, true);
    setPointer(this.#vector, 0, this.#quote.pointer);
    this.#vector.view.setBigUint64(8, BigInt(QUOTE_BYTES), true);
    setPointer(this.#message, MESSAGE.vector, this.#vector.pointer);
    this.#message.view.setBigUint64(MESSAGE.vectorLength, 1n, true);
    setPointer(this.#message, MESSAGE.control, this.#control.pointer);
  }

  keepFor(fd: number, family: AddressFamily): string | undefined {
    const option = family === 4 ? [IPPROTO_IP, IP_RECVERR] : [IPPROTO_IPV6, IPV6_RECVERR];
    const result = this.#setOption(fd, ...option, this.#on.pointer, INTEGER_BYTES);
    return Number(result) < 0 ? errnoName() : undefined;
  }

  take(fd: number): ReportedError | undefined {
    this.#message.view.setUint32(MESSAGE.controlLength, CONTROL_BYTES, true);
    if (Number(this.#receiveMessage(fd, this.#message.pointer, MSG_ERRQUEUE)) < 0) return undefined;
    const { view } = this.#control;
    const isOurs =
      this.#message.view.getUint32(MESSAGE.controlLength, true) > CONTROL.data &&
      [IPPROTO_IP, IPPROTO_IPV6].includes(view.getInt32(CONTROL.level, true)) &&
      [IP_RECVERR, IPV6_RECVERR].includes(view.getInt32(CONTROL.type, true));
    return isOurs ? readError(view) : undefined;
  }
}

function readError(control: DataView): ReportedError {
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

function setPointer(memory: NativeMemory, offset: number, pointer: Pointer): void {
  memory.view.setBigUint64(offset, pointer, true);
}
