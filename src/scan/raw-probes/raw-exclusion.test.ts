import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan } from '#domain/scans/plan.js';
import { Freshness } from '#net/send/exclusion-freshness.js';
import { createGate } from '#net/send/gate.js';
import { isSeen } from '#scan/results/completed.js';
import {
  type Answering,
  RST_ACK,
  SimulatedWires,
  tcpReply,
} from '../../../test/support/network/simulated-wire.ts';
import { repetitions } from '../../../test/support/repetitions.ts';
import { completedOn, expectComplete, scan } from '../../../test/support/scans/simulated-raw-scan.ts';

const isLinux = process.platform === 'linux';

/** Ten thousand take two minutes. */
const EXCLUSION_SETS = repetitions(100, 10_000);

const octet = fc.integer({ min: 0, max: 40 });
const addressSet = fc
  .array(fc.tuple(octet, octet), { minLength: 1, maxLength: 4 })
  .map((pairs) =>
    AddressSet.parse(pairs.map(([a, b]) => `198.18.0.${Math.min(a, b)}-198.18.0.${Math.max(a, b)}`)),
  );

describe.skipIf(!isLinux)('raw engine and exclusions', () => {
  it('builds no frame for an excluded address, whether excluded before or while the scan runs', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ targets: addressSet, before: addressSet, during: addressSet, atProbe: fc.nat(150) }),
        async ({ targets, before, during, atProbe }) => {
          const gate = createGate({ exclusions: before });
          let probes = 0;
          // What is sent in the same call of the kernel was built before the exclusion.
          let lastBatch = Number.POSITIVE_INFINITY;
          const plan = createPlan({ targets, ports: parsePorts('1-5'), seed: 1n });
          const answer: Answering = (probe) => {
            probes += 1;
            if (probes === atProbe + 1) {
              gate.exclude(during);
              lastBatch = probe.batch;
            }
            return probe.port === 3 ? [] : [tcpReply(probe, RST_ACK)];
          };
          const { completed, network } = await scan(answer, {
            plan,
            end: plan.positions,
            gate,
            timeoutMs: 2,
          });
          for (const { address, batch } of network.sent)
            if (batch > lastBatch) expect(during.contains(address), formatAddress(address)).toBe(false);
          for (const { address } of network.sent)
            expect(before.contains(address), formatAddress(address)).toBe(false);
          for (const one of completed) {
            if (before.contains(one.probe.address))
              expect(one).toMatchObject({ attempts: 0, outcome: 'skipped' });
            else if (!during.contains(one.probe.address)) expect(one.outcome).not.toBe('skipped');
          }
          expect(completed).toHaveLength(plan.positions);
        },
      ),
      { numRuns: EXCLUSION_SETS },
    );
  }, 600_000);

  it('sends nothing while the exclusions are too old to send by, settles nothing for it, and goes on', async () => {
    let nowMs = 0;
    let isRenewed = false;
    let probes = 0;
    let late = 0;
    // What is sent in the same call of the kernel was built before.
    let lastBatch = Number.POSITIVE_INFINITY;
    const freshness = new Freshness({ now: () => 0, monotonic: () => nowMs });
    freshness.renew(1);
    const gate = createGate({ exclusions: AddressSet.EMPTY, freshness });
    const answer: Answering = (probe) => {
      probes += 1;
      if (!isRenewed && probe.batch > lastBatch) late += 1;
      if (probes === 300) {
        lastBatch = probe.batch;
        nowMs = 2;
        setTimeout(() => {
          isRenewed = true;
          freshness.renew(10);
        }, 300);
      }
      return [tcpReply(probe, RST_ACK)];
    };
    const { completed, request } = await scan(answer, { ports: '1-2000', gate });
    expect(isRenewed).toBe(true);
    expect(late).toBe(0);
    expectComplete(completed, request);
    expect(completed.every(({ outcome }) => isSeen(outcome) && outcome.state === 'closed')).toBe(true);
  });

  it('asks no neighbour where it is while the exclusions are too old to send by, at no pace either', async () => {
    let nowMs = 2;
    let isRenewed = false;
    const early: string[] = [];
    const freshness = new Freshness({ now: () => 0, monotonic: () => nowMs });
    freshness.renew(1);
    const gate = createGate({ exclusions: AddressSet.EMPTY, freshness });
    const network = new SimulatedWires((probe) => [tcpReply(probe, RST_ACK)]);
    network.onSent = ({ address, protocol }) => {
      if (!isRenewed) early.push(`${protocol} ${formatAddress(address)}`);
    };
    network.onCall = (call) => {
      if (call !== 'neighbor') return;
      setTimeout(() => {
        isRenewed = true;
        nowMs = 3;
        freshness.renew(10);
      }, 200);
    };
    const completed = await completedOn(network, { ports: '1-5', gate });
    expect(early).toEqual([]);
    expect(network.sent.some(({ protocol }) => protocol === 'neighbor')).toBe(true);
    expect(completed.every(({ outcome }) => isSeen(outcome) && outcome.state === 'closed')).toBe(true);
  });
});
