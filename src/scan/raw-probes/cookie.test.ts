import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { absorbAddresses, COOKIE_STATE_WORDS, cookieOf } from '#scan/raw-probes/cookie.js';

const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

function cookie(key: { low: number; high: number }, words: readonly number[], ports: number): number {
  const state = new Int32Array(COOKIE_STATE_WORDS);
  absorbAddresses(key, words, { state, at: 0 });
  return cookieOf(state, 0, ports);
}

/** Of key, two words of addresses and one of ports in a row. */
function of([low = 0, high = 0, from = 0, to = 0, ports = 0]: readonly number[]): number {
  return cookie({ low, high }, [from, to], ports);
}

it('is the same for the same input, wherever the state lies', () => {
  fc.assert(
    fc.property(
      word,
      word,
      fc.array(word, { minLength: 2, maxLength: 8 }),
      word,
      (low, high, words, ports) => {
        const state = new Int32Array(3 * COOKIE_STATE_WORDS).fill(9);
        absorbAddresses({ low, high }, words, { state, at: COOKIE_STATE_WORDS });
        const there = cookieOf(state, COOKIE_STATE_WORDS, ports);
        expect(there).toBe(cookie({ low, high }, words, ports));
        expect([...state.subarray(0, 4), ...state.subarray(8)]).toEqual(Array.from({ length: 8 }, () => 9));
      },
    ),
  );
});

it('changes about half its bits with any bit of key, addresses or ports', () => {
  const input = [0x12345678, -5, 0x0a000001, 0x0b000002, 0x1f90c350];
  const plain = of(input);
  for (const at of input.keys()) {
    let changed = 0;
    for (let bit = 0; bit < 32; bit += 1) {
      const other = input.with(at, (input[at] ?? 0) ^ (1 << bit));
      const difference = (plain ^ of(other)) >>> 0;
      changed += difference.toString(2).replaceAll('0', '').length;
    }
    expect(changed / 32).toBeGreaterThan(12);
    expect(changed / 32).toBeLessThan(20);
  }
});

it('does not repeat over the ports of a host more than chance has it', () => {
  const seen = new Set<number>();
  for (let port = 0; port < 65_536; port += 1)
    seen.add(cookie({ low: 1, high: 2 }, [3, 4], (61_000 << 16) | port));
  expect(seen.size).toBeGreaterThan(65_530);
});
