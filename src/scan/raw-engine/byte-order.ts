/** Packets are read and written as 16-bit words in the machine's own order, half as many accesses as bytes. */
export function swap16(word: number): number {
  return ((word & 0xff) << 8) | (word >>> 8);
}

/** Folds a sum of words into the Internet checksum, which is the same in either order. */
export function checksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return ~folded & 0xffff;
}

export function textsOf(bytes: Uint8Array): Uint16Array {
  const even = new Uint8Array(bytes.length + (bytes.length & 1));
  even.set(bytes);
  return new Uint16Array(even.buffer);
}

export function sumOf(words: Iterable<number>): number {
  let sum = 0;
  for (const word of words) sum += word;
  return sum;
}
