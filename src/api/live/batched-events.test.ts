import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BatchedEvents, EVENT_KIND_INTERVAL_MS } from '#api/live/batched-events.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('news of one kind of things', () => {
  it('is told once for all that happened meanwhile, and again later', () => {
    const report = vi.fn();
    const events = new BatchedEvents({ report, isWanted: () => true });
    for (let turn = 0; turn < 100; turn += 1) events.announce();
    vi.advanceTimersByTime(EVENT_KIND_INTERVAL_MS);
    expect(report).toHaveBeenCalledTimes(1);
    events.announce();
    vi.advanceTimersByTime(EVENT_KIND_INTERVAL_MS);
    expect(report).toHaveBeenCalledTimes(2);
  });

  it('is told to nobody who does not listen, and never after the end', () => {
    const report = vi.fn();
    new BatchedEvents({ report, isWanted: () => false }).announce();
    const events = new BatchedEvents({ report, isWanted: () => true });
    events.announce();
    events.close();
    events.announce();
    vi.advanceTimersByTime(10 * EVENT_KIND_INTERVAL_MS);
    expect(report).not.toHaveBeenCalled();
  });
});
