import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressSet } from '#domain/addresses/address-set.js';
import { PORT_STATES, REASONS } from '#domain/ports/port-state.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan } from '#domain/scans/plan.js';
import { UNREACHABLE_CAUSES } from '#domain/scans/unreachable.js';
import type { Outcome } from '#net/probe/ports/outcome.js';
import {
  ChunkBuilder,
  chunkOf,
  completedOf,
  isAnswerCode,
  outcomeCode,
  outcomeOf,
  unprobedCode,
} from '#scan/results/completed-chunk.js';

const plan = createPlan({
  targets: AddressSet.parse(['198.18.0.0/28']),
  ports: parsePorts('1-50'),
  seed: 7n,
});
const words = fc.record({ state: fc.constantFrom(...PORT_STATES), reason: fc.constantFrom(...REASONS) });
const measured = fc.tuple(words, fc.integer({ min: 0, max: 2 ** 31 - 1 }));
const outcome = fc.oneof(
  fc.constant('skipped' as const),
  words,
  fc.constantFrom(...UNREACHABLE_CAUSES).map((unreachable) => ({ unreachable })),
  measured.map(([plain, roundTripMicroseconds]): Outcome => ({ ...plain, roundTripMicroseconds })),
);
const completed = fc.record({
  position: fc.integer({ min: 0, max: plan.positions - 1 }),
  attempts: fc.integer({ min: 0, max: 255 }),
  observedAtMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  outcome,
});

describe('a settled chunk', () => {
  it('gives back every row as it was put in', () => {
    fc.assert(
      fc.property(fc.array(completed), (rows) => {
        const given = rows.map((row) => ({ ...row, probe: plan.locate(row.position) }));
        expect(completedOf(chunkOf(given), plan)).toEqual(given);
      }),
    );
  });

  it('has a byte for every outcome, each its own', () => {
    const codes = PORT_STATES.flatMap((state) => REASONS.map((reason) => outcomeCode({ state, reason })));
    expect(new Set(codes).size).toBe(codes.length);
    expect(Math.min(...codes)).toBeGreaterThan(0);
    expect(Math.max(...codes)).toBeLessThan(256);
    const unprobed = UNREACHABLE_CAUSES.map(unprobedCode);
    expect(new Set([...codes, ...unprobed]).size).toBe(codes.length + unprobed.length);
    for (const code of unprobed) expect([outcomeOf(code), isAnswerCode(code)]).toEqual(['skipped', false]);
    expect(() => outcomeOf(255)).toThrow(RangeError);
  });

  it('refuses a row too many, and is empty after it was taken', () => {
    const builder = new ChunkBuilder(1);
    const rest = { attempts: 1, roundTripMicroseconds: 5, observedAtMs: 9 };
    builder.add(3, 0, rest);
    expect(() => builder.add(4, 0, rest)).toThrow(RangeError);
    expect([...builder.take().positions]).toEqual([3]);
    builder.add(4, 0, rest);
    expect([...builder.take().positions]).toEqual([4]);
  });
});
