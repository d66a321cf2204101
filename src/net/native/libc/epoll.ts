import koffi, { type node } from 'koffi';
import { errnoName, type Libc, loadLibc } from '#net/native/libc/libc.js';
import { allocate, type NativeMemory } from '#net/native/libc/memory.js';
import { SystemCallError } from '#net/native/libc/system-call-error.js';

export const EPOLLIN = 0x1;
export const EPOLLOUT = 0x4;
/** One event, then silence until the next `watchAgain`. */
export const EPOLLONESHOT = 0x4000_0000;

/** Events taken from the kernel in one call. */
const MAX_EVENTS = 512;
const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_MOD = 3;
/** `struct epoll_event` is packed on x64 alone: 32 bits of events, then 64 bits of ours. */
const EVENT_BYTES = process.arch === 'x64' ? 12 : 16;
const DATA_OFFSET = EVENT_BYTES - 8;

interface Calls {
  readonly create: (flags: number) => unknown;
  readonly control: (epoll: number, operation: number, fd: number, event: bigint) => unknown;
  readonly wait: (epoll: number, events: bigint, maxEvents: number, timeoutMs: number) => unknown;
}

let calls: Calls | undefined;

function callsOf(libc: Libc): Calls {
  calls ??= {
    create: libc.func('int epoll_create1(int flags)'),
    control: libc.func('int epoll_ctl(int epoll, int operation, int fd, void *event)'),
    wait: libc.func('int epoll_wait(int epoll, void *events, int count, int timeoutMs)'),
  };
  return calls;
}

/**
 * The kernel's own list of descriptors to watch. The event loop is told when one is ready; it does not keep
 * the process alive by that. A closed descriptor is forgotten by itself.
 */
export class Epoll {
  readonly #libc = loadLibc();
  readonly #calls = callsOf(this.#libc);
  readonly #fd: number;
  readonly #change: NativeMemory;
  readonly #events: NativeMemory;
  readonly #poll: node.PollHandle;
  #isClosed = false;

  /** Throws SystemCallError when the kernel gives none, such as EMFILE. */
  constructor(onReady: () => void) {
    this.#fd = Number(this.#calls.create(EPOLL_CLOEXEC));
    if (this.#fd < 0) throw new SystemCallError('epoll_create1', errnoName());
    this.#change = allocate(EVENT_BYTES);
    this.#events = allocate(EVENT_BYTES * MAX_EVENTS);
    this.#poll = koffi.node.poll(this.#fd, { readable: true }, onReady);
    this.#poll.unref();
  }

  /** Undefined, or the name of the error. */
  watch(fd: number, events: number): string | undefined {
    return this.#control(EPOLL_CTL_ADD, fd, events);
  }

  /** For a descriptor that was watched before and had its one event. */
  watchAgain(fd: number, events: number): string | undefined {
    return this.#control(EPOLL_CTL_MOD, fd, events);
  }

  /** Descriptors that are ready now, up to 512 of them: without waiting. */
  ready(): number[] {
    if (this.#isClosed) return [];
    const count = Number(this.#calls.wait(this.#fd, this.#events.pointer, MAX_EVENTS, 0));
    const { view } = this.#events;
    return Array.from({ length: Math.max(0, count) }, (_, at) =>
      view.getInt32(at * EVENT_BYTES + DATA_OFFSET, true),
    );
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#poll.close();
    this.#libc.close(this.#fd);
    this.#change.free();
    this.#events.free();
  }

  #control(operation: number, fd: number, events: number): string | undefined {
    const { view, pointer } = this.#change;
    view.setUint32(0, events, true);
    view.setInt32(DATA_OFFSET, fd, true);
    return Number(this.#calls.control(this.#fd, operation, fd, pointer)) < 0 ? errnoName() : undefined;
  }
}
