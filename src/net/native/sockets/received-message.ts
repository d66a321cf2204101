import { type Libc, loadLibc, type Pointer } from '#net/native/libc/libc.js';
import { allocate, type NativeMemory } from '#net/native/libc/memory.js';
import { SOCKET_ADDRESS_BYTES } from '#net/native/sockets/socket-endpoint.js';

/** The longest message that is taken whole: more than any answer to a probe has. */
export const MAX_MESSAGE_BYTES = 4_096;
const CONTROL_BYTES = 256;
const DONTWAIT = 0x40;
const CLOCK_REALTIME = 0;

const SOL_SOCKET = 1;
const SCM_TIMESTAMPNS = 35;
const IPPROTO_IP = 0;
const IP_TTL = 2;
const IPPROTO_IPV6 = 41;
const IPV6_HOPLIMIT = 52;
const CONTROL_HEADER_BYTES = 16;

/** Where things lie in the one piece of memory: msghdr, its one iovec, time of day, sender, control, data. */
const IOVEC = 56;
const TIME = 72;
const NAME = 96;
const CONTROL = NAME + SOCKET_ADDRESS_BYTES;
const DATA = CONTROL + CONTROL_BYTES;

export interface ReceivedMessage {
  /** A copy. */
  readonly bytes: Uint8Array;
  /** The sender's socket address, good until the next message is taken. */
  readonly sender: DataView;
  /** How long ago the kernel got it, by its own time stamp; 0 where there is none. */
  readonly ageMicroseconds: number;
  /** Time to live or hop limit of its packet, where the socket was told to say. */
  readonly ttl?: number;
}

/**
 * Takes messages one by one with recvmsg, together with what the kernel knows of each: its time stamp makes a
 * round trip exact to the microsecond however late this process comes to read.
 */
export class MessageReader {
  readonly #memory: NativeMemory = allocate(DATA + MAX_MESSAGE_BYTES);
  readonly #recvmsg: ReturnType<Libc['func']>;
  readonly #clockGettime: ReturnType<Libc['func']>;
  readonly #sender: DataView;

  constructor() {
    const libc = loadLibc();
    this.#recvmsg = libc.func('long recvmsg(int fd, void *message, int flags)');
    this.#clockGettime = libc.func('int clock_gettime(int clock, void *time)');
    const { bytes } = this.#memory;
    this.#sender = new DataView(bytes.buffer, bytes.byteOffset + NAME, SOCKET_ADDRESS_BYTES);
    this.#writePointers();
  }

  /** `undefined` when nothing is there, or an error of the socket was, which is thereby cleared. */
  receive(fd: number): ReceivedMessage | undefined {
    const { view, bytes, pointer } = this.#memory;
    view.setUint32(8, SOCKET_ADDRESS_BYTES, true);
    view.setBigUint64(40, BigInt(CONTROL_BYTES), true);
    const length = Number(this.#recvmsg(fd, pointer, DONTWAIT));
    if (length < 0) return undefined;
    const { ttl, atMicroseconds } = this.#readControl(Number(view.getBigUint64(40, true)));
    const ageMicroseconds = atMicroseconds === undefined ? 0 : this.#nowMicroseconds() - atMicroseconds;
    return {
      bytes: bytes.slice(DATA, DATA + Math.min(length, MAX_MESSAGE_BYTES)),
      sender: this.#sender,
      ageMicroseconds: Math.max(0, ageMicroseconds),
      ...(ttl === undefined ? {} : { ttl }),
    };
  }

  free(): void {
    this.#memory.free();
  }

  #writePointers(): void {
    const { view, pointer } = this.#memory;
    const at = (offset: number): Pointer => pointer + BigInt(offset);
    view.setBigUint64(0, at(NAME), true);
    view.setBigUint64(16, at(IOVEC), true);
    view.setBigUint64(24, 1n, true);
    view.setBigUint64(32, at(CONTROL), true);
    view.setBigUint64(IOVEC, at(DATA), true);
    view.setBigUint64(IOVEC + 8, BigInt(MAX_MESSAGE_BYTES), true);
  }

  #readControl(length: number): { ttl?: number; atMicroseconds?: number } {
    const { view } = this.#memory;
    const found: { ttl?: number; atMicroseconds?: number } = {};
    const end = CONTROL + Math.min(length, CONTROL_BYTES);
    for (let at = CONTROL; at + CONTROL_HEADER_BYTES <= end; ) {
      const size = Number(view.getBigUint64(at, true));
      if (size < CONTROL_HEADER_BYTES || at + size > end) break;
      const level = view.getInt32(at + 8, true);
      const type = view.getInt32(at + 12, true);
      const data = at + CONTROL_HEADER_BYTES;
      if (level === SOL_SOCKET && type === SCM_TIMESTAMPNS) found.atMicroseconds = this.#timeAt(data);
      if ((level === IPPROTO_IP && type === IP_TTL) || (level === IPPROTO_IPV6 && type === IPV6_HOPLIMIT)) {
        found.ttl = view.getInt32(data, true);
      }
      at += Math.ceil(size / 8) * 8;
    }
    return found;
  }

  #nowMicroseconds(): number {
    this.#clockGettime(CLOCK_REALTIME, this.#memory.pointer + BigInt(TIME));
    return this.#timeAt(TIME);
  }

  /** A timespec, in microseconds since 1970. */
  #timeAt(offset: number): number {
    const { view } = this.#memory;
    return Number(view.getBigInt64(offset, true)) * 1e6 + Number(view.getBigInt64(offset + 8, true)) / 1_000;
  }
}
