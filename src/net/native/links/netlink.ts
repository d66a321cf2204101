import { errnoName, libcFunction, loadLibc, nameOfErrno } from '#net/native/libc/libc.js';
import { allocate } from '#net/native/libc/memory.js';
import { NativeCallError } from '#net/native/libc/native-call-error.js';
import { setsockopt } from '#net/native/sockets/socket-option.js';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_ROUTE = 0;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const REPLY_TIMEOUT_S = 2;
const HEADER_BYTES = 16;
const ATTRIBUTE_BYTES = 4;
const BUFFER_BYTES = 64 * 1024;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_REQUEST = 1;
const NLM_F_MULTI = 2;
const NLM_F_DUMP = 0x300;

const send = libcFunction('long send(int fd, void *data, size_t length, int flags)');
const receive = libcFunction('long recv(int fd, void *data, size_t length, int flags)');

export interface NetlinkMessage {
  readonly type: number;
  /** What follows the header: the fixed part, then attributes. */
  readonly payload: DataView;
}

export interface NetlinkRequest {
  readonly type: number;
  readonly isDump?: boolean;
  readonly fixed: Uint8Array;
  readonly attributes?: ReadonlyMap<number, Uint8Array>;
}

/** One conversation with the kernel about links, routes and neighbors. Needs no privilege. */
export class Netlink {
  readonly #fd: number;
  readonly #memory = allocate(BUFFER_BYTES);
  #sequence = 0;
  #isClosed = false;

  /** Throws NativeCallError. */
  constructor() {
    const libc = loadLibc();
    this.#fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (this.#fd < 0) throw new NativeCallError('socket', errnoName());
    this.#memory.view.setBigInt64(0, BigInt(REPLY_TIMEOUT_S), true);
    setsockopt(
      this.#fd,
      { level: SOL_SOCKET, name: SO_RCVTIMEO },
      { pointer: this.#memory.pointer, byteCount: 16 },
    );
  }

  /** The kernel's answers to one request. Throws NativeCallError with the kernel's word, such as ENETUNREACH. */
  probe(request: NetlinkRequest): NetlinkMessage[] {
    this.#sequence += 1;
    const bytes = encode(request, this.#sequence);
    this.#memory.bytes.set(bytes);
    const sent = Number(send(this.#fd, this.#memory.pointer, bytes.length, 0));
    if (sent < 0) throw new NativeCallError('send', errnoName());
    const messages: NetlinkMessage[] = [];
    while (!this.#readInto(messages));
    return messages;
  }

  /** Reads one datagram; true when it was the last of the answer. */
  #readInto(messages: NetlinkMessage[]): boolean {
    const byteCount = Number(receive(this.#fd, this.#memory.pointer, BUFFER_BYTES, 0));
    if (byteCount < 0) throw new NativeCallError('recv', errnoName());
    const view = new DataView(this.#memory.bytes.slice(0, byteCount).buffer);
    for (let at = 0; at + HEADER_BYTES <= byteCount; ) {
      const length = view.getUint32(at, true);
      const type = view.getUint16(at + 4, true);
      if (length < HEADER_BYTES || at + length > byteCount) return true;
      if (view.getUint32(at + 8, true) === this.#sequence) {
        if (type === NLMSG_DONE) return true;
        const payload = new DataView(view.buffer, at + HEADER_BYTES, length - HEADER_BYTES);
        if (type === NLMSG_ERROR) return endOf(payload);
        messages.push({ type, payload });
        if ((view.getUint16(at + 6, true) & NLM_F_MULTI) === 0) return true;
      }
      at += align(length);
    }
    return false;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    loadLibc().close(this.#fd);
    this.#memory.free();
  }
}

/** The attributes behind the fixed part, the last one where a type comes twice. */
export function attributesOf({ payload }: NetlinkMessage, fixedBytes: number): Map<number, Uint8Array> {
  const attributes = new Map<number, Uint8Array>();
  for (let at = fixedBytes; at + ATTRIBUTE_BYTES <= payload.byteLength; ) {
    const length = payload.getUint16(at, true);
    if (length < ATTRIBUTE_BYTES || at + length > payload.byteLength) break;
    const start = payload.byteOffset + at;
    attributes.set(
      payload.getUint16(at + 2, true) & 0x3fff,
      new Uint8Array(payload.buffer.slice(start + ATTRIBUTE_BYTES, start + length)),
    );
    at += align(length);
  }
  return attributes;
}

function endOf(payload: DataView): true {
  const errno = -payload.getInt32(0, true);
  if (errno !== 0) throw new NativeCallError('netlink', nameOfErrno(errno));
  return true;
}

function encode({ type, isDump = false, fixed, attributes = new Map() }: NetlinkRequest, sequence: number) {
  const bytes = new Uint8Array(BUFFER_BYTES);
  const view = new DataView(bytes.buffer);
  let length = HEADER_BYTES + align(fixed.length);
  bytes.set(fixed, HEADER_BYTES);
  for (const [name, value] of attributes) {
    view.setUint16(length, ATTRIBUTE_BYTES + value.length, true);
    view.setUint16(length + 2, name, true);
    bytes.set(value, length + ATTRIBUTE_BYTES);
    length += align(ATTRIBUTE_BYTES + value.length);
  }
  view.setUint32(0, length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, NLM_F_REQUEST | (isDump ? NLM_F_DUMP : 0), true);
  view.setUint32(8, sequence, true);
  return bytes.subarray(0, length);
}

function align(length: number): number {
  return (length + 3) & ~3;
}
