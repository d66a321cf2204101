import { expect, it } from 'vitest';
import { TextPieces } from '#report/text/decode-text.js';

function decode(bytes: Uint8Array, size: number): string {
  const pieces = new TextPieces();
  let text = '';
  for (let first = 0; first < bytes.length; first += size)
    text += pieces.write(bytes.subarray(first, first + size));
  return text + pieces.end();
}

const TEXT = '<nmaprun a="ü€😀"/>';

it.each([1, 2, 3, 100])('reads UTF-8 and UTF-16 in pieces of %d bytes', (size) => {
  expect(decode(new TextEncoder().encode(TEXT), size)).toBe(TEXT);
  expect(decode(new TextEncoder().encode(`\ufeff${TEXT}`), size)).toBe(TEXT);
  const littleEndian = Buffer.from(`\ufeff${TEXT}`, 'utf16le');
  expect(decode(littleEndian, size)).toBe(TEXT);
  expect(decode(Buffer.from(littleEndian).swap16(), size)).toBe(TEXT);
});

it('is empty for nothing, and replaces what is no text', () => {
  expect(decode(new Uint8Array(), 1)).toBe('');
  expect(decode(Uint8Array.of(0x61), 1)).toBe('a');
  expect(decode(Uint8Array.of(0x61, 0xff, 0x62), 1)).toBe('a�b');
});
