import { describe, expect, it } from 'vitest';
import { chord, type KeyPress, matches } from './shortcut.ts';

const press: KeyPress = {
  code: 'KeyS',
  altKey: true,
  shiftKey: true,
  ctrlKey: false,
  metaKey: false,
  repeat: false,
};

describe('matches', () => {
  it('answers to its own chord', () => {
    expect(matches(chord('S'), press)).toBe(true);
  });

  it.each([
    ['another key', { code: 'KeyR' }],
    ['the bare letter', { altKey: false, shiftKey: false }],
    ['one more modifier', { ctrlKey: true }],
    ['a key held down', { repeat: true }],
  ])('ignores %s', (_what, change) => {
    expect(matches(chord('S'), { ...press, ...change })).toBe(false);
  });
});
