import { libcFunction } from '#net/native/libc/libc.js';

const call = libcFunction('int setsockopt(int fd, int level, int name, void *value, unsigned int length)');

/** `value` points at `byteCount` bytes. 0, or -1 for a failure. */
export function setsockopt(
  fd: number,
  { level, name }: { readonly level: number; readonly name: number },
  { pointer, byteCount }: { readonly pointer: bigint; readonly byteCount: number },
): number {
  return Number(call(fd, level, name, pointer, byteCount));
}
