import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Completed } from '#scan/engine/engine.js';
import type { CompletedChunk } from '#scan/results/completed-chunk.js';
import { CHUNK_DELAY_MS, CHUNK_RESULTS, CompletedStream } from '#scan/results/completed-stream.js';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const onTaken = vi.fn();
const onReturn = vi.fn();

function completed(position: number): Completed {
  const address = { family: 4, value: 0x7f00_0001n } as const;
  return {
    position,
    attempts: 0,
    observedAtMs: 0,
    probe: { address, protocol: 'tcp', port: 1 },
    outcome: 'skipped',
  };
}

/** What `next` has given by now: positions, `end`, the error, or `waiting`. */
async function state(next: Promise<IteratorResult<CompletedChunk, undefined>>): Promise<unknown> {
  let seen: unknown = 'waiting';
  const watch = async () => {
    try {
      const { value } = await next;
      seen = value === undefined ? 'end' : [...value.positions];
    } catch (error) {
      seen = error;
    }
  };
  void watch();
  await vi.advanceTimersByTimeAsync(0);
  return seen;
}

describe('settled stream', () => {
  let stream: CompletedStream;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
    stream = new CompletedStream({ clock, onTaken, onReturn });
  });

  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
    vi.clearAllMocks();
  });

  it('hands over the first result at once and then gathers', async () => {
    const first = stream.next();
    stream.add(completed(1));
    expect(await state(first)).toEqual([1]);
    const second = stream.next();
    stream.add(completed(2));
    await vi.advanceTimersByTimeAsync(CHUNK_DELAY_MS / 2);
    stream.add(completed(3));
    expect(await state(second)).toBe('waiting');
    await vi.advanceTimersByTimeAsync(CHUNK_DELAY_MS / 2);
    expect(await state(second)).toEqual([2, 3]);
  });

  it('hands over a full chunk without waiting', async () => {
    stream.add(completed(0));
    await stream.next();
    const full = stream.next();
    for (let i = 1; i <= CHUNK_RESULTS; i += 1) stream.add(completed(i));
    const { value } = await full;
    expect(value?.count).toBe(CHUNK_RESULTS);
    expect(stream.unreadCount).toBe(0);
    expect(onTaken).toHaveBeenCalledTimes(2);
  });

  it('hands over the rest at the end, then ends, and takes nothing more', async () => {
    stream.add(completed(0));
    await stream.next();
    stream.add(completed(1));
    const rest = stream.next();
    stream.end();
    stream.add(completed(2));
    expect(await state(rest)).toEqual([1]);
    expect(await state(stream.next())).toBe('end');
    expect(await state(stream.next())).toBe('end');
  });

  it('hands over the rest before it throws, once', async () => {
    stream.add(completed(0));
    await stream.next();
    stream.add(completed(1));
    const error = new Error('no more');
    stream.fail(error);
    expect(await state(stream.next())).toEqual([1]);
    expect(await state(stream.next())).toBe(error);
    expect(await state(stream.next())).toBe('end');
  });

  it('tells that its reader left, and ends the wait it was in', async () => {
    const waiting = stream.next();
    await stream.return();
    expect(await state(waiting)).toBe('end');
    expect(onReturn).toHaveBeenCalledOnce();
  });

  it('leaves no timer behind when the reader leaves in between', async () => {
    stream.add(completed(0));
    await stream.next();
    stream.add(completed(1));
    const waiting = stream.next();
    expect(vi.getTimerCount()).toBe(1);
    await stream.return();
    expect(await state(waiting)).toBe('end');
  });
});
