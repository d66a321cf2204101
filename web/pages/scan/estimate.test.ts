import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ProgressSample, remainingSeconds, withSample } from './estimate.ts';

const samples: ProgressSample[] = [
  { atMs: 0, completed: 0 },
  { atMs: 10_000, completed: 1_000 },
];

describe('remainingSeconds', () => {
  it('goes on at the pace of the samples', () => {
    expect(remainingSeconds({ samples, positions: 3_000, nowMs: 10_000 })).toBe(20);
  });

  it('grows while nothing more is settled', () => {
    expect(remainingSeconds({ samples, positions: 3_000, nowMs: 20_000 })).toBe(40);
  });

  it('says nothing from too little', () => {
    expect(remainingSeconds({ samples: [], positions: 10, nowMs: 0 })).toBeUndefined();
    expect(remainingSeconds({ samples: samples.slice(0, 1), positions: 10, nowMs: 60_000 })).toBeUndefined();
    const sudden = [
      { atMs: 0, completed: 0 },
      { atMs: 10, completed: 5 },
    ];
    expect(remainingSeconds({ samples: sudden, positions: 10, nowMs: 10 })).toBeUndefined();
  });

  it('is zero when all is settled', () => {
    expect(remainingSeconds({ samples, positions: 1_000, nowMs: 10_000 })).toBe(0);
  });
});

describe('withSample', () => {
  it('forgets what is older than the window', () => {
    const later = withSample(samples, { atMs: 35_000, completed: 2_000 });
    expect(later).toEqual([
      { atMs: 10_000, completed: 1_000 },
      { atMs: 35_000, completed: 2_000 },
    ]);
  });

  it('starts anew when the scan fell back', () => {
    expect(withSample(samples, { atMs: 11_000, completed: 10 })).toEqual([{ atMs: 11_000, completed: 10 }]);
  });

  it('keeps the very same samples when nothing was settled since', () => {
    expect(withSample(samples, { atMs: 11_000, completed: 1_000 })).toBe(samples);
  });

  it('stays bounded and in order, however often it is told', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 5 }), { maxLength: 500 }), (steps) => {
        let kept: readonly ProgressSample[] = [];
        let completed = 0;
        for (const [index, step] of steps.entries()) {
          completed += step;
          kept = withSample(kept, { atMs: index * 10, completed });
        }
        expect(kept.length).toBeLessThanOrEqual(120);
        expect([...kept].sort((a, b) => a.completed - b.completed)).toEqual(kept);
      }),
    );
  });
});
