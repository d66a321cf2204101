import { describe, expect, test } from 'vitest';
import type { DiscoveryProbes } from '#discovery/probes.js';
import { type Address, formatAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan } from '#domain/scans/plan.js';
import type { DiscoveryEvents } from '#net/probe/hosts/host-response.js';
import { createGate, type Gate } from '#net/send/gate.js';
import { createPace } from '#net/send/pace.js';
import { createLiveHostsEngine } from '#prober/engines/live-hosts.js';
import {
  discoveryEventsMessage,
  MAX_LISTED,
  readDiscoveryEvents,
} from '#prober/messages/discovery-messages.js';
import { createConnectEngine } from '#scan/connect/connect-engine.js';
import type { Engine } from '#scan/engine/engine.js';
import { type Completed } from '#scan/engine/engine.js';
import { completedOf } from '#scan/results/completed-chunk.js';
import { pong, probesOf, SimulatedProbe } from '../../../test/support/network/discovery-probes.ts';
import { CLOSED, clock, SimulatedNetwork } from '../../../test/support/network/simulated-network.ts';

interface Setup {
  readonly targets: string[];
  readonly ports?: string;
  readonly echo: SimulatedProbe;
  readonly first?: number;
  readonly end?: number;
  readonly signal?: AbortSignal;
}

function setUp({ targets: texts, ports = '1-20', echo, ...rest }: Setup) {
  const targets = AddressSet.parse(texts);
  const plan = createPlan({ targets, ports: parsePorts(ports), seed: 5n });
  const network = new SimulatedNetwork(() => CLOSED);
  const closed: string[] = [];
  const probes: DiscoveryProbes = { ...probesOf({ echo: { 4: echo } }), close: () => closed.push('probes') };
  const gate = createGate({ exclusions: AddressSet.EMPTY });
  const inner = createConnectEngine({ clock, connect: network.connect });
  const engine = createLiveHostsEngine({ engine: inner, targets, clock, openProbes: () => probes });
  const pace = createPace({ packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, clock });
  const request = {
    plan,
    first: rest.first ?? 0,
    end: rest.end ?? plan.positions,
    gate,
    pace,
    retries: 0,
    timeoutMs: 50,
    concurrency: 500,
  };
  const run = engine.run(request, rest.signal ?? new AbortController().signal);
  return { run, engine, plan, network, closed, request };
}

async function drained(setup: Setup) {
  const { run, plan, network, closed, engine } = setUp(setup);
  const completed: Completed[] = [];
  const events: DiscoveryEvents[] = [];
  for await (const chunk of run) {
    for (const note of chunk.notes ?? []) if (note.kind === 'discovery') events.push(note.events);
    completed.push(...completedOf(chunk, plan));
  }
  return { completed, events, plan, network, closed, engine };
}

const isEven = (address: string) => Number(address.split('.').at(-1)) % 2 === 0;
const evenHosts = () => new SimulatedProbe((address) => (isEven(address) ? pong(64) : undefined));
const textOf = ({ probe }: Completed) => formatAddress(probe.address);

describe('an engine that asks live hosts alone', () => {
  test('settles every position once, skipping those of silent hosts, which get no packet', async () => {
    const { completed, network, plan, closed } = await drained({
      targets: ['198.18.1.0/25'],
      echo: evenHosts(),
    });
    expect(completed.map(({ position }) => position).sort((a, b) => a - b)).toEqual(
      Array.from({ length: plan.positions }, (_, position) => position),
    );
    const wrong = completed.filter((one) => (one.outcome === 'skipped') === isEven(textOf(one)));
    expect(wrong).toEqual([]);
    expect(network.sent.every(({ probe }) => isEven(formatAddress(probe.address)))).toBe(true);
    expect(network.sent).toHaveLength(64 * 20);
    expect(closed).toEqual(['probes']);
  });

  test('refuses silent hosts by every word of the gate, also after an exclusion', async () => {
    const targets = AddressSet.parse(['198.18.1.0/29']);
    const { request } = setUp({ targets: ['198.18.1.0/29'], echo: evenHosts() });
    const gates: Gate[] = [];
    const watching: Engine = {
      name: 'connect',
      protocols: ['tcp'],
      async *run({ gate }) {
        gates.push(gate);
        yield* [];
      },
    };
    const openProbes = () => probesOf({ echo: { 4: evenHosts() } });
    const engine = createLiveHostsEngine({ engine: watching, targets, clock, openProbes });
    for await (const chunk of engine.run(request, new AbortController().signal)) expect(chunk.count).toBe(0);
    const gate = gates[0] ?? expect.fail('was not run');
    gate.exclude(AddressSet.parse(['198.18.1.2']));
    expect(gate.exclusions.toTexts()).toEqual(['198.18.1.1-198.18.1.3', '198.18.1.5', '198.18.1.7']);
    const texts = ['198.18.1.0', '198.18.1.1', '198.18.1.2'].map((text) => {
      const address = AddressSet.parse([text]).nth(0n);
      const isPermitted = gate.permit({ address, protocol: 'tcp', port: 80 }) !== undefined;
      expect(gate.permits(address)).toBe(isPermitted);
      expect(gate.permitHost(address) !== undefined).toBe(isPermitted);
      return gate.refusal(address);
    });
    expect(texts).toEqual([undefined, 'no-sign-of-life', 'excluded']);
    expect(request.gate.refusal(AddressSet.parse(['198.18.1.1']).nth(0n))).toBeUndefined();
  });

  test('tells what the sweep saw', async () => {
    const { events } = await drained({ targets: ['198.18.1.0/25'], echo: evenHosts() });
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ impostors: [], lacks: [] });
    expect(events[0]?.observations).toHaveLength(64);
    expect(events[0]?.unresponsiveRanges).toHaveLength(64);
  });

  test('tells of silence that lies scattered in parts, none larger than is read', async () => {
    const cells = Math.ceil(MAX_LISTED / 128) + 1;
    const targets = Array.from({ length: cells * 128 }, (_, at) => `198.18.${at >> 7}.${2 * (at & 127)}`);
    const echo = new SimulatedProbe(() => undefined);
    const { events } = await drained({ targets, ports: '80', echo });
    const counts = events.map(({ unresponsiveRanges }) => unresponsiveRanges.length);
    expect(counts.reduce((sum, count) => sum + count)).toBe(cells * 128);
    for (const one of events) expect(readDiscoveryEvents(discoveryEventsMessage(one))).toEqual(one);
  });

  test('asks all ports where something answers for every host', async () => {
    const { events, network } = await drained({
      targets: ['198.18.1.0/24'],
      ports: '80',
      echo: new SimulatedProbe(() => pong(64)),
    });
    expect(events[0]?.impostors).toMatchObject([{ kind: 'answers-all' }]);
    expect(network.sent).toHaveLength(256);
  });

  test('asks all ports of hosts that could not be asked first', async () => {
    const { network } = await drained({
      targets: ['198.18.1.0/28'],
      ports: '80',
      echo: new SimulatedProbe(() => ({ kind: 'local', code: 'EPERM' })),
    });
    expect(network.sent).toHaveLength(16);
  });

  test('sweeps the hosts of its own range of the plan, block after block', async () => {
    // 32 hosts a block with all ports: 4,096 hosts are 128 blocks.
    const targets = AddressSet.parse(['198.18.0.0/18']);
    const ports = parsePorts('1-2000');
    const plan = createPlan({ targets, ports, seed: 5n });
    const first = plan.blockRange(3).first + 5;
    const end = plan.blockRange(4).end;
    const hosts = AddressSet.parse(['198.18.0.0/18']).slice(
      BigInt(3 * plan.hostsPerBlock),
      BigInt(5 * plan.hostsPerBlock),
    );
    const echo = new SimulatedProbe(() => undefined);
    const { completed, network } = await drained({
      targets: ['198.18.0.0/18'],
      ports: '1-2000',
      echo,
      first,
      end,
    });
    expect(new Set(echo.probed)).toEqual(new Set(addressesOf(hosts)));
    expect(completed).toHaveLength(end - first);
    expect(network.sent).toEqual([]);
  });

  test('asks nothing more after a stop, and closes what it opened', async () => {
    const abort = new AbortController();
    const echo = new SimulatedProbe((address) => {
      if (address === '198.18.5.0') abort.abort();
      return undefined;
    });
    const { completed, network, closed } = await drained({
      targets: ['198.18.0.0/20'],
      ports: '80',
      echo,
      signal: abort.signal,
    });
    expect(completed).toEqual([]);
    expect(network.sent).toEqual([]);
    expect(closed).toEqual(['probes']);
  });

  test('closes what it opened when its reader leaves, also while the first sweep runs', async () => {
    const echo = new SimulatedProbe(() => undefined);
    const { run, closed } = setUp({ targets: ['198.18.0.0/20'], ports: '80', echo });
    const chunks = run[Symbol.asyncIterator]();
    const pending = chunks.next();
    await chunks.return?.();
    await pending;
    expect(closed).toEqual(['probes']);
    // Those that were in flight already, of 4,096.
    expect(echo.probed.length).toBeLessThanOrEqual(500);
  });

  test('hands on the failure of a sweep', async () => {
    const echo = new SimulatedProbe(() => {
      throw new Error('broken');
    });
    await expect(drained({ targets: ['198.18.1.0/28'], echo })).rejects.toThrow('broken');
  });

  test('is the engine it wraps by name', () => {
    const { engine } = setUp({ targets: ['198.18.1.1'], echo: evenHosts() });
    expect((engine satisfies Engine).name).toBe('connect');
  });
});

function addressesOf(set: AddressSet): string[] {
  return Array.from({ length: Number(set.size) }, (_, at): Address => set.nth(BigInt(at))).map(formatAddress);
}
