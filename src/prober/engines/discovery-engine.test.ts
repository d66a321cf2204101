import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAddress } from '#domain/addresses/address.js';
import { formatRange } from '#domain/addresses/address-range.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { PortSet } from '#domain/ports/ports.js';
import { createPlan, type Plan } from '#domain/scans/plan.js';
import type { DiscoveryEvents } from '#net/probe/hosts/host-response.js';
import { createGate } from '#net/send/gate.js';
import { createPace } from '#net/send/pace.js';
import { createDiscoveryEngine, OPEN_ADDRESSES } from '#prober/engines/discovery-engine.js';
import type { EngineRequest } from '#scan/engine/engine.js';
import { type CompletedChunk, outcomeOf } from '#scan/results/completed-chunk.js';
import {
  neighbor,
  ON_LINK,
  pong,
  probesOf,
  SimulatedProbe,
} from '../../../test/support/network/discovery-probes.ts';
import { clock } from '../../../test/support/network/simulated-network.ts';

interface Setup {
  readonly targets: readonly string[];
  readonly exclusions?: readonly string[];
  readonly probes: Parameters<typeof probesOf>[0];
  readonly first?: number;
  readonly end?: number;
  readonly retries?: number;
}

function planOf(targets: readonly string[]): Plan {
  const ports = PortSet.of({});
  return createPlan({
    targets: AddressSet.parse(targets),
    ports,
    seed: 1n,
    order: 'by-host',
    probes: 'hosts',
  });
}

function setUp({ targets, exclusions = [], probes, first = 0, end, retries = 0 }: Setup) {
  const plan = planOf(targets);
  const closed: string[] = [];
  const engine = createDiscoveryEngine({
    clock,
    openProbes: () => ({ ...probesOf(probes), close: () => closed.push('probes') }),
  });
  const request: EngineRequest = {
    plan,
    first,
    end: end ?? plan.positions,
    gate: createGate({ exclusions: AddressSet.parse(exclusions) }),
    pace: createPace({ packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, clock }),
    retries,
    timeoutMs: 5,
    concurrency: 1_000,
    discovery: { methods: ['ping'], resolver: undefined },
  };
  return { engine, request, plan, closed };
}

interface Row {
  readonly position: number;
  readonly address: string;
  /** `skipped`, or the reason. */
  readonly term: string;
  readonly sent: number;
  readonly roundTrip: number;
}

function rowsOf(
  { count, positions, outcomes, attempts, roundTripsMicroseconds }: CompletedChunk,
  plan: Plan,
) {
  return Array.from({ length: count }, (_, at): Row => {
    const position = positions[at] ?? Number.NaN;
    const outcome = outcomeOf(outcomes[at] ?? 0);
    const block = plan.blockOf(position);
    return {
      position,
      address: formatAddress(plan.hostAt(block, plan.cellOf(position))),
      term: outcome === 'skipped' ? 'skipped' : outcome.reason,
      sent: attempts[at] ?? 0,
      roundTrip: roundTripsMicroseconds[at] ?? 0,
    };
  });
}

async function drained(setup: Setup) {
  const { engine, request, plan, closed } = setUp(setup);
  const rows: Row[] = [];
  const events: { readonly position: number; readonly events: DiscoveryEvents }[] = [];
  const chunks: CompletedChunk[] = [];
  for await (const chunk of engine.run(request, new AbortController().signal)) {
    chunks.push(chunk);
    rows.push(...rowsOf(chunk, plan));
    for (const note of chunk.notes ?? []) if (note.kind === 'discovery') events.push(note);
  }
  return { rows, events, chunks, plan, closed };
}

function range({ third, from, size }: { third: number; from: number; size: number }) {
  const first = 0xc612_0000n + BigInt(third * 256 + from);
  return { family: 4 as const, first, last: first + BigInt(size) };
}

const labelOf = (address: string) => (lastByte(address) % 7 === 0 ? 'echo-reply' : 'no-response');
const lastByte = (address: string) => Number(address.split('.').at(-1));
const every = (nth: number) =>
  new SimulatedProbe((address) => (lastByte(address) % nth === 0 ? pong(64) : undefined));

describe('the engine that looks for hosts', () => {
  test('settles every address of any plan exactly once, whatever is excluded and wherever it begins', async () => {
    const text = fc.record({ third: fc.nat(3), from: fc.nat(255), size: fc.nat(300) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 1, maxLength: 4 }),
        fc.array(text, { maxLength: 3 }),
        fc.nat(100),
        fc.nat(100),
        async (some, others, begin, rest) => {
          const targets = AddressSet.of(some.map(range));
          const exclusions = AddressSet.of(others.map(range));
          const size = Number(targets.size);
          const first = Math.min(begin, size - 1);
          const end = Math.max(first + 1, size - rest);
          const echo = every(7);
          const { rows, events, closed } = await drained({
            targets: targets.toTexts(),
            exclusions: exclusions.toTexts(),
            probes: { echo: { 4: echo } },
            first,
            end,
          });
          const wanted = Array.from({ length: end - first }, (_, at) => first + at);
          expect(rows.map(({ position }) => position).sort((a, b) => a - b)).toEqual(wanted);
          for (const { position, address, term: given, sent } of rows) {
            expect(address).toBe(formatAddress(targets.nth(BigInt(position))));
            const isExcluded = exclusions.contains(targets.nth(BigInt(position)));
            expect([address, given]).toEqual([address, isExcluded ? 'skipped' : labelOf(address)]);
            expect(sent).toBe(isExcluded ? 0 : 1);
          }
          const unresponsive = rows.filter(({ term: given }) => given === 'no-response');
          const reported = AddressSet.of(
            events.flatMap(({ events: { unresponsiveRanges } }) => unresponsiveRanges),
          );
          expect(reported.toTexts()).toEqual(
            AddressSet.parse(unresponsive.map(({ address }) => address)).toTexts(),
          );
          const counts = events.map(({ events: { unresponsiveRanges } }) =>
            Number(AddressSet.of(unresponsiveRanges).size),
          );
          expect(counts.reduce((sum, count) => sum + count, 0)).toBe(unresponsive.length);
          expect(closed).toEqual(['probes']);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('tells hosts with their answer and hardware address, silence with all that was sent', async () => {
    const arp = new SimulatedProbe((address) =>
      lastByte(address) < 4 ? neighbor(`02:00:00:00:00:0${lastByte(address)}`) : undefined,
    );
    const { rows, events } = await drained({
      targets: ['198.18.1.2-198.18.1.5'],
      probes: { neighbor: { 4: arp }, links: ON_LINK },
      retries: 1,
    });
    expect(rows.map(({ address, term: text, sent, roundTrip }) => [address, text, sent, roundTrip])).toEqual([
      ['198.18.1.2', 'arp-response', 1, 100],
      ['198.18.1.3', 'arp-response', 1, 100],
      ['198.18.1.4', 'no-response', 2, -1],
      ['198.18.1.5', 'no-response', 2, -1],
    ]);
    expect(events.flatMap((one) => one.events.observations.map(({ mac }) => mac))).toEqual([
      '02:00:00:00:00:02',
      '02:00:00:00:00:03',
    ]);
  });

  test('says neither alive nor silent of whom something else answers for, and of whom it could not ask', async () => {
    const answered = await drained({
      targets: ['198.18.1.0/24'],
      probes: { echo: { 4: new SimulatedProbe(() => pong(255)) } },
    });
    expect(new Set(answered.rows.map(({ term: text }) => text))).toEqual(new Set(['answers-all']));
    expect(answered.events[0]?.events.impostors).toHaveLength(1);

    const failing = new SimulatedProbe(() => ({ kind: 'local', code: 'ENETUNREACH' }));
    const unreachable = await drained({
      targets: ['198.18.1.2-198.18.1.9'],
      probes: { echo: { 4: failing } },
    });
    expect(new Set(unreachable.rows.map(({ term: text }) => text))).toEqual(new Set(['skipped']));
    expect(unreachable.events[0]?.events.lacks).toMatchObject([
      { code: 'ENETUNREACH', range: { family: 4 } },
    ]);

    const arp = new SimulatedProbe(() => undefined);
    const beyond = await drained({
      targets: ['198.19.1.1'],
      probes: { neighbor: { 4: arp }, links: ON_LINK },
    });
    expect(beyond.rows).toMatchObject([{ term: 'skipped', sent: 0 }]);
    expect(beyond.events[0]?.events.lacks).toMatchObject([{ code: 'NO_NEIGHBOR' }]);
  });

  test('ends a chunk where a block ends, with what it tells of the addresses of that chunk alone', async () => {
    const targets = ['198.18.0.100-198.19.255.255'];
    const border = planOf(targets).blockRange(0).end;
    const { chunks, plan } = await drained({
      targets,
      probes: { echo: { 4: every(2) } },
      first: border - 40,
      end: border + 40,
    });
    for (const { positions, notes = [] } of chunks) {
      const blocks = new Set([...positions].map((position) => plan.blockOf(position)));
      expect(blocks.size).toBe(1);
      const addresses = new Set([...positions].map((position) => addressAt(plan, position)));
      const reported = notes.flatMap((note) => (note.kind === 'discovery' ? note.events.observations : []));
      expect(reported.length).toBeGreaterThan(0);
      expect(reported.every(({ address }) => addresses.has(formatAddress(address)))).toBe(true);
      const unresponsive = notes.flatMap((note) =>
        note.kind === 'discovery' ? note.events.unresponsiveRanges : [],
      );
      expect(reported.length + Number(AddressSet.of(unresponsive).size)).toBe(positions.length);
      expect(
        unresponsive.every(({ family, first }) => addresses.has(formatAddress({ family, value: first }))),
      ).toBe(true);
      expect(notes.every(({ position }) => positions.includes(position))).toBe(true);
    }
    expect(chunks).toHaveLength(2);
  });

  test('tells once why a cell could not be asked that a block ends in', async () => {
    const targets = ['198.18.0.100-198.19.255.255'];
    const border = planOf(targets).blockRange(0).end;
    const { events, rows } = await drained({
      targets,
      probes: { echo: { 4: new SimulatedProbe(() => ({ kind: 'local', code: 'ENETUNREACH' })) } },
      first: border - 20,
      end: border + 20,
    });
    expect(rows).toHaveLength(40);
    expect(events).toHaveLength(2);
    const lacks = events.flatMap((one) =>
      one.events.lacks.map(({ code, range }) => [code, formatRange(range)]),
    );
    const [first, last] = [rows.at(0)?.address, rows.at(-1)?.address];
    expect(lacks).toEqual([['ENETUNREACH', `${first}-${last}`]]);
  });

  test('leaves unsettled what a stop finds under way, and asks nothing more', async () => {
    const abort = new AbortController();
    const echo = every(2);
    const { engine, request, closed } = setUp({ targets: ['198.18.0.0/16'], probes: { echo: { 4: echo } } });
    let completed = 0;
    for await (const chunk of engine.run(request, abort.signal)) {
      completed += chunk.count;
      abort.abort();
    }
    expect(completed).toBe(256);
    expect(closed).toEqual(['probes']);
    expect(new Set(echo.probed).size).toBeLessThanOrEqual(completed + OPEN_ADDRESSES);
  });

  test('closes its sockets when its reader leaves while it waits', async () => {
    const unresponsive = new SimulatedProbe(() => undefined);
    const { engine, request, closed } = setUp({
      targets: ['198.18.0.0/16'],
      probes: { echo: { 4: unresponsive } },
    });
    const chunks = engine.run(request, new AbortController().signal)[Symbol.asyncIterator]();
    const first = chunks.next();
    await chunks.return?.();
    await first;
    expect(closed).toEqual(['probes']);
  });

  test('is a fault of ours without methods', async () => {
    const { engine, request } = setUp({ targets: ['198.18.0.1'], probes: {} });
    const run = engine.run({ ...request, discovery: undefined }, new AbortController().signal);
    await expect(run[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'internal' });
  });
});

function addressAt(plan: Plan, position: number): string {
  return formatAddress(plan.hostAt(plan.blockOf(position), plan.cellOf(position)));
}
