import koffi from 'koffi';
import { loadLibc, type Pointer } from '#net/native/libc/libc.js';

/**
 * Memory from the C library, zeroed. What the kernel keeps a pointer to must lie here: a Buffer may be moved or
 * collected under it.
 */
export interface NativeMemory {
  readonly pointer: Pointer;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Gives it back; neither the pointer nor the views may be used any more. Doing it twice is no error. */
  free(): void;
}

/** Throws RangeError when there is no such amount of memory. */
export function allocate(byteCount: number): NativeMemory {
  const libc = loadLibc();
  const calloc: (count: number, size: number) => unknown = libc.func(
    'void *calloc(size_t count, size_t size)',
  );
  const free: (pointer: Pointer) => unknown = libc.func('void free(void *pointer)');
  const pointer = calloc(1, byteCount);
  if (typeof pointer !== 'bigint' || pointer === 0n) throw new RangeError(`no memory for ${byteCount} bytes`);
  const buffer = koffi.view(pointer, byteCount);
  let isFree = false;
  return {
    pointer,
    bytes: new Uint8Array(buffer),
    view: new DataView(buffer),
    free: () => {
      if (!isFree) free(pointer);
      isFree = true;
    },
  };
}
