import { describe, expect, it } from 'vitest';
import { formatAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan } from '#domain/scans/plan.js';
import type { Clock } from '#domain/time/clock.js';
import { Freshness } from '#net/send/exclusion-freshness.js';
import { createGate, type Gate } from '#net/send/gate.js';
import { createPace, type PaceLimits } from '#net/send/pace.js';
import type { Completed } from '#scan/engine/engine.js';
import { MAX_HOLD_MS } from '#scan/impostors/rules.js';
import { createRawEngine, type RawEngineName } from '#scan/raw-engine/raw-engine.js';
import { completedOf } from '#scan/results/completed-chunk.js';
import {
  type Answering,
  RST,
  RST_ACK,
  type SentProbe,
  SimulatedWires,
  SYN_ACK,
  tcpReply,
} from '../../../test/support/network/simulated-wire.ts';
import { outcomeName } from '../../../test/support/scans/outcome-name.ts';

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('SKIPPED: raw engines reserve their source ports through the C library of Linux');

const realClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
const UNLIMITED: PaceLimits = { packetsPerSecond: undefined, packetsPerSecondPerHost: undefined };

interface Setup {
  readonly targets?: readonly string[];
  readonly ports?: string;
  readonly name?: RawEngineName;
  readonly gate?: Gate;
  readonly limits?: PaceLimits;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

async function scan(answer: Answering, setup: Setup = {}) {
  const { clock = realClock } = setup;
  const network = new SimulatedWires(answer);
  network.monotonic = () => clock.monotonic();
  const { targets = ['198.18.0.2'], ports = '1-200' } = setup;
  const plan = createPlan({ targets: AddressSet.parse(targets), ports: parsePorts(ports), seed: 5n });
  const request = {
    plan,
    first: 0,
    end: plan.positions,
    gate: setup.gate ?? createGate({ exclusions: AddressSet.EMPTY }),
    pace: createPace({ ...(setup.limits ?? UNLIMITED), clock }),
    retries: 1,
    timeoutMs: 20,
    concurrency: 1,
  };
  const engine = createRawEngine({
    name: setup.name ?? 'syn',
    clock,
    randomize: (words) => crypto.getRandomValues(words),
    openNetwork: () => network,
  });
  const completed: Completed[] = [];
  for await (const chunk of engine.run(request, setup.signal ?? new AbortController().signal))
    completed.push(...completedOf(chunk, plan));
  const probes = network.sent.filter(({ protocol }) => protocol === 'tcp');
  return { completed, probes, plan, words: textsOf(completed) };
}

/** How many positions have which outcome, by host. */
function textsOf(completed: readonly Completed[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of completed) {
    const word = `${formatAddress(one.probe.address)} ${outcomeName(one)}`;
    counts[word] = (counts[word] ?? 0) + 1;
  }
  return counts;
}

const STEP_MS = 0.05;
const STEPS_TO_THE_WIRE = 4;

/** Goes on by a step each time it is looked at, and not otherwise: however late this process runs. */
function steppingClock(): Clock {
  let steps = 0;
  return { now: () => Date.now(), monotonic: () => (steps += 1) * STEP_MS };
}

const probed = (probe: SentProbe) => formatAddress(probe.address);
const synAck = (probe: SentProbe, windowBytes = 64_240): Uint8Array => {
  const frame = tcpReply(probe, SYN_ACK);
  const transport = probe.frame[12] === 0x08 ? 34 : 54;
  new DataView(frame.buffer).setUint16(transport + 14, windowBytes);
  return frame;
};

/** One host answers on every port, all others on the low even ones. */
const answerOfTwo: Answering = (probe) => {
  if (probed(probe) === '198.18.0.2') return [synAck(probe)];
  return [probe.port < 1_024 && probe.port % 2 === 0 ? synAck(probe) : tcpReply(probe, RST_ACK)];
};

describe.skipIf(!isLinux)('raw engine and impostors', () => {
  it.each([
    ['many ports, by a sample', '1-1000'],
    ['few ports, by the first open one', '22,80,443'],
    ['all ports but a few, where canaries ask what the plan asks', '1-65500'],
  ])('names what answers on every port, and not its honest neighbour: %s', async (_how, ports) => {
    const { completed, probes, plan, words } = await scan(answerOfTwo, {
      targets: ['198.18.0.2-198.18.0.3'],
      ports,
    });
    expect(completed).toHaveLength(plan.positions);
    expect(words['198.18.0.2 unknown answers-all']).toBe(plan.positions / 2);
    const even = completed.filter(
      ({ probe }) => probe.address.value % 2n === 1n && probe.port < 1_024 && probe.port % 2 === 0,
    );
    expect(words['198.18.0.3 open syn-ack']).toBe(even.length);
    expect(completed.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(probes.length);
  });

  it.each([0, 10])('calls it a tarpit when it grants %i bytes', async (windowBytes) => {
    const { words } = await scan((probe) => [synAck(probe, windowBytes)], { targets: ['fd00:18::2'] });
    expect(words).toEqual({ 'fd00:18::2 unknown tarpit': 200 });
  });

  it('believes a host with all asked ports open that answers on no other', async () => {
    const { words, probes } = await scan(
      (probe) => [probe.port <= 1_000 ? synAck(probe) : tcpReply(probe, RST_ACK)],
      { ports: '1-1000' },
    );
    expect(words).toEqual({ '198.18.0.2 open syn-ack': 1_000 });
    expect(probes.length - 1_000).toBe(12);
  });

  it('believes no answer to a canary that carries another number, and asks as often as any silent port', async () => {
    const { words, probes } = await scan(
      (probe) => [synAck(probe.port <= 1_000 ? probe : { ...probe, sequence: probe.sequence ^ 1 })],
      { ports: '1-1000' },
    );
    expect(words).toEqual({ '198.18.0.2 open syn-ack': 1_000 });
    expect(probes.length - 1_000).toBe(2 * 12);
  });

  it('asks a host with few open ports nothing more', async () => {
    const { words, probes } = await scan(
      (probe) => [probe.port <= 20 ? synAck(probe) : tcpReply(probe, RST_ACK)],
      { ports: '1-1000' },
    );
    expect(words).toEqual({ '198.18.0.2 open syn-ack': 20, '198.18.0.2 closed rst': 980 });
    expect(probes).toHaveLength(1_000);
  });

  it('leaves what answers an ACK as it is', async () => {
    const { words, probes } = await scan((probe) => [tcpReply(probe, RST)], { name: 'ack' });
    expect(words).toEqual({ '198.18.0.2 unfiltered rst': 200 });
    expect(probes).toHaveLength(200);
  });

  it('tells nothing of a host that is excluded before it is known', async () => {
    const gate = createGate({ exclusions: AddressSet.EMPTY });
    let canaries = 0;
    const answer: Answering = (probe) => {
      if (probe.port > 200 && (canaries += 1) === 1) gate.exclude(AddressSet.parse(['198.18.0.2']));
      return [synAck(probe)];
    };
    const { completed, words } = await scan(answer, { gate });
    expect(completed).toHaveLength(200);
    expect(words['198.18.0.2 open syn-ack']).toBeUndefined();
  });

  it('invents nothing when it is stopped before a host is known', async () => {
    const stopping = new AbortController();
    const answer: Answering = (probe) => {
      if (probe.port > 200) stopping.abort();
      return probe.port > 200 ? [] : [synAck(probe)];
    };
    const { words } = await scan(answer, { signal: stopping.signal });
    expect(words).toEqual({});
  });

  it('believes no host because nobody could be asked for longer than an answer is waited for', async () => {
    let aheadMs = 0;
    const clock: Clock = { ...realClock, monotonic: () => performance.now() + aheadMs };
    let nowMs = 0;
    const freshness = new Freshness({ now: () => 0, monotonic: () => nowMs });
    freshness.renew(1);
    const answer: Answering = (probe) => {
      // In the middle of the canaries, which get lost and cannot be asked again for a while.
      if (probe.port > 200 && nowMs === 0) {
        nowMs = 2;
        setTimeout(() => (aheadMs = 4 * MAX_HOLD_MS), 100);
        setTimeout(() => freshness.renew(3), 200);
      }
      return probe.port > 200 && freshness.isOver ? [] : [synAck(probe)];
    };
    const gate = createGate({ exclusions: AddressSet.EMPTY, freshness });
    const { words } = await scan(answer, { gate, clock });
    expect(words).toEqual({ '198.18.0.2 unknown answers-all': 200 });
  });

  it('keeps canaries to the budgets, and sends what was charged at once', async () => {
    const limits = { packetsPerSecond: 200, packetsPerSecondPerHost: 100 };
    const clock = steppingClock();
    const { words, probes } = await scan((probe) => [synAck(probe)], { ports: '1-30', limits, clock });
    expect(words).toEqual({ '198.18.0.2 unknown answers-all': 30 });
    expect(probes).toHaveLength(30 + 12);
    expect(new Set(probes.map(({ batch }) => batch)).size).toBe(probes.length);
    const times = probes.map(({ atMs }) => atMs);
    // Ten in 100 ms, as the wire saw them: of time itself a few steps at most lie between pace and wire.
    for (const [at, ms] of times.entries())
      expect((times[at + 10] ?? Infinity) - ms).toBeGreaterThan(100 - STEPS_TO_THE_WIRE * STEP_MS);
  });
});
