import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { PortSet } from '#domain/ports/port-set.js';
import {
  BLOCK_POSITIONS,
  createPlan,
  MAX_PLAN_POSITIONS,
  PLAN_ORDERS,
  type Plan,
  type Probe,
  splitIntoShards,
} from '#domain/scans/plan.js';

const SEED = 0x5ca9_04a3_0000_0001n;

function ports(tcp: number, udp = 0): PortSet {
  return PortSet.of({
    tcp: tcp === 0 ? [] : [{ first: 1, last: tcp }],
    udp: udp === 0 ? [] : [{ first: 1, last: udp }],
  });
}

function planOf(texts: readonly string[], set: PortSet, seed = SEED): Plan {
  return createPlan({ targets: AddressSet.parse(texts), ports: set, seed });
}

function write({ address, protocol, port }: Probe): string {
  return `${formatAddress(address)} ${protocol}/${port}`;
}

function firstProbes(plan: Plan): string[] {
  return Array.from({ length: 50 }, (_, at) => write(plan.locate(at)));
}

/** Every block follows the one before it, and together they are [0, positions). */
function expectTiled(plan: Plan): void {
  let next = 0;
  for (let block = 0; block < plan.blocks; block++) {
    const { first, end } = plan.blockRange(block);
    if (first !== next || end <= first) expect.fail(`block ${block} is ${first}–${end} after ${next}`);
    next = end;
  }
  expect(next).toBe(plan.positions);
}

function expectExactShards(plan: Plan, shards: number): void {
  const parts = splitIntoShards(plan, shards);
  expect(parts).toHaveLength(Math.min(shards, plan.blocks));
  let next = 0;
  const blocks: number[] = [];
  for (const { first, end } of parts) {
    expect(first).toBe(next);
    expect(end).toBeGreaterThan(first);
    expect(plan.blockRange(plan.blockOf(first)).first).toBe(first);
    expect(plan.blockRange(plan.blockOf(end - 1)).end).toBe(end);
    blocks.push(plan.blockOf(end - 1) - plan.blockOf(first) + 1);
    next = end;
  }
  expect(next).toBe(plan.positions);
  expect(Math.max(...blocks) - Math.min(...blocks)).toBeLessThanOrEqual(1);
}

const range = fc
  .tuple(
    fc.constantFrom(4 as const, 6 as const),
    fc.integer({ min: 0, max: 60 }),
    fc.integer({ min: 0, max: 12 }),
  )
  .map(([family, offset, more]) => {
    const first = (family === 4 ? 0xc612_0000n : 0xfd00n << 112n) + BigInt(offset);
    return { family, first, last: first + BigInt(more) };
  });
const portRange = fc
  .tuple(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 0, max: 4 }))
  .map(([first, more]) => ({ first, last: Math.min(65_535, first + more) }));
const shards = fc.integer({ min: 1, max: 9 });

/** Marks what every shard of the plan asks in a bitmap over (host, port) and counts what is not asked exactly once. */
function faults(
  plan: Plan,
  { targets, set, parts }: { targets: AddressSet; set: PortSet; parts: { first: number; end: number }[] },
): number {
  const hostIndex = new Map(
    Array.from({ length: Number(targets.size) }, (_, i) => [formatAddress(targets.nth(BigInt(i))), i]),
  );
  const portIndex = new Map(
    Array.from({ length: set.count }, (_, i) => [`${set.nth(i).protocol}/${set.nth(i).port}`, i]),
  );
  const probed = new Uint8Array(hostIndex.size * portIndex.size);
  let wrong = 0;
  for (const { first, end } of parts) {
    for (let position = first; position < end; position++) {
      const { address, protocol, port } = plan.locate(position);
      const host = hostIndex.get(formatAddress(address));
      const at = portIndex.get(`${protocol}/${port}`);
      if (host === undefined || at === undefined || probed[host * set.count + at] === 1) wrong++;
      else probed[host * set.count + at] = 1;
    }
  }
  return wrong + probed.filter((mark) => mark === 0).length;
}

describe('createPlan asks every (address, protocol, port) exactly once', () => {
  test('for any small targets, exclusions, ports and shards', () => {
    const input = fc.record({
      wanted: fc.array(range, { minLength: 1, maxLength: 5 }),
      excluded: fc.array(range, { maxLength: 3 }),
      tcp: fc.array(portRange, { maxLength: 4 }),
      udp: fc.array(portRange, { maxLength: 3 }),
      seed: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      order: fc.constantFrom(...PLAN_ORDERS),
      shardCount: shards,
    });
    let complete = 0;
    fc.assert(
      fc.property(input, ({ wanted, excluded, tcp, udp, seed, order, shardCount }) => {
        const targets = AddressSet.of(wanted).subtract(AddressSet.of(excluded));
        const set = PortSet.of({ tcp, udp });
        fc.pre(targets.size > 0n && set.count > 0);
        const plan = createPlan({ targets, ports: set, seed, order });
        expect(plan.positions).toBe(Number(targets.size) * set.count);
        expectTiled(plan);
        expectExactShards(plan, shardCount);
        expect(faults(plan, { targets, set, parts: splitIntoShards(plan, shardCount) })).toBe(0);
        complete++;
      }),
      { numRuns: 300 },
    );
    expect(complete).toBeGreaterThan(100);
  });

  test.each([
    ['many ports, the least hosts a block', ['198.18.0.0-198.18.0.39'], ports(3_000, 10), 2],
    [
      'both protocols whole, a block larger than its measure',
      ['fd00::1', '198.18.0.1'],
      ports(65_535, 65_535),
      1,
    ],
    ['a last block that is smaller', ['198.18.0.0-198.18.0.100'], ports(1_500, 500), 4],
    ['many hosts, one port', ['198.18.0.0/16', '198.19.0.0-198.19.0.9'], ports(1), 2],
    ['one host, one port', ['::1'], ports(0, 1), 1],
  ])('with %s', (_, texts, set, blocks) => {
    const plan = planOf(texts, set);
    expect(plan.blocks).toBe(blocks);
    expectTiled(plan);
    for (const count of [1, 2, 3, 7]) expectExactShards(plan, count);
    expect(faults(plan, { targets: AddressSet.parse(texts), set, parts: splitIntoShards(plan, 3) })).toBe(0);
  });
});

describe('a plan', () => {
  test('has blocks of a bounded number of whole hosts', () => {
    const plan = planOf(['198.18.0.0/24'], ports(1_000));
    expect(plan.hostsPerBlock).toBe(Math.floor(BLOCK_POSITIONS / 1_000));
    const { first, end } = plan.blockRange(1);
    const hosts = new Set<string>();
    for (let position = first; position < end; position++)
      hosts.add(formatAddress(plan.locate(position).address));
    expect(hosts.size).toBe(plan.hostsPerBlock);
    expect(end - first).toBe(plan.hostsPerBlock * 1_000);
  });

  test('says in numbers what it says as a probe', () => {
    const plan = planOf(['198.18.0.0/25'], ports(700, 30));
    const { numbers, tcpCount } = plan.ports;
    for (let position = 0; position < plan.positions; position += 37) {
      const cell = plan.cellOf(position);
      const portIndex = cell % numbers.length;
      const probe = plan.locate(position);
      expect(plan.hostAt(plan.blockOf(position), Math.floor(cell / numbers.length))).toEqual(probe.address);
      expect(numbers[portIndex]).toBe(probe.port);
      expect(portIndex < tcpCount ? 'tcp' : 'udp').toBe(probe.protocol);
    }
  });

  test('spreads neighbouring positions over the hosts of a block', () => {
    const plan = planOf(['198.18.0.0/26'], ports(1_000));
    let repeated = 0;
    for (let position = 1; position < plan.positions; position++) {
      if (plan.locate(position).address.value === plan.locate(position - 1).address.value) repeated++;
    }
    // 64 hosts: chance alone gives 1,000 of 64,000; the standard deviation is about 31.
    expect(repeated).toBeLessThan(1_000 + 8 * 31);
  });

  test('is the same for the same input, in any order of asking, and another for another seed', () => {
    const texts = ['198.18.0.0/20', 'fd00::/124'];
    const [plan, again] = [planOf(texts, ports(50, 7)), planOf(texts, ports(50, 7))];
    const position = fc.integer({ min: 0, max: plan.positions - 1 });
    fc.assert(
      fc.property(fc.array(position, { maxLength: 20 }), (positions) => {
        expect(positions.map((at) => write(plan.locate(at)))).toEqual(
          positions
            .toReversed()
            .map((at) => write(again.locate(at)))
            .toReversed(),
        );
      }),
    );
    expect(firstProbes(plan)).not.toEqual(firstProbes(planOf(texts, ports(50, 7), SEED + 1n)));
  });

  test('orders its blocks differently', () => {
    const plan = planOf(['198.18.0.0/24'], ports(65_535));
    const order = (block: number): number[] => {
      const { first } = plan.blockRange(block);
      return Array.from({ length: 20 }, (_, at) => plan.locate(first + at).port);
    };
    expect(order(0)).not.toEqual(order(1));
  });

  test('is the order that stored checkpoints rely on', () => {
    const plan = planOf(
      ['198.18.0.0/22', 'fd00::/126'],
      PortSet.of({ tcp: [{ first: 20, last: 119 }], udp: [{ first: 53, last: 53 }] }),
    );
    const positions = [0, 1, 2, 3, 65_447, 65_448, 65_449, plan.positions - 1];
    expect(positions.map((at) => `${at} ${write(plan.locate(at))}`)).toEqual([
      '0 198.18.1.230 tcp/78',
      '1 198.18.1.196 tcp/32',
      '2 198.18.2.2 tcp/101',
      '3 198.18.2.101 tcp/35',
      '65447 198.18.1.156 tcp/49',
      '65448 198.18.3.189 tcp/98',
      '65449 198.18.3.209 tcp/57',
      '103827 198.18.3.12 tcp/111',
    ]);
  });

  test('of the whole of IPv4 keeps samples apart and tiles its positions', () => {
    const plan = planOf(['0.0.0.0/0'], ports(1));
    expect([plan.positions, plan.blocks]).toEqual([2 ** 32, 65_536]);
    expectTiled(plan);
    const position = fc.integer({ min: 0, max: plan.positions - 1 });
    fc.assert(
      fc.property(fc.uniqueArray(position, { minLength: 2, maxLength: 50 }), (positions) => {
        expect(new Set(positions.map((at) => plan.locate(at).address.value)).size).toBe(positions.length);
        for (const at of positions) {
          const { first, end } = plan.blockRange(plan.blockOf(at));
          expect(at >= first && at < end).toBe(true);
        }
      }),
    );
    const { first, end } = plan.blockRange(40_000);
    const seen = new Set<bigint>();
    for (let at = first; at < end; at++) seen.add(plan.locate(at).address.value);
    expect(seen.size).toBe(end - first);
  });

  test('of the largest size still divides exactly', () => {
    const plan = planOf(
      [
        `fd00::-fd00::${(MAX_PLAN_POSITIONS - 1).toString(16).replace(/(.{2})(.{4})(.{4})(.{4})$/, '$1:$2:$3:$4')}`,
      ],
      ports(1),
    );
    expect(plan.positions).toBe(MAX_PLAN_POSITIONS);
    const last = plan.blocks - 1;
    expect(plan.blockRange(last).end).toBe(MAX_PLAN_POSITIONS);
    expect(plan.blockOf(plan.blockRange(last).first)).toBe(last);
    expect(plan.blockOf(plan.blockRange(last).first - 1)).toBe(last - 1);
    expect(plan.blockOf(MAX_PLAN_POSITIONS - 1)).toBe(last);
    expectExactShards(plan, 7);
    expect(formatAddress(plan.locate(MAX_PLAN_POSITIONS - 1).address)).toMatch(/^fd00::1f:ffff:ffff:/);
  });
});

describe('what is no plan', () => {
  test.each([
    ['target_empty', [], ports(1)],
    ['target_empty', ['198.18.0.1'], ports(0)],
    ['scan_too_large', ['fd00::/8'], ports(1)],
    ['scan_too_large', ['fd00::/80'], ports(33)],
    ['scan_too_large', ['fd00::/75'], ports(1)],
  ])('%s: %j', (code, texts, set) => {
    const error: unknown = ((): unknown => {
      try {
        return planOf(texts, set);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(ScanoramaError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(/^[^\n]+\.$/) });
  });

  test('positions, blocks and shards outside throw', () => {
    const plan = planOf(['198.18.0.0/30'], ports(2));
    for (const position of [-1, 8, 0.5, Number.NaN]) expect(() => plan.locate(position)).toThrow(RangeError);
    for (const block of [-1, 1, 0.5, Number.NaN]) expect(() => plan.blockRange(block)).toThrow(RangeError);
    for (const count of [0, -1, 1.5, Number.NaN])
      expect(() => splitIntoShards(plan, count)).toThrow(RangeError);
  });
});

test('host by host, a plan asks all of one before the next', () => {
  const plan = createPlan({
    targets: AddressSet.parse(['198.18.0.0/25']),
    ports: ports(2_000, 5),
    seed: SEED,
    order: 'by-host',
  });
  expect(plan.blocks).toBeGreaterThan(1);
  for (let position = 0; position < plan.positions; position += 401) {
    const host = Math.floor(position / 2_005);
    expect(plan.locate(position).address.value).toBe(0xc612_0000n + BigInt(host));
  }
});

test('of hosts, a plan asks each address once, in their order, and has no ports', () => {
  const targets = AddressSet.parse(['198.18.0.0/30', 'fd00::1-fd00::3']);
  const ports = PortSet.of({});
  const plan = createPlan({ targets, ports, seed: 9n, order: 'by-host', probes: 'hosts' });
  expect(plan.positions).toBe(7);
  const probed = Array.from({ length: 7 }, (_, position) => plan.hostAt(0, plan.cellOf(position)));
  expect(probed).toEqual(Array.from({ length: 7 }, (_, at) => targets.nth(BigInt(at))));
  expect([...plan.ports.numbers]).toEqual([0]);
  expect(plan.ports.protocolOf(0)).toBe('host');
  expect(() => plan.locate(0)).toThrow(RangeError);
});

describe('a block laid open', () => {
  test('asks what its positions ask one by one', () => {
    const input = fc.record({
      wanted: fc.array(range, { minLength: 1, maxLength: 5 }),
      tcp: fc.array(portRange, { maxLength: 3 }),
      udp: fc.array(portRange, { minLength: 1, maxLength: 3 }),
      seed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      order: fc.constantFrom(...PLAN_ORDERS),
    });
    fc.assert(
      fc.property(input, ({ wanted, tcp, udp, seed, order }) => {
        const probed = PortSet.of({ tcp, udp });
        const plan = createPlan({ targets: AddressSet.of(wanted), ports: probed, seed, order });
        for (let block = 0; block < plan.blocks; block++) {
          const open = plan.block(block);
          for (let position = open.first; position < open.end; position++) {
            const index = open.cellOf(position - open.first);
            const place = index % plan.ports.numbers.length;
            expect({
              address: open.hosts[Math.floor(index / plan.ports.numbers.length)],
              protocol: place < plan.ports.tcpCount ? 'tcp' : 'udp',
              port: plan.ports.numbers[place],
            }).toEqual(plan.locate(position));
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
