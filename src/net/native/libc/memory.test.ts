import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { errnoName, loadLibc, nameOfErrno } from '#net/native/libc/libc.js';
import { allocate } from '#net/native/libc/memory.js';

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('SKIPPED: native calls are made on Linux alone');

describe.skipIf(!isLinux)('native memory', () => {
  it('is shared with the C library, in both directions', () => {
    const memory = allocate(16);
    const strlen = loadLibc().func('size_t strlen(const void *text)');
    const memset = loadLibc().func('void *memset(void *at, int byte, size_t count)');
    memory.bytes.set(new TextEncoder().encode('abc'));
    expect(Number(strlen(memory.pointer))).toBe(3);
    memset(memory.pointer, 0x41, 5);
    expect([...memory.bytes.subarray(0, 6)]).toEqual([0x41, 0x41, 0x41, 0x41, 0x41, 0]);
    expect(memory.view.getUint16(0)).toBe(0x4141);
    memory.free();
    memory.free();
  });
});

describe.skipIf(!isLinux)('errors of the C library', () => {
  it('are told by name', () => {
    expect(loadLibc().close(-1)).toBe(-1);
    expect(errnoName()).toBe('EBADF');
    expect(nameOfErrno(constants.errno.EMFILE)).toBe('EMFILE');
    expect(nameOfErrno(9_999)).toBe('errno 9999');
  });
});
