import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BatchedEvents, EVENT_KIND_INTERVAL_MS } from '#api/live/batched-events.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('news of one kind of things', () => {
  it('is told once for all that happened meanwhile, and again later', () => {
    const tell = vi.fn();
    const news = new BatchedEvents({ tell, isWanted: () => true });
    for (let turn = 0; turn < 100; turn += 1) news.announce();
    vi.advanceTimersByTime(EVENT_KIND_INTERVAL_MS);
    expect(tell).toHaveBeenCalledTimes(1);
    news.announce();
    vi.advanceTimersByTime(EVENT_KIND_INTERVAL_MS);
    expect(tell).toHaveBeenCalledTimes(2);
  });

  it('is told to nobody who does not listen, and never after the end', () => {
    const tell = vi.fn();
    new BatchedEvents({ tell, isWanted: () => false }).announce();
    const news = new BatchedEvents({ tell, isWanted: () => true });
    news.announce();
    news.close();
    news.announce();
    vi.advanceTimersByTime(10 * EVENT_KIND_INTERVAL_MS);
    expect(tell).not.toHaveBeenCalled();
  });
});
