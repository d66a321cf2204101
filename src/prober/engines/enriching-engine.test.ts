import { afterEach, describe, expect, it } from 'vitest';
import { AddressSet } from '#domain/addresses/address-set.js';
import { parsePorts } from '#domain/ports/ports.js';
import { Semaphore } from '#domain/rates/concurrency-limit.js';
import { createPlan } from '#domain/scans/plan.js';
import type { Enricher } from '#enrichment/enricher.js';
import { createGate } from '#net/send/gate.js';
import { createPace } from '#net/send/pace.js';
import { systemClock as clock } from '#net/send/system-clock.js';
import { createEnrichingEngine, MAX_HELD_PORTS } from '#prober/engines/enriching-engine.js';
import { MAX_UNRESPONSIVE_PER_ADDRESS } from '#prober/engines/unresponsive-ports.js';
import type { Engine, EngineRequest } from '#scan/engine/engine.js';
import type { Note } from '#scan/engine/observation-note.js';
import { batches } from '#scan/results/batches.js';
import { ChunkBuilder, type CompletedChunk, outcomeCode } from '#scan/results/completed-chunk.js';
import { MAX_AHEAD_POSITIONS } from '#scan/results/completion.js';
import { listenWith } from '../../../test/support/servers/ssh-server.ts';

const OPEN = outcomeCode({ state: 'open', reason: 'syn-ack' });
const CLOSED = outcomeCode({ state: 'closed', reason: 'conn-refused' });
const HOST = '127.0.0.1';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Learns at once what is behind a port, as often as `answers` lets it. */
function enricherOf(ports: readonly number[], answer: (port: number) => Promise<void>) {
  const probed: number[] = [];
  let next = 0;
  const enricher: Enricher = {
    name: 'ssh',
    facts: ['ssh_host_key'],
    ports,
    packets: 1,
    timeoutMs: 1_000,
    maxBytes: 1,
    async probe() {
      probed.push(next);
      const mine = next++;
      await answer(mine);
      return { fact: 'ssh_host_key', value: `key ${mine}`, reason: 'test' };
    },
  };
  return { enricher, probed };
}

interface Setup {
  readonly enricher: Enricher;
  readonly targets?: string;
  readonly ports?: string;
  /** What the engine yields, position by position. */
  readonly chunks: (plan: ReturnType<typeof createPlan>) => AsyncIterable<CompletedChunk>;
  readonly signal?: AbortSignal;
  readonly exclusions?: AddressSet;
  readonly atOnce?: number;
}

function setUp({
  enricher,
  targets = HOST,
  ports = '22,80,443',
  chunks,
  signal,
  exclusions,
  atOnce = 4,
}: Setup) {
  const plan = createPlan({ targets: AddressSet.parse([targets]), ports: parsePorts(ports), seed: 5n });
  const inner: Engine = { name: 'connect', protocols: ['tcp'], run: () => chunks(plan) };
  const turns = new Semaphore(atOnce);
  const engine = createEnrichingEngine({
    engine: inner,
    enrichers: ['ssh'],
    clock,
    turns,
    table: [enricher],
  });
  const request: EngineRequest = {
    plan,
    first: 0,
    end: plan.positions,
    gate: createGate({ exclusions: exclusions ?? AddressSet.EMPTY }),
    pace: createPace({ packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, clock }),
    retries: 0,
    timeoutMs: 50,
    concurrency: 10,
  };
  return { plan, run: engine.run(request, signal ?? new AbortController().signal) };
}

function chunk(rows: readonly (readonly [position: number, outcome: number])[]): CompletedChunk {
  const builder = new ChunkBuilder(rows.length);
  for (const [position, outcome] of rows)
    builder.add(position, outcome, { attempts: 1, roundTripMicroseconds: 7, observedAtMs: 1_000 });
  return builder.take();
}

const positionsOf = ({ positions, count }: CompletedChunk) => [...positions.subarray(0, count)];
const portAt = (plan: ReturnType<typeof createPlan>, position: number) => plan.locate(position).port;

async function* all(chunks: readonly CompletedChunk[]) {
  yield* chunks;
}

/** All rows that are open, in one chunk. */
const openChunk = (plan: ReturnType<typeof createPlan>) =>
  chunk(Array.from({ length: plan.positions }, (_, position) => [position, OPEN] as const));

describe('an engine that asks open ports', () => {
  it('settles each position once, with what was found at it, and the others first', async () => {
    const answer = Promise.withResolvers<void>();
    const { enricher, probed } = enricherOf([22], () => answer.promise);
    const { run, plan } = setUp({ enricher, chunks: (created) => all([openChunk(created)]) });
    const seen: number[] = [];
    const notes: Note[] = [];
    for await (const one of run) {
      seen.push(...positionsOf(one));
      notes.push(...(one.notes ?? []));
      if (seen.length === 2) answer.resolve();
    }
    expect(seen.map((position) => portAt(plan, position)).slice(2)).toEqual([22]);
    expect(new Set(seen)).toEqual(new Set([0, 1, 2]));
    expect(probed).toHaveLength(1);
    expect(notes).toMatchObject([
      { kind: 'finding', position: seen[2], finding: { port: 22, protocol: 'tcp', value: 'key 0' } },
    ]);
  });

  it('hands on what it has nothing to do with as it is', async () => {
    const { enricher } = enricherOf([22], () => Promise.resolve());
    const closed = chunk([[0, CLOSED]]);
    const { run } = setUp({ enricher, chunks: () => all([closed]) });
    for await (const one of run) expect(one).toBe(closed);
    const foreign = setUp({ enricher, ports: '80,U:22', chunks: () => all([closed]) });
    for await (const one of foreign.run) expect(one).toBe(closed);
  });

  it('asks no closed port, no UDP port, and no port that prints', async () => {
    const { enricher, probed } = enricherOf([22, 9_100, 9_109], () => Promise.resolve());
    const { run } = setUp({ enricher, ports: '9100,9109,U:22', chunks: (plan) => all([openChunk(plan)]) });
    let count = 0;
    for await (const one of run) count += one.count;
    expect(count).toBe(3);
    const shut = setUp({ enricher, ports: '22', chunks: () => all([chunk([[0, CLOSED]])]) });
    for await (const one of shut.run) count += one.count;
    expect(count).toBe(4);
    expect(probed).toEqual([]);
  });

  it('settles a port whose address is excluded, without having asked it', async () => {
    const server = await listenWith(() => undefined, { host: HOST });
    closing.push(() => server.close());
    const { enricher } = enricherOf([server.port], () => Promise.resolve());
    const opening: Enricher = { ...enricher, probe: async (open) => void (await open()) };
    const exclusions = AddressSet.parse([HOST]);
    const ports = String(server.port);
    const { run } = setUp({ enricher: opening, ports, exclusions, chunks: (plan) => all([openChunk(plan)]) });
    const seen: CompletedChunk[] = [];
    for await (const one of run) seen.push(one);
    expect(seen).toMatchObject([{ count: 1 }]);
    expect(seen[0]?.notes).toBeUndefined();
    expect(server.count()).toBe(0);
  });

  it('asks no more of an address that answers every port and says nothing', async () => {
    const servers = await Promise.all(
      Array.from({ length: 6 }, () => listenWith(() => undefined, { host: HOST })),
    );
    for (const server of servers) closing.push(() => server.close());
    const open = servers.map(({ port }) => port);
    let probed = 0;
    const listening: Enricher = {
      ...enricherOf(open, () => Promise.resolve()).enricher,
      timeoutMs: 50,
      async probe(converse) {
        probed += 1;
        for await (const _ of await converse()) break;
        throw new Error('said nothing');
      },
    };
    const { run, plan } = setUp({
      enricher: listening,
      ports: open.join(','),
      atOnce: 1,
      chunks: (created) => all([openChunk(created)]),
    });
    const seen: number[] = [];
    for await (const one of run) seen.push(...positionsOf(one));
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: plan.positions }, (_, n) => n));
    expect(probed).toBe(MAX_UNRESPONSIVE_PER_ADDRESS);
  });

  it('leaves what it still asks unsettled when it is stopped, and drops nothing else', async () => {
    const stopping = new AbortController();
    const { enricher, probed } = enricherOf([22], () => new Promise(() => undefined));
    const { run, plan } = setUp({
      enricher,
      signal: stopping.signal,
      async *chunks(created) {
        yield openChunk(created);
        stopping.abort();
      },
    });
    const seen: number[] = [];
    for await (const one of run) seen.push(...positionsOf(one));
    expect(seen.map((position) => portAt(plan, position)).toSorted((a, b) => a - b)).toEqual([80, 443]);
    expect(probed).toHaveLength(1);
  });

  it('ends when it is stopped while it holds all that it may, or waits for what is far behind', async () => {
    for (const rows of [2 * MAX_HELD_PORTS, 1]) {
      const stopping = new AbortController();
      const { enricher } = enricherOf([22], () => new Promise(() => undefined));
      const { run } = setUp({
        enricher,
        targets: '127.0.0.0/13',
        ports: '22',
        signal: stopping.signal,
        async *chunks() {
          setTimeout(() => stopping.abort(), 20);
          yield chunk(Array.from({ length: rows }, (_, position) => [position, OPEN]));
          yield chunk([[MAX_AHEAD_POSITIONS + 1, CLOSED]]);
          yield chunk([[MAX_AHEAD_POSITIONS + 2, CLOSED]]);
        },
      });
      let count = 0;
      for await (const one of run) count += one.count;
      expect(count).toBe(0);
    }
  });

  it('ends when its reader leaves, whatever is being asked', async () => {
    const { enricher } = enricherOf([22], () => new Promise(() => undefined));
    let isLeft = false;
    const { run } = setUp({
      enricher,
      async *chunks(created) {
        try {
          yield openChunk(created);
        } finally {
          isLeft = true;
        }
      },
    });
    for await (const one of run) {
      expect(one.count).toBe(2);
      break;
    }
    expect(isLeft).toBe(true);
  });

  it('tells the failure of the engine after what was settled before it', async () => {
    const { enricher } = enricherOf([22], () => Promise.resolve());
    const { run } = setUp({
      enricher,
      async *chunks(created) {
        yield openChunk(created);
        throw new Error('broken');
      },
    });
    let count = 0;
    const reading = (async () => {
      for await (const one of run) count += one.count;
    })();
    await expect(reading).rejects.toThrow('broken');
    expect(count).toBe(3);
  });

  it('asks a few at a time, reads no further than it may hold, and settles all', async () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    const { enricher } = enricherOf([22], () => {
      const answer = Promise.withResolvers<void>();
      waiting.push(answer.resolve);
      most = Math.max(most, waiting.length);
      setImmediate(() => waiting.shift()?.());
      return answer.promise;
    });
    let read = 0;
    const { run, plan } = setUp({
      enricher,
      targets: '127.0.0.0/20',
      ports: '22',
      async *chunks(created) {
        for (let position = 0; position < created.positions; position += 1) {
          read = position;
          yield chunk([[position, OPEN]]);
        }
      },
    });
    const seen = new Set<number>();
    for await (const one of run) {
      for (const position of positionsOf(one)) seen.add(position);
      expect(read - seen.size).toBeLessThanOrEqual(MAX_HELD_PORTS + 1);
    }
    expect(seen.size).toBe(plan.positions);
    expect(most).toBeLessThanOrEqual(4);
  });

  it('never runs so far ahead of what it holds that no batch could be made of it', {
    timeout: 60_000,
  }, async () => {
    const answer = Promise.withResolvers<void>();
    const { enricher } = enricherOf([22], () => answer.promise);
    const rows = 8_192;
    let read = 0;
    const { run, plan } = setUp({
      enricher,
      targets: '127.0.0.0/13',
      ports: '22',
      async *chunks(created) {
        for (let first = 0; first < created.positions; first += rows) {
          read = first + rows;
          if (read > MAX_AHEAD_POSITIONS) answer.resolve();
          yield chunk(Array.from({ length: rows }, (_, n) => [first + n, first + n === 3 ? OPEN : CLOSED]));
        }
      },
    });
    const options = { first: 0, maxPositions: 65_536, maxDelayMs: 50, clock };
    let end = 0;
    for await (const batch of batches(run, options)) end = batch.end;
    expect(end).toBe(plan.positions);
    expect(read).toBeGreaterThan(MAX_AHEAD_POSITIONS);
  });
});
