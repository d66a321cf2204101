import { describe, expect, it } from 'vitest';
import { type Toast, withoutFailures, withoutTopic, withToast } from './toast-list.ts';

let count = 0;
function toast(changes: Partial<Toast> = {}): Toast {
  count += 1;
  return { number: count, sentence: `Sentence ${count}.`, isFailure: false, ...changes };
}

describe('withToast', () => {
  it('lets a newer one about the same take the older one’s place', () => {
    const plain = toast();
    const dark = toast({ topic: 'theme' });
    const shown = withToast(withToast([plain], toast({ topic: 'theme' })), dark);
    expect(shown).toEqual([plain, dark]);
  });

  it('takes an undo away with what it told of, and leaves those about others', () => {
    const other = toast({ topic: 'scan 2' });
    const restored = toast({ topic: 'scan 1' });
    const deleted = toast({ topic: 'scan 1', undo: () => Promise.resolve() });
    expect(withToast([deleted, other], restored)).toEqual([other, restored]);
  });

  it('keeps those about nothing in particular side by side, within bounds', () => {
    const all = Array.from({ length: 6 }, () => toast());
    expect(all.reduce<readonly Toast[]>(withToast, [])).toEqual(all.slice(2));
  });
});

describe('withoutTopic', () => {
  it('takes away what is no longer so, and nothing else', () => {
    const other = toast({ isFailure: true });
    expect(withoutTopic([toast({ topic: 'server away' }), other], 'server away')).toEqual([other]);
  });
});

describe('withoutFailures', () => {
  it('keeps what was done, and what failed everywhere', () => {
    const kept = [toast(), toast({ topic: 'server away', isFailure: true })];
    expect(withoutFailures([toast({ isFailure: true }), ...kept])).toEqual(kept);
  });
});
