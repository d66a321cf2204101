import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AddressSet } from '#domain/addresses/address-set.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan } from '#domain/scans/plan.js';
import { NO_RESPONSE } from '#net/probe/ports/outcome.js';
import { createGate } from '#net/send/gate.js';
import { CLOSED, read, run, SimulatedNetwork } from '../../../test/support/network/simulated-network.ts';
import { repetitions } from '../../../test/support/repetitions.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** Ten thousand take a quarter of a minute. */
const EXCLUSION_SETS = repetitions(200, 10_000);

const octet = fc.integer({ min: 0, max: 40 });
const addressSet = fc
  .array(fc.tuple(octet, octet), { minLength: 1, maxLength: 4 })
  .map((pairs) =>
    AddressSet.parse(pairs.map(([a, b]) => `198.18.0.${Math.min(a, b)}-198.18.0.${Math.max(a, b)}`)),
  );

it('sends nothing to an excluded address, whether excluded before or while the scan runs', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        targets: addressSet,
        before: addressSet,
        during: addressSet,
        atMs: fc.nat(60),
        concurrency: fc.integer({ min: 1, max: 50 }),
      }),
      async ({ targets, before, during, atMs, concurrency }) => {
        const plan = createPlan({ targets, ports: parsePorts('1-5'), seed: 1n });
        const network = new SimulatedNetwork(({ port }) => (port === 3 ? NO_RESPONSE : CLOSED));
        const gate = createGate({ exclusions: before });
        const reading = read(run(network, { plan, end: plan.positions, gate, concurrency }));
        await vi.advanceTimersByTimeAsync(atMs);
        const sentBefore = network.sent.length;
        gate.exclude(during);
        await vi.advanceTimersByTimeAsync(10_000);
        expect(reading).toMatchObject({ isEnded: true, error: undefined });
        for (const { probe } of network.sent) expect(before.contains(probe.address)).toBe(false);
        for (const { probe } of network.sent.slice(sentBefore))
          expect(during.contains(probe.address)).toBe(false);
        expect(reading.completed).toHaveLength(plan.positions);
        for (const { probe, attempts, outcome } of reading.completed) {
          if (before.contains(probe.address))
            expect({ attempts, outcome }).toEqual({ attempts: 0, outcome: 'skipped' });
          else if (!during.contains(probe.address)) expect(outcome).not.toBe('skipped');
        }
      },
    ),
    { numRuns: EXCLUSION_SETS },
  );
}, 600_000);
