import { errnoName, type Libc, loadLibc } from '#net/native/libc/libc.js';
import { allocate, type NativeMemory } from '#net/native/libc/memory.js';
import { SocketError } from '#net/native/libc/socket-error.js';
import { MessageReader } from '#net/native/sockets/received-message.js';
import { SOCKET_ADDRESS_BYTES, writeLinkEndpoint } from '#net/native/sockets/socket-endpoint.js';

const AF_PACKET = 17;
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 0o2004002;
const MAX_SENT_BYTES = 1_500;

export interface LinkMessage {
  /** Without the Ethernet header. */
  readonly bytes: Uint8Array;
  readonly ageMicroseconds: number;
}

export interface LinkSocketOptions {
  readonly interfaceIndex: number;
  readonly etherType: number;
}

/** Sends and hears one kind of Ethernet payload on one interface; the kernel makes the header. Needs CAP_NET_RAW. */
export class LinkSocket {
  readonly #libc: Libc;
  readonly #options: LinkSocketOptions;
  readonly #fd: number;
  readonly #reader = new MessageReader();
  readonly #address: NativeMemory = allocate(SOCKET_ADDRESS_BYTES);
  readonly #outgoing: NativeMemory = allocate(MAX_SENT_BYTES);
  readonly #sendto: ReturnType<Libc['func']>;
  #isClosed = false;

  /** Throws SocketError, with EPERM where this process may not. */
  constructor(options: LinkSocketOptions) {
    this.#options = options;
    this.#libc = loadLibc();
    this.#sendto = this.#libc.func(
      'long sendto(int fd, void *bytes, size_t count, int flags, void *address, uint32_t length)',
    );
    const bind = this.#libc.func('int bind(int fd, void *address, uint32_t length)');
    // With protocol 0 it hears nothing before it is bound to its interface.
    this.#fd = this.#libc.socket(AF_PACKET, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
    const length = writeLinkEndpoint(this.#address.view, options);
    if (this.#fd >= 0 && bind(this.#fd, this.#address.pointer, length) === 0) {
      this.#stampTimes();
      return;
    }
    const error = new SocketError(this.#fd < 0 ? 'socket' : 'bind', errnoName());
    this.close();
    throw error;
  }

  /** The name of the error, if the bytes did not leave. `mac`: six bytes. */
  send(bytes: Uint8Array, mac: Uint8Array): string | undefined {
    if (this.#isClosed) return 'EBADF';
    if (bytes.length > MAX_SENT_BYTES) return 'EMSGSIZE';
    this.#outgoing.bytes.set(bytes);
    const length = writeLinkEndpoint(this.#address.view, { ...this.#options, mac });
    const { pointer } = this.#outgoing;
    const sent = this.#sendto(this.#fd, pointer, bytes.length, 0, this.#address.pointer, length);
    return Number(sent) < 0 ? errnoName() : undefined;
  }

  /** `undefined` when nothing waits. */
  receive(): LinkMessage | undefined {
    return this.#isClosed ? undefined : this.#reader.receive(this.#fd);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#fd >= 0) this.#libc.close(this.#fd);
    this.#reader.free();
    this.#address.free();
    this.#outgoing.free();
  }

  /** Without stamps round trips would only be less exact. */
  #stampTimes(): void {
    const setsockopt = this.#libc.func(
      'int setsockopt(int fd, int level, int name, void *value, uint32_t length)',
    );
    this.#outgoing.view.setInt32(0, 1, true);
    setsockopt(this.#fd, 1, 35, this.#outgoing.pointer, 4);
  }
}
