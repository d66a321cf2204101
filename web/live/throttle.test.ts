import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { throttleByKey } from './throttle.ts';

describe('throttleByKey', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('runs at once, then at most once an interval, and never loses the last call', async () => {
    const runs: string[] = [];
    const throttle = throttleByKey(500, async (key) => void runs.push(key));
    for (let call = 0; call < 10; call += 1) throttle.call('a');
    expect(runs).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(499);
    expect(runs).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(1);
    expect(runs).toEqual(['a', 'a']);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(runs).toEqual(['a', 'a']);
    throttle.call('a');
    expect(runs).toEqual(['a', 'a', 'a']);
  });

  it('keeps keys apart', () => {
    const runs: string[] = [];
    const throttle = throttleByKey(500, async (key) => void runs.push(key));
    throttle.call('a');
    throttle.call('b');
    expect(runs).toEqual(['a', 'b']);
  });

  it('waits for a run that is slower than the interval, also for one that fails', async () => {
    const answers: (() => void)[] = [];
    const throttle = throttleByKey(
      500,
      () => new Promise((_, reject) => answers.push(() => reject(new Error('away')))),
    );
    throttle.call('a');
    throttle.call('a');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(answers).toHaveLength(1);
    answers[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(answers).toHaveLength(2);
  });

  it('runs nothing any more once stopped', async () => {
    const runs: string[] = [];
    const throttle = throttleByKey(500, async (key) => void runs.push(key));
    throttle.call('a');
    throttle.call('a');
    throttle.stop();
    throttle.call('b');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(runs).toEqual(['a']);
  });
});
