import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { OutstandingQueries } from '#net/probe/ports/outstanding-queries.js';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'],
  });
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** Messages that lie in the kernel, each the key of what it answers and how long it lay there. */
function queriesWith(waiting: { key: string; ageMicroseconds: number }[]) {
  const queries: OutstandingQueries<number> = new OutstandingQueries({
    clock,
    readOne: () => {
      const message = waiting.shift();
      if (message === undefined) return false;
      queries.answer(message.key, message.ageMicroseconds, (roundTrip) => roundTrip);
      return true;
    },
  });
  return queries;
}

function probe(queries: OutstandingQueries<number>, key: string, signal = new AbortController().signal) {
  return queries.probe(key, () => undefined, { timeoutMs: 100, signal });
}

describe('open queries', () => {
  test('get the time on the wire, without the time their answer lay in the kernel', async () => {
    const waiting: { key: string; ageMicroseconds: number }[] = [];
    const queries = queriesWith(waiting);
    const answer = probe(queries, 'a');
    await vi.advanceTimersByTimeAsync(20);
    waiting.push({ key: 'a', ageMicroseconds: 15_000 });
    await vi.advanceTimersByTimeAsync(1);
    await expect(answer).resolves.toBe(6_000);
  });

  test('end without an answer when their time is over', async () => {
    const answer = probe(queriesWith([{ key: 'other', ageMicroseconds: 0 }]), 'a');
    await vi.advanceTimersByTimeAsync(100);
    await expect(answer).resolves.toBeUndefined();
  });

  test('take an answer that is there when the time is over, however late that is noticed', async () => {
    const waiting: { key: string; ageMicroseconds: number }[] = [];
    const queries = queriesWith(waiting);
    const answer = queries.probe('a', () => undefined, {
      timeoutMs: 0,
      signal: new AbortController().signal,
    });
    waiting.push({ key: 'a', ageMicroseconds: 0 });
    await vi.advanceTimersByTimeAsync(1);
    await expect(answer).resolves.toBe(0);
  });

  test('are each answered once', async () => {
    const waiting = ['a', 'a', 'b'].map((key) => ({ key, ageMicroseconds: 0 }));
    const queries = queriesWith(waiting);
    const answers = Promise.all([probe(queries, 'a'), probe(queries, 'b'), probe(queries, 'c')]);
    await vi.advanceTimersByTimeAsync(100);
    await expect(answers).resolves.toEqual([1_000, 1_000, undefined]);
  });

  test('are refused while the same one is open, and when nothing left', async () => {
    const queries = queriesWith([]);
    const first = probe(queries, 'a');
    await expect(probe(queries, 'a')).resolves.toEqual({ kind: 'local', code: 'EALREADY' });
    const signal = new AbortController().signal;
    const unsent = queries.probe('b', () => 'EPERM', { timeoutMs: 100, signal });
    await expect(unsent).resolves.toEqual({ kind: 'local', code: 'EPERM' });
    await vi.advanceTimersByTimeAsync(100);
    await first;
  });

  test('end at once when they are aborted or closed, and none is sent after that', async () => {
    const queries = queriesWith([]);
    const abort = new AbortController();
    const aborted = [probe(queries, 'a', abort.signal), probe(queries, 'b', abort.signal)];
    const other = probe(queries, 'c');
    abort.abort();
    const failure = { kind: 'aborted', code: 'ABORTED' };
    await expect(Promise.all(aborted)).resolves.toEqual([failure, failure]);
    const send = vi.fn(() => undefined);
    await expect(queries.probe('d', send, { timeoutMs: 100, signal: abort.signal })).resolves.toEqual(
      failure,
    );
    expect(send).not.toHaveBeenCalled();
    queries.close();
    await expect(other).resolves.toEqual(failure);
  });
});
