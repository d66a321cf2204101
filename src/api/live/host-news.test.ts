import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HOST_NEWS_INTERVAL_MS, HostNews } from '#api/live/host-news.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('news of hosts', () => {
  it('is told once for all that happened meanwhile, and again later', () => {
    const tell = vi.fn();
    const news = new HostNews({ tell, isWanted: () => true });
    for (let turn = 0; turn < 100; turn += 1) news.announce();
    vi.advanceTimersByTime(HOST_NEWS_INTERVAL_MS);
    expect(tell).toHaveBeenCalledTimes(1);
    news.announce();
    vi.advanceTimersByTime(HOST_NEWS_INTERVAL_MS);
    expect(tell).toHaveBeenCalledTimes(2);
  });

  it('is told to nobody who does not listen, and never after the end', () => {
    const tell = vi.fn();
    new HostNews({ tell, isWanted: () => false }).announce();
    const news = new HostNews({ tell, isWanted: () => true });
    news.announce();
    news.close();
    news.announce();
    vi.advanceTimersByTime(10 * HOST_NEWS_INTERVAL_MS);
    expect(tell).not.toHaveBeenCalled();
  });
});
