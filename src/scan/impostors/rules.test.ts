import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, formatAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { PortSet } from '#domain/ports/port-set.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan, type Probe } from '#domain/scans/plan.js';
import { canaryPorts, FIRST_CANARY_PORT, PlannedPorts } from '#scan/impostors/canaries.js';
import {
  type Canary,
  type CanaryAnswer,
  type Decision,
  ImpostorWatch,
  MAX_HELD_POSITIONS,
  MAX_HOLD_MS,
  MAX_HOLDING_HOSTS,
} from '#scan/impostors/rules.js';
import { SAMPLE_POSITIONS } from '#scan/impostors/verdict.js';

/** Small and good enough, so that a seed says all there is to say about a run. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

type IsOpen = (port: number) => boolean;
/** Hosts are made anew for each run, from its randomness and the ports that the plan asks. */
type HostKind = (random: () => number, planned: PortSet) => IsOpen;

/** Opens the same ports each time it is asked. */
const openShare =
  (share: number): HostKind =>
  (random) => {
    const known = new Map<number, boolean>();
    return (port) => {
      const isOpen = known.get(port) ?? random() < share;
      known.set(port, isOpen);
      return isOpen;
    };
  };
const allOfThePlan: HostKind = (_, planned) => (port) => planned.has('tcp', port);
const REAL: Record<string, HostKind> = {
  nothing: () => () => false,
  'three ports': () => (port) => [22, 80, 443].includes(port),
  '10 % of all': openShare(0.1),
  '40 % of all': openShare(0.4),
  'all that was asked': allOfThePlan,
};
const IMPOSTORS: Record<string, HostKind> = {
  'every port': openShare(1),
  '90 % of the ports': openShare(0.9),
};

interface Item {
  readonly position: number;
  readonly probe: Probe;
}

interface Simulation {
  readonly ports: string;
  readonly kinds: readonly HostKind[];
  readonly seed: number;
  /** How the lost and the slow come in: how often a canary's answer does not. */
  readonly loss?: number;
  readonly windowBytes?: number;
}

/** Runs a plan against simulated hosts; which open ports of which host came out, by verdict. */
function simulate({ ports, kinds, seed, loss = 0, windowBytes = 65_535 }: Simulation) {
  const random = randomOf(seed);
  const planned = parsePorts(ports);
  const targets = AddressSet.parse([`198.18.0.1-198.18.0.${kinds.length}`]);
  const plan = createPlan({ targets, ports: planned, seed: BigInt(seed) });
  const hosts = kinds.map((kind) => kind(random, planned));
  const isOpen = ({ address, port }: Probe) => hosts[Number(address.value & 0xffn) - 1]?.(port) ?? false;
  const verdicts = kinds.map(() => new Map<number, string>());
  const canaries: Canary[] = [];
  const canaryPortsProbed: number[] = [];
  const report = ({ probe }: Item, verdict: string) => {
    const ofHost = verdicts[Number(probe.address.value & 0xffn) - 1];
    expect(ofHost?.has(probe.port)).toBe(false);
    ofHost?.set(probe.port, verdict);
  };
  const watch = new ImpostorWatch<Item>({
    plan,
    onDecision: ({ held, verdict }) => {
      for (const item of held) report(item, verdict);
    },
  });
  const probeCanaries = (atMost: number) => {
    for (let canary = watch.takeCanary(); canary !== undefined; canary = watch.takeCanary())
      canaries.push(canary);
    for (const canary of canaries.splice(0, atMost)) {
      watch.canarySent(canary);
      canaryPortsProbed.push(canary.probe.port);
      const isAccepted = isOpen(canary.probe) && random() >= loss;
      watch.canaryAnswered(canary, { isAccepted, windowBytes: isAccepted ? windowBytes : undefined }, 0);
    }
  };
  for (let position = 0; position < plan.positions; position += 1) {
    const item = { position, probe: plan.locate(position) };
    const verdict = watch.complete(item, isOpen(item.probe), 0);
    if (verdict !== 'held' && isOpen(item.probe)) report(item, verdict);
    if (random() < 0.3) probeCanaries(Math.floor(random() * 4));
  }
  watch.endSamples(0);
  while (watch.heldCount > 0) probeCanaries(1);
  return { verdicts, planned, canaryPortsProbed, isOpen, plan, hosts };
}

const PLANS = { one: '80', few: '22,80,443,8080', hundred: '1-100', thousand: '1-1000', all: '1-65535' };
const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);

function seedsFor(plan: string): number[] {
  return plan === 'all' ? SEEDS.slice(0, 2) : SEEDS;
}

describe.each(Object.entries(PLANS))('on a plan of %s ports', (name, ports) => {
  // Who has all ports of a plan of all ports open answers on every port, and nobody could tell.
  const real = Object.entries(REAL).filter(([, kind]) => name !== 'all' || kind !== allOfThePlan);
  const allProbed = name === 'all' ? openShare(0.4) : allOfThePlan;

  it.each(real)('believes a host that has %s open', (_, kind) => {
    for (const seed of seedsFor(name)) {
      const { verdicts, hosts, planned } = simulate({
        ports,
        kinds: Array.from({ length: 4 }, () => kind),
        seed,
      });
      for (const [host, ofHost] of verdicts.entries()) {
        expect(new Set(ofHost.values()), `seed ${seed}`).toEqual(
          new Set(ofHost.size > 0 ? ['believed'] : []),
        );
        let openCount = 0;
        for (let index = 0; index < planned.count; index += 1)
          if (hosts[host]?.(planned.nth(index).port)) openCount += 1;
        // Nothing that is open is lost on the way.
        expect(ofHost.size).toBe(openCount);
      }
    }
  });

  it.each(Object.entries(IMPOSTORS))('does not believe what answers on %s, among others', (_, kind) => {
    for (const seed of seedsFor(name)) {
      const kinds = [openShare(0.1), kind, allProbed];
      const { verdicts } = simulate({ ports, kinds, seed });
      expect(new Set(verdicts[1]?.values()), `seed ${seed}`).toEqual(
        new Set((verdicts[1]?.size ?? 0) > 0 ? ['answers-all'] : []),
      );
      expect(verdicts[2]?.size).toBeGreaterThan(0);
      for (const other of [verdicts[0], verdicts[2]])
        expect([...(other?.values() ?? [])].every((verdict) => verdict === 'believed')).toBe(true);
    }
  });

  it('names what answers on every port also where one in ten answers is lost', () => {
    for (const seed of seedsFor(name)) {
      const { verdicts } = simulate({ ports, kinds: [openShare(1)], seed, loss: 0.1 });
      expect(new Set(verdicts[0]?.values()), `seed ${seed}`).toEqual(new Set(['answers-all']));
    }
  });

  it('calls it a tarpit when its windows are tiny', () => {
    const { verdicts } = simulate({ ports, kinds: [openShare(1)], seed: 7, windowBytes: 10 });
    expect(new Set(verdicts[0]?.values())).toEqual(new Set(['tarpit']));
  });
});

function firstCanaries(address: Address, planned: PortSet): number[] {
  const { ports: probed } = createPlan({
    targets: AddressSet.parse(['198.18.0.1']),
    ports: planned,
    seed: 1n,
  });
  const ports = canaryPorts(address, new PlannedPorts(probed));
  return Array.from({ length: 48 }, () => ports.next().value ?? 0);
}

const ADDRESS: Address = { family: 4, value: 0xc612_0001n };

describe('canaries', () => {
  it('are high ports that the plan does not ask, each once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 65_535 })), {
          maxLength: 8,
        }),
        fc.bigInt(0n, (1n << 128n) - 1n),
        (pairs, value) => {
          const planned = PortSet.of({
            tcp: pairs.map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) })),
          });
          fc.pre(planned.count > 0);
          const ports = firstCanaries({ family: 6, value }, planned);
          fc.pre(planned.tcp.reduce((sum, { first, last }) => sum + last + 1 - first, 0) < 60_000);
          expect(new Set(ports).size).toBe(48);
          for (const port of ports) {
            expect(port).toBeGreaterThanOrEqual(FIRST_CANARY_PORT);
            expect(port).toBeLessThanOrEqual(65_535);
            expect(planned.has('tcp', port)).toBe(false);
          }
        },
      ),
    );
  });

  it('are any high ports when the plan asks all', () => {
    const ports = firstCanaries(ADDRESS, parsePorts('1-65535'));
    expect(new Set(ports).size).toBe(48);
  });

  it('are asked of a host once for all its ports, and are few for a real one', () => {
    const one = simulate({ ports: '1-100', kinds: [REAL['three ports'] ?? allOfThePlan], seed: 1 });
    expect(one.canaryPortsProbed).toHaveLength(3);
    const other = simulate({ ports: '1-1000', kinds: [openShare(0.1)], seed: 1 });
    expect(other.canaryPortsProbed).toHaveLength(0);
    const impostor = simulate({ ports: '1-100', kinds: [openShare(1)], seed: 1 });
    expect(impostor.canaryPortsProbed).toHaveLength(12);
  });
});

const answer = (isAccepted: boolean): CanaryAnswer => ({ isAccepted, windowBytes: undefined });

function item(position: number, host = 1, port = 80): Item {
  const address: Address = { family: 4, value: 0xc612_0000n + BigInt(host) };
  return { position, probe: { address, protocol: 'tcp', port } };
}

/** A watch over hosts that are asked `ports`, and what it decided. */
function watching(ports: string, hosts = 1) {
  const decisions: Decision<Item>[] = [];
  const plan = createPlan({
    targets: AddressSet.parse([
      `198.18.0.1-${formatAddress({ family: 4, value: 0xc612_0000n + BigInt(hosts) })}`,
    ]),
    ports: parsePorts(ports),
    seed: 1n,
  });
  const watch = new ImpostorWatch<Item>({ plan, onDecision: (decision) => decisions.push(decision) });
  return { watch, decisions };
}

describe('what is held back', () => {
  it('is what is open, until the sample is there', () => {
    const { watch, decisions } = watching('1-1000');
    for (let position = 0; position < SAMPLE_POSITIONS - 1; position += 1) {
      const isOpen = position % 4 === 0;
      expect(watch.complete(item(position), isOpen, 0)).toBe(isOpen ? 'held' : 'believed');
    }
    expect(decisions).toEqual([]);
    expect(watch.complete(item(SAMPLE_POSITIONS - 1), false, 0)).toBe('believed');
    expect(decisions).toMatchObject([{ verdict: 'believed', canaryProbes: 0 }]);
    expect(decisions[0]?.held.map(({ position }) => position)).toEqual([0, 4, 8, 12, 16, 20]);
    expect(watch.complete(item(99), true, 0)).toBe('believed');
  });

  it('counts every probe sent for a canary, also one sent again', () => {
    const { watch, decisions } = watching('80');
    watch.complete(item(0), true, 0);
    for (let canary = watch.takeCanary(); canary !== undefined; canary = watch.takeCanary()) {
      expect(canary.position).toBe(0);
      watch.canarySent(canary);
      watch.canarySent(canary);
      watch.canaryAnswered(canary, answer(false), 0);
    }
    expect(decisions).toMatchObject([{ verdict: 'believed', canaryProbes: 6, held: [{ position: 0 }] }]);
  });

  it('is known by nobody when the gate closes before the host is', () => {
    const { watch, decisions } = watching('80');
    watch.complete(item(0), true, 0);
    const canary = watch.takeCanary();
    if (canary === undefined) throw new Error('no canary');
    watch.canaryRefused(canary);
    expect(decisions).toMatchObject([{ verdict: 'refused', held: [{ position: 0 }] }]);
    expect(watch.wants(canary)).toBe(false);
    expect(watch.takeCanary()).toBeUndefined();
    expect(watch).toMatchObject({ heldCount: 0, nextDueMs: undefined });
  });

  it('waits so long for the sample, and then so long for the canaries', () => {
    const { watch, decisions } = watching('1-1000');
    watch.complete(item(0), false, 0);
    watch.complete(item(1), true, 1_000);
    expect(watch.nextDueMs).toBe(1_000 + MAX_HOLD_MS);
    watch.expire(1_000 + MAX_HOLD_MS - 1);
    expect(watch.takeCanary()).toBeUndefined();
    watch.expire(1_000 + MAX_HOLD_MS);
    expect(watch.takeCanary()).toBeDefined();
    expect(watch.nextDueMs).toBe(1_000 + 2 * MAX_HOLD_MS);
    watch.expire(1_000 + 2 * MAX_HOLD_MS);
    expect(decisions).toMatchObject([{ verdict: 'believed', held: [{ position: 1 }] }]);
  });

  it('is not decided for the time in which nothing could be asked', () => {
    const { watch, decisions } = watching('80');
    watch.complete(item(0), true, 0);
    watch.stoodStill(60_000);
    watch.expire(60_000);
    expect(decisions).toEqual([]);
    watch.expire(60_000 + MAX_HOLD_MS);
    expect(decisions).toHaveLength(1);
  });

  it('is decided by what is known when time runs out in the middle', () => {
    const { watch, decisions } = watching('80');
    watch.complete(item(0), true, 0);
    for (let probed = 0; probed < 8; probed += 1) {
      const canary = watch.takeCanary();
      if (canary !== undefined) watch.canaryAnswered(canary, answer(true), 0);
    }
    expect(decisions).toEqual([]);
    watch.expire(MAX_HOLD_MS);
    expect(decisions).toMatchObject([{ verdict: 'answers-all' }]);
  });

  it('is bounded in positions, and room runs out before', () => {
    const { watch, decisions } = watching('1-65535');
    for (let position = 0; position < MAX_HELD_POSITIONS; position += 1)
      watch.complete(item(position), true, 0);
    expect(watch).toMatchObject({ heldCount: MAX_HELD_POSITIONS, hasCapacity: false });
    watch.complete(item(MAX_HELD_POSITIONS), true, 0);
    expect(watch).toMatchObject({ heldCount: 0, hasCapacity: true });
    expect(decisions).toHaveLength(1);
  });

  it('is bounded in hosts, and the oldest goes first', () => {
    const { watch, decisions } = watching('80', 16_384);
    for (let host = 0; host < MAX_HOLDING_HOSTS + 2; host += 1) watch.complete(item(host, host), true, host);
    expect(watch.heldCount).toBe(MAX_HOLDING_HOSTS);
    expect(watch.hasCapacity).toBe(false);
    expect(decisions.flatMap(({ held }) => held.map(({ position }) => position))).toEqual([0, 1]);
  });

  it('is gone when it is cleared', () => {
    const { watch, decisions } = watching('80');
    watch.complete(item(0), true, 0);
    watch.clear();
    expect(watch).toMatchObject({ heldCount: 0, nextDueMs: undefined });
    expect(watch.takeCanary()).toBeUndefined();
    expect(decisions).toEqual([]);
  });
});
