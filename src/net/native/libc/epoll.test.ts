import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { EPOLLIN, EPOLLONESHOT, Epoll } from '#net/native/libc/epoll.js';
import { loadLibc } from '#net/native/libc/libc.js';
import { allocate } from '#net/native/libc/memory.js';

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('SKIPPED: native calls are made on Linux alone');

function pipe(): { readEnd: number; writeEnd: number } {
  const memory = allocate(8);
  loadLibc().func('int pipe(void *ends)')(memory.pointer);
  const ends = { readEnd: memory.view.getInt32(0, true), writeEnd: memory.view.getInt32(4, true) };
  memory.free();
  return ends;
}

function write(fd: number): void {
  const memory = allocate(1);
  loadLibc().func('long write(int fd, const void *bytes, size_t count)')(fd, memory.pointer, 1);
  memory.free();
}

describe.skipIf(!isLinux)('epoll', () => {
  it('tells the event loop of what is ready, once, and again when asked to', async () => {
    const { readEnd, writeEnd } = pipe();
    let received = Promise.withResolvers<number[]>();
    const epoll: Epoll = new Epoll(() => received.resolve(epoll.ready()));
    expect(epoll.watch(readEnd, EPOLLIN | EPOLLONESHOT)).toBeUndefined();
    expect(epoll.ready()).toEqual([]);
    write(writeEnd);
    // The list alone keeps no process alive, nor this test.
    const alive = setTimeout(() => received.reject(new Error('nothing heard')), 5_000);
    expect(await received.promise).toEqual([readEnd]);
    expect(epoll.ready()).toEqual([]);
    received = Promise.withResolvers();
    expect(epoll.watchAgain(readEnd, EPOLLIN | EPOLLONESHOT)).toBeUndefined();
    expect(await received.promise).toEqual([readEnd]);
    clearTimeout(alive);
    epoll.close();
    epoll.close();
    expect(epoll.ready()).toEqual([]);
    for (const fd of [readEnd, writeEnd]) loadLibc().close(fd);
  });

  it('names what the kernel refuses', () => {
    const epoll = new Epoll(() => undefined);
    expect(epoll.watch(-1, EPOLLIN)).toBe('EBADF');
    epoll.close();
  });

  it('does not keep a process alive', () => {
    const script = `
      import { Epoll } from '${new URL('epoll.ts', import.meta.url).href}';
      new Epoll(() => undefined);`;
    const { status } = spawnSync(
      process.execPath,
      ['--conditions=source', '--input-type=module', '--eval', script],
      {
        timeout: 20_000,
      },
    );
    expect(status).toBe(0);
  });
});
