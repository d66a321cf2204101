import { libcFunction } from '#net/native/libc/libc.js';
import { allocate, type NativeMemory } from '#net/native/libc/memory.js';

const POLLIN = 1;

const poll = libcFunction('int poll(void *fds, unsigned long count, int timeoutMs)');
let memory: NativeMemory | undefined;

/** Rests until the descriptor has something to read, at most so long. It blocks the thread. */
export function pollReadable(fd: number, timeoutMs: number): void {
  memory ??= allocate(8);
  memory.view.setInt32(0, fd, true);
  memory.view.setInt16(4, POLLIN, true);
  poll(memory.pointer, 1, Math.ceil(timeoutMs));
}
