import { expect, test } from 'vitest';
import { LONGEST_PAUSE_MS, Postponed } from '#work/schedules/postponed.js';

test('what fails again and again is tried after longer and longer pauses, up to the longest', () => {
  let nowMs = 0;
  const postponed = new Postponed({ monotonic: () => nowMs });
  const pauses: number[] = [];
  for (let time = 0; time < 12; time += 1) {
    postponed.failed(7);
    expect(postponed.all).toEqual([7]);
    const failedMs = nowMs;
    while (postponed.due().length === 0) nowMs += 1_000;
    pauses.push(nowMs - failedMs);
  }
  expect(pauses.slice(0, 3)).toEqual([60_000, 120_000, 240_000]);
  expect(pauses.at(-1)).toBe(LONGEST_PAUSE_MS);
  postponed.forget(7);
  postponed.failed(7);
  nowMs += 60_000;
  expect(postponed.due()).toEqual([7]);
});

test('so much of it is remembered, and no more', () => {
  const postponed = new Postponed({ monotonic: () => 0 });
  for (let id = 0; id < 10_005; id += 1) postponed.failed(id);
  expect(postponed.all).toHaveLength(10_000);
  expect(postponed.all[0]).toBe(5);
});
