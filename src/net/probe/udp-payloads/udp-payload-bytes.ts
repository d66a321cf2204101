/** Bytes one after the other: hexadecimal text, spaces in it ignored, bytes as they are, or so many zeros. */
export function bytesOf(...parts: readonly (string | number | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => {
      if (typeof part === 'number') return Array.from({ length: part }, () => 0);
      return typeof part === 'string' ? hexBytes(part) : [...part];
    }),
  );
}

export function textBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function hexBytes(text: string): number[] {
  const digits = text.replaceAll(' ', '');
  return Array.from({ length: digits.length / 2 }, (_, at) =>
    Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16),
  );
}
