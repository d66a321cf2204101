import { constants } from 'node:os';
import koffi from 'koffi';

/** A pointer into memory that the garbage collector knows nothing of. */
export type Pointer = bigint;

/**
 * The system's C library, for the calls that Node does not offer. Integers go in and come out as the kernel has
 * them: -1 is a failure, and `errnoName` says which, if it is asked before the next call. One call costs 0.2 µs.
 */
export interface Libc {
  /** Makes a caller of one function from its C declaration, such as `int close(int fd)`. */
  func(declaration: string): (...args: unknown[]) => unknown;
  close(fd: number): number;
  socket(family: number, type: number, protocol: number): number;
}

let loaded: Libc | undefined;

/** Throws where there is no GNU C library, which is everywhere but on Linux. */
export function loadLibc(): Libc {
  loaded ??= load();
  return loaded;
}

/** Whether there is a GNU C library. */
export function hasLibc(): boolean {
  try {
    loadLibc();
    return true;
  } catch {
    return false;
  }
}

function load(): Libc {
  const library = koffi.load('libc.so.6');
  return {
    func: (declaration) => library.func(declaration),
    close: library.func('int close(int fd)'),
    socket: library.func('int socket(int family, int type, int protocol)'),
  };
}

/** One function of the library, looked up with its first use: a file that needs it can be imported anywhere. */
export function libcFunction(declaration: string): (...args: unknown[]) => unknown {
  let call: ((...args: unknown[]) => unknown) | undefined;
  return (...args) => {
    call ??= loadLibc().func(declaration);
    return call(...args);
  };
}

const ERRNO_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([name, number]) => [number, name]),
);

/** Number of the last failed call's error. */
export function errno(): number {
  return koffi.errno();
}

/** Name of the last failed call's error, such as EMFILE. */
export function errnoName(): string {
  return nameOfErrno(koffi.errno());
}

export function nameOfErrno(errno: number): string {
  return ERRNO_NAMES.get(errno) ?? `errno ${errno}`;
}
