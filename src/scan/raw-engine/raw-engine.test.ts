import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { parseLiteral } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { LINK_NONE } from '#net/native/links/link-kind.js';
import { createGate } from '#net/send/gate.js';
import type { Pace } from '#net/send/pace.js';
import type { Completed } from '#scan/engine/engine.js';
import { createRawEngine, reserveSourcePorts } from '#scan/raw-engine/raw-engine.js';
import { completedOf } from '#scan/results/completed-chunk.js';
import {
  type Answering,
  icmpReply,
  LINK,
  RST,
  RST_ACK,
  type SentProbe,
  SimulatedWires,
  SYN_ACK,
  tcpReply,
  udpReply,
} from '../../../test/support/network/simulated-wire.ts';
import { outcomeName, outcomeNames } from '../../../test/support/scans/outcome-name.ts';
import {
  clock,
  completedOn,
  expectComplete,
  requestOf,
  scan,
} from '../../../test/support/scans/simulated-raw-scan.ts';

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('SKIPPED: raw engines reserve their source ports through the C library of Linux');

const tcpStates: Answering = (probe) => {
  const isIpv4 = probe.address.family === 4;
  if (probe.port <= 10) return [tcpReply(probe, SYN_ACK)];
  if (probe.port <= 20) return [tcpReply(probe, RST_ACK)];
  if (probe.port <= 30) return [icmpReply(probe, isIpv4 ? { type: 3, code: 13 } : { type: 1, code: 1 })];
  if (probe.port <= 40) return [icmpReply(probe, isIpv4 ? { type: 11, code: 0 } : { type: 3, code: 0 })];
  return [];
};

const udpStates: Answering = (probe) => {
  if (probe.port <= 10) return [udpReply(probe)];
  if (probe.port <= 20) return [icmpReply(probe, { type: 3, code: 3 })];
  if (probe.port <= 30) return [icmpReply(probe, { type: 3, code: 3, from: Uint8Array.of(198, 18, 9, 9) })];
  return probe.port <= 40 ? [icmpReply(probe, { type: 3, code: 1 })] : [];
};

const ackStates: Answering = (probe) => {
  expect(probe.flags).toBe(0x10);
  if (probe.port <= 10) return [tcpReply(probe, RST)];
  return probe.port <= 20 ? [icmpReply(probe, { type: 3, code: 10 })] : [];
};

/** Lets so many packets go, then one each 40 ms. */
function burstThenSlow(burst: number): Pace {
  let left = burst;
  let freeAtMs = 0;
  const pace: Pace = {
    isFree: () => false,
    child: () => pace,
    reserve: () => undefined,
    take: () => {
      const delayMs = freeAtMs - clock.monotonic();
      if (delayMs > 0) return { scope: 'total', delayMs };
      left -= 1;
      if (left <= 0) freeAtMs = clock.monotonic() + 40;
      return undefined;
    },
  };
  return pace;
}

function addressOf(text: string) {
  const address = parseLiteral(text);
  if (address === undefined) throw new TypeError(`${text} is no address`);
  return address;
}

const spoil = (probe: SentProbe, change: Partial<SentProbe>) => tcpReply({ ...probe, ...change }, SYN_ACK);

const strays: Answering = (probe) => [
  spoil(probe, { sequence: probe.sequence ^ 1 }),
  spoil(probe, { sourcePort: probe.sourcePort + 1 }),
  spoil(probe, { port: probe.port + 1 }),
  spoil(probe, { port: 60_000 }),
  tcpReply(probe, SYN_ACK).subarray(0, 40),
  icmpReply({ ...probe, frame: withByte(probe.frame, 38) }, { type: 3, code: 13 }),
  Uint8Array.of(1, 2, 3),
];

describe.skipIf(!isLinux)('raw engine', () => {
  it.each([['198.18.0.2'], ['fd00:18::2']])('tells the states of TCP ports apart at %s', async (target) => {
    const { completed, request, network } = await scan(tcpStates, { targets: [target] });
    expectComplete(completed, request);
    // One open position has the canaries of its host counted in.
    const probes = network.sent.filter(({ protocol }) => protocol === 'tcp').length;
    expect(completed.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(probes);
    for (const one of completed) {
      const { port } = one.probe;
      const wanted = ['open syn-ack', 'closed rst', 'filtered admin-prohibited', 'filtered ttl-exceeded'];
      expect(outcomeName(one)).toBe(wanted[Math.floor((port - 1) / 10)] ?? 'filtered no-response');
      if (port > 10) expect(one.attempts).toBe(port <= 40 ? 1 : 2);
    }
  });

  it.each([0, 3])('asks the silent again %i times, and waits each time as long as told', async (retries) => {
    const timeoutMs = 40;
    const startedMs = clock.monotonic();
    const { completed, network } = await scan(() => [], { ports: '1-5', retries, timeoutMs });
    expect(clock.monotonic() - startedMs).toBeGreaterThanOrEqual((retries + 1) * timeoutMs);
    expect(outcomeNames(completed)).toEqual(['filtered no-response']);
    expect(completed.every(({ attempts }) => attempts === retries + 1)).toBe(true);
    expect(network.sent.filter(({ protocol }) => protocol === 'tcp')).toHaveLength(5 * (retries + 1));
  });

  it('tells the states of UDP ports apart, and who called a port unreachable', async () => {
    const { completed } = await scan(udpStates, { name: 'udp', ports: 'U:1-50' });
    const wanted = [
      'open udp-response',
      'closed port-unreach',
      'filtered admin-prohibited',
      'filtered host-unreach',
    ];
    for (const one of completed)
      expect(outcomeName(one)).toBe(
        wanted[Math.floor((one.probe.port - 1) / 10)] ?? 'open|filtered no-response',
      );
    expect(completed).toHaveLength(50);
  });

  it.each([1, 5, 6])('takes ICMPv6 unreachable code %i for a prohibition', async (code) => {
    const { completed } = await scan((probe) => [icmpReply(probe, { type: 1, code })], {
      targets: ['fd00:18::2'],
    });
    expect(outcomeNames(completed)).toEqual(['filtered admin-prohibited']);
  });

  it('takes a reset for an unfiltered port with ACK, and anything else for a filtered one', async () => {
    const { completed } = await scan(ackStates, { name: 'ack', ports: '1-30' });
    expect(outcomeNames(completed)).toEqual([
      'filtered admin-prohibited',
      'filtered no-response',
      'unfiltered rst',
    ]);
    expect(completed.filter((one) => outcomeName(one) === 'unfiltered rst')).toHaveLength(10);
  });

  it('believes no stray: wrong number, wrong port, unasked port, cut short', async () => {
    const { completed } = await scan(strays);
    expect(outcomeNames(completed)).toEqual(['filtered no-response']);
  });

  it('counts a reply once, however often it comes', async () => {
    const { completed, request } = await scan((probe) => [
      tcpReply(probe, RST_ACK),
      tcpReply(probe, SYN_ACK),
      tcpReply(probe, RST_ACK),
    ]);
    expectComplete(completed, request);
    expect(outcomeNames(completed)).toEqual(['closed rst']);
  });

  it('keeps missed answers below one in a thousand with 5 % loss each way', async () => {
    let state = 42;
    const isLost = () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return state / 0x7fff_ffff < 0.05;
    };
    // Not on every port, which nobody would believe.
    const answer: Answering = (probe) =>
      isLost() || isLost() ? [] : [tcpReply(probe, probe.port % 3 === 0 ? SYN_ACK : RST_ACK)];
    const { completed, engine } = await scan(answer, { ports: '1-12000', timeoutMs: 40 });
    const open = completed.filter((one) => outcomeName(one) === 'open syn-ack').length;
    expect((3 * open) / completed.length).toBeGreaterThanOrEqual(0.999);
    expect(engine.rateTrace[0]?.cause).toBe('start');
  });

  it('asks again what a full send buffer left over', async () => {
    let isFull = false;
    const network = new SimulatedWires((probe) => {
      if (!isFull) network.refusals.push(105, 11);
      isFull = true;
      return [tcpReply(probe, RST_ACK)];
    });
    const request = requestOf({ ports: '1-500' });
    const engine = createRawEngine({ name: 'syn', clock, randomize: () => {}, openNetwork: () => network });
    const completed: Completed[] = [];
    for await (const chunk of engine.run(request, new AbortController().signal))
      completed.push(...completedOf(chunk, request.plan));
    expectComplete(completed, request);
    expect(new Set(completed.map(({ attempts }) => attempts))).toEqual(new Set([1]));
    expect(engine.rateTrace.map(({ cause }) => cause)).toContain('send-buffer');
  });

  it.each([false, true])(
    'asks nothing again that answers meanwhile, its host excluded: %s',
    async (excludes) => {
      const gate = createGate({ exclusions: AddressSet.EMPTY });
      const waiting = new Map<number, SentProbe>();
      let late: readonly SentProbe[] = [];
      const answer: Answering = (probe) => {
        if (probe.protocol !== 'tcp' || late.length > 0) return [];
        const isAgain = waiting.has(probe.port);
        waiting.set(probe.port, probe);
        if (!isAgain) return [];
        // With the first that is asked again half of the others answer, as they wait to be asked again too.
        late = [...waiting.values()].filter(({ port }) => port !== probe.port && port % 2 === 0);
        if (excludes) setTimeout(() => gate.exclude(AddressSet.parse(['198.18.0.2'])), 10);
        return late.map((one) => tcpReply(one, RST_ACK));
      };
      // One for the neighbour and one for each port at once, then one after the other.
      const pace = burstThenSlow(21);
      const { completed, network, request } = await scan(answer, { ports: '1-20', pace, gate });
      expectComplete(completed, request);
      expect(late.length).toBeGreaterThanOrEqual(9);
      for (const { port } of late) {
        const one = completed.find(({ probe }) => probe.port === port);
        expect(one && outcomeName(one)).toBe('closed rst');
        expect(one?.attempts).toBe(1);
        expect(network.sent.filter((probe) => probe.protocol === 'tcp' && probe.port === port)).toHaveLength(
          1,
        );
      }
    },
  );

  it.each(['route', 'neighbor'] as const)(
    'opens nothing any more for a reader who left at a %s',
    async (at) => {
      const network = new SimulatedWires((probe) => [tcpReply(probe, RST_ACK)]);
      const request = requestOf({ targets: ['198.18.0.0/22'], ports: '1-3' });
      const engine = createRawEngine({ name: 'syn', clock, randomize: () => {}, openNetwork: () => network });
      const reading = engine.run(request, new AbortController().signal)[Symbol.asyncIterator]();
      const left = Promise.withResolvers<void>();
      network.onCall = (call) => {
        if (call !== at) return;
        network.onCall = () => undefined;
        left.resolve(Promise.resolve(reading.return?.()).then(() => undefined));
      };
      void reading.next();
      await left.promise;
      await sleep(20);
      expect(network.callsAfterClose).toEqual([]);
      expect(network.openWires.size).toBe(0);
    },
  );

  it('asks through an excluded gateway that the kernel knows, and says so of one that it does not', async () => {
    const gateway = addressOf('198.18.0.9');
    const network = new SimulatedWires((probe) => [tcpReply(probe, RST_ACK)]);
    network.gateway = gateway;
    const gate = createGate({ exclusions: AddressSet.parse(['198.18.0.9']) });
    const request = requestOf({ targets: ['198.19.0.1-198.19.0.2'], ports: '1-3', gate });
    const engine = createRawEngine({ name: 'syn', clock, randomize: () => {}, openNetwork: () => network });
    const read = async () => {
      const completed: Completed[] = [];
      for await (const chunk of engine.run(request, new AbortController().signal))
        completed.push(...completedOf(chunk, request.plan));
      return completed;
    };
    await expect(read()).rejects.toMatchObject({
      code: 'engine_failed',
      facts: { gateway: '198.18.0.9' },
    });
    expect(network.sent).toEqual([]);
    network.stale.set(gateway.value, Uint8Array.of(2, 0, 0, 0, 0, 9));
    expect(outcomeNames(await read())).toEqual(['closed rst']);
    expect(network.sent.every(({ protocol }) => protocol === 'tcp')).toBe(true);
  });

  it('asks those it can reach while it looks for the neighbours of others', async () => {
    const network = new SimulatedWires((probe) => [tcpReply(probe, RST_ACK)]);
    const absent = ['198.18.0.2', '198.18.0.7', '198.18.0.9'].map(addressOf);
    for (const { value } of absent) network.absent.add(value);
    const completed = await completedOn(network, { targets: ['198.18.0.2-198.18.0.9'], ports: '1-60' });
    const isAbsent = ({ value }: { value: bigint }) => network.absent.has(value);
    for (const one of completed) {
      expect(outcomeName(one)).toBe(isAbsent(one.probe.address) ? 'filtered host-unreach' : 'closed rst');
      expect(one.attempts).toBe(isAbsent(one.probe.address) ? 0 : 1);
    }
    const isGivenUpLater = network.sent.findLastIndex(({ protocol }) => protocol === 'neighbor');
    expect(network.sent.findLastIndex(({ protocol }) => protocol === 'tcp')).toBeLessThan(isGivenUpLater);
    expect(network.sent.filter(({ protocol }) => protocol === 'tcp')).toHaveLength(5 * 60);
    const questions = network.sent.filter(
      ({ address, protocol }) => protocol === 'neighbor' && isAbsent(address),
    );
    expect(questions).toHaveLength(3 * absent.length);
  });

  it('opens the next block while it looks for the neighbours of one', async () => {
    const network = new SimulatedWires((probe) => [tcpReply(probe, RST_ACK)]);
    const first = addressOf('198.18.0.0');
    for (let host = 0n; host < 32n; host += 1n) network.absent.add(first.value + host);
    // 32 hosts a block: nobody is there in the first.
    const completed = await completedOn(network, { targets: ['198.18.0.0/26'], ports: '1-2048' });
    expect(completed.filter((one) => outcomeName(one) === 'filtered host-unreach')).toHaveLength(32 * 2_048);
    const lastQuestion = network.sent.findLastIndex(({ address }) => network.absent.has(address.value));
    expect(network.sent.slice(0, lastQuestion).some(({ protocol }) => protocol === 'tcp')).toBe(true);
  });

  it("ends with the machine's word when the interface is taken away", async () => {
    const network = new SimulatedWires(() => {
      network.refusals.push(6);
      return [];
    });
    const request = requestOf({ ports: '1-600' });
    const engine = createRawEngine({ name: 'syn', clock, randomize: () => {}, openNetwork: () => network });
    const reading = async () => {
      for await (const chunk of engine.run(request, new AbortController().signal))
        expect(chunk.count).toBeGreaterThan(0);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'engine_failed', facts: { code: 'ENXIO' } });
    expect(network.openWires.size).toBe(0);
  });

  it('asks no neighbours on a link without a header', async () => {
    const link = { ...LINK, kind: LINK_NONE, hardwareAddress: new Uint8Array(0) };
    const network = new SimulatedWires(tcpStates, link);
    const completed = await completedOn(network, { targets: ['198.18.0.2', 'fd00:18::2'], ports: '1-40' });
    expect(new Set(network.sent.map(({ protocol }) => protocol))).toEqual(new Set(['tcp']));
    expect(outcomeNames(completed)).toHaveLength(4);
  });

  it('names the flag for links that raw packets cannot leave through', async () => {
    const infiniband = { ...LINK, name: 'ib0', kind: 32, hardwareAddress: new Uint8Array(20) };
    const network = new SimulatedWires(tcpStates, infiniband);
    await expect(completedOn(network)).rejects.toMatchObject({
      code: 'engine_failed',
      facts: { interface: 'ib0', linkType: 32 },
      hint: expect.stringContaining('--type connect'),
    });
    expect(network.sent).toEqual([]);
  });

  it('sends nothing after a stop, and hands over what was answered', async () => {
    const stopping = new AbortController();
    const { completed, network } = await scan(
      (probe) => {
        if (probe.protocol === 'tcp' && probe.port === 100) stopping.abort();
        return [tcpReply(probe, RST_ACK)];
      },
      { ports: '1-20000', signal: stopping.signal },
    );
    const probes = network.sent.filter(({ protocol }) => protocol === 'tcp');
    expect(probes.length).toBeLessThan(20_000);
    expect(completed).toHaveLength(probes.length);
  });
});

it.skipIf(!isLinux)(
  'gives one run source ports for all its threads, and those beside it for one each',
  () => {
    const runs = Array.from({ length: 4 }, () => reserveSourcePorts([1, 2, 3, 4]));
    for (const reservation of runs.flat()) reservation.release();
    const most = Math.min(4, availableParallelism());
    expect(runs.map((held) => held.length)).toEqual([most, 1, 1, 1]);
    expect(new Set(runs.flat().map(({ first }) => first)).size).toBe(most + 3);
    const alone = reserveSourcePorts([1, 2]);
    for (const reservation of alone) reservation.release();
    expect(alone).toHaveLength(Math.min(2, most));
  },
);

function withByte(frame: Uint8Array, at: number): Uint8Array {
  const changed = frame.slice();
  changed[at] = (changed[at] ?? 0) ^ 0x55;
  return changed;
}
