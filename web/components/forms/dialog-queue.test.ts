import { describe, expect, it, vi } from 'vitest';
import { MAX_WAITING_QUESTIONS, QuestionQueue } from './dialog-queue.ts';

const question = (title: string) => ({ title, sentences: [], confirmLabel: 'Remove' });

describe('QuestionQueue', () => {
  it('leaves a question where it is when another is asked, and asks that afterwards', async () => {
    const queue = new QuestionQueue();
    const received = vi.fn<() => void>();
    queue.subscribe(received);
    const first = queue.confirm(question('first'));
    const shown = queue.current();
    const second = queue.confirm(question('second'));
    expect(queue.current()).toBe(shown);
    shown?.answer(false);
    expect(await first).toBe(false);
    expect(queue.current()?.question.title).toBe('second');
    expect(queue.current()?.number).not.toBe(shown?.number);
    // A second press on what is gone answers nothing else.
    shown?.answer(true);
    expect(queue.current()?.question.title).toBe('second');
    queue.current()?.answer(true);
    expect([await first, await second]).toEqual([false, true]);
    expect(queue.current()).toBeUndefined();
    expect(received).toHaveBeenCalledTimes(5);
  });

  it('answers no to what is asked beyond its bound', async () => {
    const queue = new QuestionQueue();
    for (let count = 0; count <= MAX_WAITING_QUESTIONS; count += 1) void queue.confirm(question(`${count}`));
    expect(await queue.confirm(question('one more'))).toBe(false);
    expect(queue.current()?.question.title).toBe('0');
  });
});
