import { errno, libcFunction } from '#net/native/libc/libc.js';
import { allocate, type NativeMemory } from '#net/native/libc/memory.js';

/** struct mmsghdr and struct iovec on 64-bit systems. */
const HEADER_BYTES = 64;
const IOVEC_BYTES = 16;
const WORDS_PER_HEADER = HEADER_BYTES / 4;
const RECEIVED_LENGTH_WORD = 14;
const DONT_WAIT = 0x40;

const sendmmsg = libcFunction('int sendmmsg(int fd, void *vector, unsigned int count, int flags)');
const recvmmsg = libcFunction(
  'int recvmmsg(int fd, void *vector, unsigned int count, int flags, void *timeout)',
);

/** From one socket address to the next. */
export const NAME_BYTES = 32;

export interface MessageVectorOptions {
  readonly capacity: number;
  /** Bytes from one message to the next, a multiple of 4. */
  readonly strideBytes: number;
  /** Bytes at the start of every message that the kernel is not shown. */
  readonly skipBytes?: number;
  /** Whether each message has a socket address of its own. */
  readonly hasNames?: boolean;
}

/**
 * Messages of one size in one stretch of the C library's memory, with the headers the kernel wants, so that one
 * call sends or receives hundreds.
 *
 *     headers  [ h0 | h1 | … ]      data  [ message 0 ····| message 1 ····| … ]
 */
export class MessageVector {
  readonly capacity: number;
  /** Bytes from one message to the next, a multiple of 4. */
  readonly strideBytes: number;
  readonly bytes: Uint8Array;
  /** The same bytes, in the machine's own order. */
  readonly words: Uint16Array;
  /** A socket address for each message, NAME_BYTES apart; empty without them. */
  readonly names: Uint8Array;
  readonly #skipBytes: number;
  readonly #names: NativeMemory | undefined;
  readonly #data: NativeMemory;
  readonly #headers: NativeMemory;
  readonly #iovecs: NativeMemory;
  readonly #headerWords: Uint32Array;
  readonly #iovecWords: Uint32Array;

  constructor({ capacity, strideBytes, skipBytes = 0, hasNames = false }: MessageVectorOptions) {
    this.capacity = capacity;
    this.strideBytes = strideBytes;
    this.#skipBytes = skipBytes;
    this.#data = allocate(capacity * strideBytes);
    this.#headers = allocate(capacity * HEADER_BYTES);
    this.#iovecs = allocate(capacity * IOVEC_BYTES);
    this.bytes = this.#data.bytes;
    this.words = new Uint16Array(this.#data.bytes.buffer, 0, (capacity * strideBytes) / 2);
    this.#headerWords = new Uint32Array(this.#headers.bytes.buffer, 0, capacity * WORDS_PER_HEADER);
    this.#iovecWords = new Uint32Array(this.#iovecs.bytes.buffer, 0, (capacity * IOVEC_BYTES) / 4);
    for (let at = 0; at < capacity; at += 1) {
      const start = BigInt(at * strideBytes + skipBytes);
      this.#iovecs.view.setBigUint64(at * IOVEC_BYTES, this.#data.pointer + start, true);
      this.setLength(at, strideBytes);
      const iovec = this.#iovecs.pointer + BigInt(at * IOVEC_BYTES);
      this.#headers.view.setBigUint64(at * HEADER_BYTES + 16, iovec, true);
      this.#headers.view.setBigUint64(at * HEADER_BYTES + 24, 1n, true);
    }
    this.#names = hasNames ? allocate(capacity * NAME_BYTES) : undefined;
    this.names = this.#names?.bytes ?? new Uint8Array(0);
    if (this.#names !== undefined) this.#pointAtNames(this.#names.pointer);
  }

  #pointAtNames(names: bigint): void {
    for (let at = 0; at < this.capacity; at += 1)
      this.#headers.view.setBigUint64(at * HEADER_BYTES, names + BigInt(at * NAME_BYTES), true);
  }

  /** How many bytes of each socket address count. */
  setNameLength(byteCount: number): void {
    for (let at = 0; at < this.capacity; at += 1) this.#headerWords[at * WORDS_PER_HEADER + 2] = byteCount;
  }

  /** How many bytes of a message are sent or may be received, those skipped counted in. */
  setLength(at: number, byteCount: number): void {
    this.#iovecWords[at * 4 + 2] = byteCount - this.#skipBytes;
  }

  /** Bytes of a message that was received, those skipped counted in. */
  receivedLength(at: number): number {
    return this.#skipBytes + (this.#headerWords[at * WORDS_PER_HEADER + RECEIVED_LENGTH_WORD] ?? 0);
  }

  /** Gives messages `first` up to `end` to the kernel without waiting. The count it took, or the error, negative. */
  send(fd: number, first: number, end: number): number {
    const at = first === 0 ? this.#headers.pointer : this.#headers.pointer + BigInt(first * HEADER_BYTES);
    const sent = Number(sendmmsg(fd, at, end - first, DONT_WAIT));
    return sent < 0 ? -errno() : sent;
  }

  /** Takes what has arrived without waiting. The count, or the error, negative. */
  receive(fd: number): number {
    const count = Number(recvmmsg(fd, this.#headers.pointer, this.capacity, DONT_WAIT, null));
    return count < 0 ? -errno() : count;
  }

  free(): void {
    this.#data.free();
    this.#headers.free();
    this.#iovecs.free();
    this.#names?.free();
  }
}
