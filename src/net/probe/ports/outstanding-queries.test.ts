import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { OpenQuestions } from '#net/probe/ports/outstanding-queries.js';

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
function questionsWith(waiting: { key: string; ageMicroseconds: number }[]) {
  const questions: OpenQuestions<number> = new OpenQuestions({
    clock,
    readOne: () => {
      const message = waiting.shift();
      if (message === undefined) return false;
      questions.answer(message.key, message.ageMicroseconds, (roundTrip) => roundTrip);
      return true;
    },
  });
  return questions;
}

function probe(questions: OpenQuestions<number>, key: string, signal = new AbortController().signal) {
  return questions.probe(key, () => undefined, { timeoutMs: 100, signal });
}

describe('open questions', () => {
  test('get the time on the wire, without the time their answer lay in the kernel', async () => {
    const waiting: { key: string; ageMicroseconds: number }[] = [];
    const questions = questionsWith(waiting);
    const answer = probe(questions, 'a');
    await vi.advanceTimersByTimeAsync(20);
    waiting.push({ key: 'a', ageMicroseconds: 15_000 });
    await vi.advanceTimersByTimeAsync(1);
    await expect(answer).resolves.toBe(6_000);
  });

  test('end without an answer when their time is over', async () => {
    const answer = probe(questionsWith([{ key: 'other', ageMicroseconds: 0 }]), 'a');
    await vi.advanceTimersByTimeAsync(100);
    await expect(answer).resolves.toBeUndefined();
  });

  test('take an answer that is there when the time is over, however late that is noticed', async () => {
    const waiting: { key: string; ageMicroseconds: number }[] = [];
    const questions = questionsWith(waiting);
    const answer = questions.probe('a', () => undefined, {
      timeoutMs: 0,
      signal: new AbortController().signal,
    });
    waiting.push({ key: 'a', ageMicroseconds: 0 });
    await vi.advanceTimersByTimeAsync(1);
    await expect(answer).resolves.toBe(0);
  });

  test('are each answered once', async () => {
    const waiting = ['a', 'a', 'b'].map((key) => ({ key, ageMicroseconds: 0 }));
    const questions = questionsWith(waiting);
    const answers = Promise.all([probe(questions, 'a'), probe(questions, 'b'), probe(questions, 'c')]);
    await vi.advanceTimersByTimeAsync(100);
    await expect(answers).resolves.toEqual([1_000, 1_000, undefined]);
  });

  test('are refused while the same one is open, and when nothing left', async () => {
    const questions = questionsWith([]);
    const first = probe(questions, 'a');
    await expect(probe(questions, 'a')).resolves.toEqual({ kind: 'local', code: 'EALREADY' });
    const signal = new AbortController().signal;
    const unsent = questions.probe('b', () => 'EPERM', { timeoutMs: 100, signal });
    await expect(unsent).resolves.toEqual({ kind: 'local', code: 'EPERM' });
    await vi.advanceTimersByTimeAsync(100);
    await first;
  });

  test('end at once when they are aborted or closed, and none is sent after that', async () => {
    const questions = questionsWith([]);
    const abort = new AbortController();
    const aborted = [probe(questions, 'a', abort.signal), probe(questions, 'b', abort.signal)];
    const other = probe(questions, 'c');
    abort.abort();
    const failure = { kind: 'aborted', code: 'ABORTED' };
    await expect(Promise.all(aborted)).resolves.toEqual([failure, failure]);
    const send = vi.fn(() => undefined);
    await expect(questions.probe('d', send, { timeoutMs: 100, signal: abort.signal })).resolves.toEqual(
      failure,
    );
    expect(send).not.toHaveBeenCalled();
    questions.close();
    await expect(other).resolves.toEqual(failure);
  });
});
