import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '#domain/address.js';
import type { Outcome } from '#probe/outcome.js';
import type { Settled } from '#scan/engine.js';
import { toMultirange, toRecord } from '#work/batch-record.js';

function settled(
  position: number,
  port: number,
  outcome: Outcome | 'skipped',
  observedAtMs = 1_000,
): Settled {
  const address = parseAddress('198.18.0.1');
  if (address === undefined) throw new Error('not an address');
  return { position, probe: { address, protocol: 'tcp', port }, attempts: 1, observedAtMs, outcome };
}
function record(...all: Settled[]) {
  return toRecord({ first: 0, end: all.length, settled: all, probesSent: all.length, probesAnswered: 0 });
}

describe('toRecord', () => {
  it('puts every position in exactly one place', () => {
    const stored = record(
      settled(0, 22, { state: 'open', reason: 'syn-ack', roundTripMicroseconds: 70 }),
      settled(1, 23, { state: 'closed', reason: 'conn-refused' }),
      settled(2, 25, { state: 'closed', reason: 'conn-refused' }),
      settled(3, 24, { state: 'closed', reason: 'conn-refused' }),
      settled(4, 80, { state: 'filtered', reason: 'no-response' }),
      settled(5, 81, 'skipped'),
    );
    expect(stored.listed.map(({ port }) => port)).toEqual([22]);
    expect(stored.covered).toEqual([
      { address: '198.18.0.1', protocol: 'tcp', state: 'closed', reason: 'conn-refused', ports: '{[23,26)}' },
      {
        address: '198.18.0.1',
        protocol: 'tcp',
        state: 'filtered',
        reason: 'no-response',
        ports: '{[80,81)}',
      },
    ]);
    expect([stored.listed.length, stored.coveredPorts, stored.skipped]).toEqual([1, 4, 1]);
  });

  it('takes silence for no evidence that a host is up', () => {
    expect(record(settled(0, 80, { state: 'filtered', reason: 'no-response' })).evidence).toEqual([]);
    expect(record(settled(0, 80, { state: 'filtered', reason: 'host-unreach' })).evidence).toEqual([]);
  });

  it('keeps the oldest and the newest evidence of a host', () => {
    const { evidence } = record(
      settled(0, 1, { state: 'closed', reason: 'conn-refused' }, 3_000),
      settled(1, 2, { state: 'open', reason: 'syn-ack' }, 9_000),
      settled(2, 3, { state: 'closed', reason: 'conn-refused' }, 1_000),
    );
    expect(evidence).toEqual([
      {
        address: '198.18.0.1',
        reason: 'syn-ack',
        observedAt: new Date(9_000),
        position: 1,
        firstSeen: new Date(1_000),
      },
    ]);
  });
});

describe('toMultirange', () => {
  it('holds exactly the given numbers', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), (numbers) => {
        const ranges = [...toMultirange(numbers).matchAll(/\[(\d+),(\d+)\)/g)].map(
          ([, first, end]) => [Number(first), Number(end)] as const,
        );
        const held = ranges.flatMap(([first, end]) =>
          Array.from({ length: end - first }, (_, index) => first + index),
        );
        expect(held).toEqual(numbers.toSorted((a, b) => a - b));
        // Neighbours are joined: PostgreSQL would join them anyway, and the text stays short.
        for (const [index, [first]] of ranges.entries())
          expect(first).toBeGreaterThan(ranges[index - 1]?.[1] ?? 0);
      }),
    );
  });
});
