import type { Address, AddressFamily } from '#domain/addresses/address.js';
import { errnoName, type Libc, loadLibc } from '#net/native/libc/libc.js';
import { allocate, type NativeMemory } from '#net/native/libc/memory.js';
import { SocketError } from '#net/native/libc/socket-error.js';
import { MessageReader } from '#net/native/sockets/received-message.js';
import {
  type Endpoint,
  readEndpoint,
  SOCKET_ADDRESS_BYTES,
  socketFamily,
  writeEndpoint,
} from '#net/native/sockets/socket-endpoint.js';

export const SOCKET_TYPE = { stream: 1, datagram: 2, raw: 3 } as const;
const NONBLOCK_CLOEXEC = 0o2004000;
/** Longest datagram that is sent: more than any probe has. */
export const MAX_SENT_BYTES = 4_096;
/** Answers that wait while this process is busy: with 4 MiB it kept 10,082 of 28 bytes. */
const RECEIVE_BUFFER_BYTES = 4_194_304;

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const SO_TIMESTAMPNS = 35;
const OPTION_BYTES = 64;

export interface Datagram extends Endpoint {
  /** What the kernel hands over: of a raw IPv4 socket the IP packet, of all others what is above IP. */
  readonly bytes: Uint8Array;
  readonly ageMicroseconds: number;
  readonly ttl?: number;
}

export interface IpSocketOptions {
  readonly family: AddressFamily;
  readonly type: keyof typeof SOCKET_TYPE;
  /** See `IP_PROTOCOL`; 0 is the usual one of the type. */
  readonly protocol: number;
}

/** A socket of the Internet families that never blocks: for what `node:dgram` does not open. */
export class IpSocket {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #reader = new MessageReader();
  readonly #address: NativeMemory = allocate(SOCKET_ADDRESS_BYTES + OPTION_BYTES);
  readonly #outgoing: NativeMemory = allocate(MAX_SENT_BYTES);
  readonly #calls: Calls;
  #isClosed = false;

  /** Throws SocketError, with EPERM or EACCES where this process may not. */
  constructor({ family, type, protocol }: IpSocketOptions) {
    this.#libc = loadLibc();
    this.#calls = callsOf(this.#libc);
    this.#fd = this.#libc.socket(socketFamily(family), SOCKET_TYPE[type] | NONBLOCK_CLOEXEC, protocol);
    if (this.#fd < 0) {
      const error = new SocketError('socket', errnoName());
      this.#free();
      throw error;
    }
    this.setOption(SOL_SOCKET, SO_TIMESTAMPNS, 1);
    // Only the administrator may go beyond the system's bound; others get as much as it allows.
    if (!this.#trySetOption(SOL_SOCKET, SO_RCVBUFFORCE, intBytes(RECEIVE_BUFFER_BYTES))) {
      this.#trySetOption(SOL_SOCKET, SO_RCVBUF, intBytes(RECEIVE_BUFFER_BYTES));
    }
  }

  /** A whole number, or bytes as the kernel wants them. Throws SocketError. */
  setOption(level: number, name: number, value: number | Uint8Array): void {
    const bytes = typeof value === 'number' ? intBytes(value) : value;
    if (!this.#trySetOption(level, name, bytes)) throw new SocketError('setsockopt', errnoName());
  }

  /** Throws SocketError. */
  bind(endpoint: Endpoint): void {
    this.#withAddress('bind', endpoint);
  }

  /** Of a datagram socket it sends nothing: it chooses the route and the only sender to hear. Throws SocketError. */
  connect(endpoint: Endpoint): void {
    this.#withAddress('connect', endpoint);
  }

  /** The own end. Throws SocketError. */
  local(): Endpoint {
    const { view, pointer } = this.#address;
    view.setUint32(SOCKET_ADDRESS_BYTES, SOCKET_ADDRESS_BYTES, true);
    if (this.#calls.getsockname(this.#fd, pointer, pointer + BigInt(SOCKET_ADDRESS_BYTES)) !== 0) {
      throw new SocketError('getsockname', errnoName());
    }
    const endpoint = readEndpoint(view);
    if (endpoint === undefined) throw new SocketError('getsockname', 'EAFNOSUPPORT');
    return endpoint;
  }

  /** The name of the error, if the bytes did not leave. Without `to` it goes where the socket is connected to. */
  send(bytes: Uint8Array, to?: Endpoint): string | undefined {
    if (this.#isClosed) return 'EBADF';
    if (bytes.length > MAX_SENT_BYTES) return 'EMSGSIZE';
    this.#outgoing.bytes.set(bytes);
    const length = to === undefined ? 0 : writeEndpoint(this.#address.view, to);
    const address = to === undefined ? 0n : this.#address.pointer;
    const sent = this.#calls.sendto(this.#fd, this.#outgoing.pointer, bytes.length, 0, address, length);
    return Number(sent) < 0 ? errnoName() : undefined;
  }

  /** `undefined` when nothing waits. */
  receive(): Datagram | undefined {
    if (this.#isClosed) return undefined;
    const message = this.#reader.receive(this.#fd);
    const from = message === undefined ? undefined : readEndpoint(message.sender);
    if (message === undefined || from === undefined) return undefined;
    const { bytes, ageMicroseconds, ttl } = message;
    return { ...from, bytes, ageMicroseconds, ...(ttl === undefined ? {} : { ttl }) };
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#libc.close(this.#fd);
    this.#free();
  }

  #trySetOption(level: number, name: number, value: Uint8Array): boolean {
    const { bytes, pointer } = this.#address;
    bytes.set(value, SOCKET_ADDRESS_BYTES);
    const at = pointer + BigInt(SOCKET_ADDRESS_BYTES);
    return this.#calls.setsockopt(this.#fd, level, name, at, value.length) === 0;
  }

  #withAddress(call: 'bind' | 'connect', endpoint: Endpoint): void {
    const length = writeEndpoint(this.#address.view, endpoint);
    if (this.#calls[call](this.#fd, this.#address.pointer, length) !== 0) {
      throw new SocketError(call, errnoName());
    }
  }

  #free(): void {
    this.#reader.free();
    this.#address.free();
    this.#outgoing.free();
  }
}

function intBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  return bytes;
}

type Call = ReturnType<Libc['func']>;
type Calls = Readonly<Record<'bind' | 'connect' | 'getsockname' | 'setsockopt' | 'sendto', Call>>;
let calls: Calls | undefined;

function callsOf(libc: Libc): Calls {
  calls ??= {
    bind: libc.func('int bind(int fd, void *address, uint32_t length)'),
    connect: libc.func('int connect(int fd, void *address, uint32_t length)'),
    getsockname: libc.func('int getsockname(int fd, void *address, void *length)'),
    setsockopt: libc.func('int setsockopt(int fd, int level, int name, void *value, uint32_t length)'),
    sendto: libc.func(
      'long sendto(int fd, void *bytes, size_t count, int flags, void *address, uint32_t length)',
    ),
  };
  return calls;
}

/** Which of this machine's addresses it would send from. Throws SocketError, with ENETUNREACH where no route leads. */
export class SourceLookup {
  readonly #sockets = new Map<AddressFamily, IpSocket>();

  sourceFor(destination: Address): Address {
    const { family } = destination;
    const known = this.#sockets.get(family);
    const socket = known ?? new IpSocket({ family, type: 'datagram', protocol: 0 });
    this.#sockets.set(family, socket);
    // Any port does: nothing is sent.
    socket.connect({ address: destination, port: 9 });
    return socket.local().address;
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close();
  }
}
