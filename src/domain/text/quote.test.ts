import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { clip, MAX_QUOTED_CHARS, quote } from '#domain/text/quote.js';

test.each([
  ['198.18.0.1', '"198.18.0.1"'],
  ['', '""'],
  ['a\nb\tc\u001b[31m', '"a�b�c�[31m"'],
  ['a\u202eb\u2028c', '"a�b�c"'],
  ['x'.repeat(MAX_QUOTED_CHARS), `"${'x'.repeat(MAX_QUOTED_CHARS)}"`],
  ['x'.repeat(MAX_QUOTED_CHARS + 1), `"${'x'.repeat(MAX_QUOTED_CHARS)}…"`],
])('%j is quoted as %s', (text, expected) => {
  expect(quote(text)).toBe(expected);
});

test('any string becomes one short well-formed line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const clipped = clip(text);
      expect(clipped.length).toBeLessThanOrEqual(MAX_QUOTED_CHARS + 1);
      expect(clipped.isWellFormed()).toBe(true);
      expect(clipped).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    }),
  );
});
