import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { isListedObservation, PORT_STATES, provesHost, REASONS } from '#domain/ports/port-state.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan, type Plan } from '#domain/scans/plan.js';
import type { Outcome } from '#net/probe/ports/outcome.js';
import type { Completed } from '#scan/engine/engine.js';
import { isSeen } from '#scan/results/completed.js';
import { chunkOf } from '#scan/results/completed-chunk.js';
import { Settlement } from '#scan/results/completion.js';
import { type BatchRecord, toRecord } from '#work/batches/batch-record.js';
import { toMultirange } from '#work/batches/coverage-builder.js';

function planOf(targets: string, ports: string, seed = 1n): Plan {
  return createPlan({ targets: AddressSet.parse([targets]), ports: parsePorts(ports), seed });
}

/** A batch of these results, from position `first` on without a gap. */
function record(
  plan: Plan,
  answers: readonly Omit<Completed, 'position' | 'probe'>[],
  first = 0,
): BatchRecord {
  const settlement = new Settlement(first);
  const rows = answers.map((answer, at) => ({
    ...answer,
    position: first + at,
    probe: plan.locate(first + at),
  }));
  settlement.add(chunkOf(rows));
  const completed = settlement.take(rows.length);
  return toRecord({ first, end: first + rows.length, completed, probesSent: 7, probesAnswered: 5 }, plan);
}

/** The results of the ports of one host, at any position. */
function recordOfPorts(
  answers: Readonly<Record<number, Outcome | 'skipped'>>,
  observedAtMs = (_port: number) => 1_000,
) {
  const plan = planOf('198.18.0.1', Object.keys(answers).join(','));
  return record(
    plan,
    Array.from({ length: plan.positions }, (_, position) => {
      const { port } = plan.locate(position);
      return { attempts: 1, observedAtMs: observedAtMs(port), outcome: answers[port] ?? 'skipped' };
    }),
  );
}

const CLOSED: Outcome = { state: 'closed', reason: 'conn-refused' };
const COVERED = { address: '198.18.0.1', protocol: 'tcp' };

describe('toRecord', () => {
  it('puts every position in exactly one place', () => {
    const stored = recordOfPorts({
      22: { state: 'open', reason: 'syn-ack', roundTripMicroseconds: 70 },
      23: CLOSED,
      25: CLOSED,
      24: CLOSED,
      80: { state: 'filtered', reason: 'no-response' },
      81: 'skipped',
    });
    expect(stored.listed.map(({ port, roundTripMicroseconds }) => [port, roundTripMicroseconds])).toEqual([
      [22, 70],
    ]);
    expect(stored.covered).toEqual([
      { ...COVERED, state: 'closed', reason: 'conn-refused', ports: '{[23,26)}' },
      { ...COVERED, state: 'filtered', reason: 'no-response', ports: '{[80,81)}' },
    ]);
    expect([stored.listed.length, stored.coveredPorts, stored.skipped]).toEqual([1, 4, 1]);
    expect([stored.probesSent, stored.probesAnswered]).toEqual([7, 5]);
  });

  it('reports only the reason for addresses that this machine could not probe', () => {
    const plan = planOf('198.18.0.4-198.18.0.7', '80-81');
    const answers = Array.from({ length: plan.positions }, (_, position) => {
      const { value } = plan.locate(position).address;
      const outcome = value % 4n === 0n ? CLOSED : { unreachable: 'ENETUNREACH' as const };
      return { attempts: 0, observedAtMs: 1_000, outcome };
    });
    const stored = record(plan, answers);
    expect(stored.warnings).toEqual([
      { kind: 'not-probed', subject: 'ENETUNREACH', detail: '198.18.0.5-198.18.0.7', counts: null },
    ]);
    expect(stored.partial).toBe(
      'Not all addresses could be probed from here: no route leads there (ENETUNREACH).',
    );
    expect([stored.skipped, stored.coveredPorts, stored.listed]).toEqual([6, 2, []]);
    expect(stored.covered.map(({ address }) => address)).toEqual(['198.18.0.4']);
    expect(recordOfPorts({ 80: CLOSED, 81: 'skipped' })).toMatchObject({ warnings: [], partial: undefined });
  });

  it('does not take a missing response as evidence that a host is up, whatever its state', () => {
    for (const unresponsive of [
      { state: 'filtered', reason: 'no-response' },
      { state: 'filtered', reason: 'host-unreach' },
      { state: 'open|filtered', reason: 'no-response' },
    ] as const) {
      const stored = recordOfPorts({ 80: unresponsive });
      expect(stored.evidence).toEqual([]);
      expect(stored.listed).toEqual([]);
      expect(stored.covered).toEqual([{ ...COVERED, ...unresponsive, ports: '{[80,81)}' }]);
    }
  });

  it('stores no host where an impostor responds', () => {
    for (const reason of ['answers-all', 'tarpit'] as const) {
      const stored = recordOfPorts({ 80: { state: 'open', reason } });
      expect([stored.evidence, stored.listed]).toEqual([[], []]);
    }
  });

  it('keeps the oldest and the newest evidence of a host', () => {
    const times: Readonly<Record<number, number>> = { 1: 3_000, 2: 9_000, 3: 1_000 };
    const answers = { 1: CLOSED, 2: { state: 'open', reason: 'syn-ack' }, 3: CLOSED } as const;
    const { evidence, observedFrom, observedTo } = recordOfPorts(answers, (port) => times[port] ?? 0);
    expect(evidence).toEqual([
      {
        address: '198.18.0.1',
        reason: 'syn-ack',
        observedAt: new Date(9_000),
        position: expect.any(Number),
        firstSeen: new Date(1_000),
      },
    ]);
    expect([observedFrom, observedTo]).toEqual([new Date(1_000), new Date(9_000)]);
  });

  it('contains what was observed of each host and port, for any plan and any part of it', () => {
    const answer = fc.oneof(
      fc.constant('skipped' as const),
      fc.record({ state: fc.constantFrom(...PORT_STATES), reason: fc.constantFrom(...REASONS) }),
    );
    const plans = fc.constantFrom(
      planOf('198.18.0.0/28', '1-9,U:5-20'),
      planOf('198.18.0.0/26', '1-2048', 9n),
      planOf('fd00::/120', 'U:53'),
    );
    fc.assert(
      fc.property(
        plans,
        fc.array(answer, { minLength: 1, maxLength: 60 }),
        fc.nat(),
        (plan, outcomes, nat) => {
          const block = nat % plan.blocks;
          const { first: blockFirst, end } = plan.blockRange(block);
          const count = Math.min(outcomes.length, end - blockFirst);
          const first = blockFirst + (nat % (end - blockFirst - count + 1));
          const answers = outcomes
            .slice(0, count)
            .map((outcome, at) => ({ attempts: 1, observedAtMs: at, outcome }));
          const stored = record(plan, answers, first);
          expect(new Set(tellings(stored))).toEqual(new Set(expectedTellings(plan, first, answers)));
          expect(stored.listed.length + stored.coveredPorts + stored.skipped).toBe(count);
          const proven = answers.flatMap(({ outcome }, at) =>
            outcome !== 'skipped' && provesHost(outcome.state, outcome.reason)
              ? [formatAddress(plan.locate(first + at).address)]
              : [],
          );
          expect(new Set(stored.evidence.map(({ address }) => address))).toEqual(new Set(proven));
          for (const { address } of stored.listed) expect(proven).toContain(address);
        },
      ),
    );
  });
});

function tellings({ listed, covered }: BatchRecord): string[] {
  return [
    ...listed.map(
      ({ address, protocol, port, state, reason }) => `${address} ${protocol} ${port} ${state} ${reason} row`,
    ),
    ...covered.flatMap(({ address, protocol, state, reason, ports }) =>
      numbersOf(ports).map((port) => `${address} ${protocol} ${port} ${state} ${reason} range`),
    ),
  ];
}

function expectedTellings(
  plan: Plan,
  first: number,
  answers: readonly Pick<Completed, 'outcome'>[],
): string[] {
  return answers.flatMap(({ outcome }, at) => {
    if (!isSeen(outcome)) return [];
    const { address, protocol, port } = plan.locate(first + at);
    const kept = isListedObservation(outcome.state, outcome.reason) ? 'row' : 'range';
    return [`${formatAddress(address)} ${protocol} ${port} ${outcome.state} ${outcome.reason} ${kept}`];
  });
}

function numbersOf(multirange: string): number[] {
  return [...multirange.matchAll(/\[(\d+),(\d+)\)/g)].flatMap(([, first, end]) =>
    Array.from({ length: Number(end) - Number(first) }, (_, index) => Number(first) + index),
  );
}

describe('toMultirange', () => {
  it('holds exactly the given numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 })), (numbers) => {
        const text = toMultirange(numbers);
        expect(numbersOf(text)).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
        // Adjacent ranges are joined: PostgreSQL would join them anyway, and the text stays short.
        const ranges = [...text.matchAll(/\[(\d+),(\d+)\)/g)].map(([, first, end]) => [
          Number(first),
          Number(end),
        ]);
        for (const [index, [first = 0]] of ranges.entries()) {
          expect(first).toBeGreaterThan(ranges[index - 1]?.[1] ?? 0);
        }
      }),
    );
  });
});
