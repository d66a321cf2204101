import { stripVTControlCharacters } from 'node:util';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { paint, printable, widthOf } from '#cli/output/text.js';
import { counted, grouped } from '#domain/text/count-text.js';

test('nothing that steers a terminal is left, and nothing visible is lost', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = printable(text);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(shown.isWellFormed()).toBe(true);
      expect(Array.from(shown)).toHaveLength(Array.from(text).length);
    }),
  );
});

test.each([
  ['host\u001b[2J', 'host\u{FFFD}[2J'],
  ['a\u009b31mb', 'a\u{FFFD}31mb'],
  ['a\r\nb\tc', 'a\u{FFFD}\u{FFFD}b\u{FFFD}c'],
  ['\u202egnp.exe', '\u{FFFD}gnp.exe'],
  ['\ud800', '\u{FFFD}'],
  ['plain — größer 東京', 'plain — größer 東京'],
])('%j is shown as %j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('color codes enclose the text, or are omitted', () => {
  expect(paint(false, 'red', 'x')).toBe('x');
  expect(paint(true, 'red', 'x')).not.toBe('x');
  expect(stripVTControlCharacters(paint(true, 'red', 'x'))).toBe('x');
});

test.each([
  ['', 0],
  ['abc', 3],
  ['größe', 5],
  ['gro\u0308ße', 5],
  ['東京', 4],
])('%j takes %i cells', (text, cells) => {
  expect(widthOf(text)).toBe(cells);
});

test('numbers are grouped and nouns counted', () => {
  expect([counted(1, 'address'), counted(2, 'address')]).toEqual(['1 address', '2 addresses']);
  expect([grouped(1_234_567), grouped(2n ** 64n)]).toEqual(['1,234,567', '18,446,744,073,709,551,616']);
  expect([counted(0, 'host'), counted(1, 'host'), counted(1_000, 'host')]).toEqual([
    '0 hosts',
    '1 host',
    '1,000 hosts',
  ]);
});
