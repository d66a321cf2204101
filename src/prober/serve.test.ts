import { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { AddressSet } from '#domain/addresses/address-set.js';
import { PortSet } from '#domain/ports/port-set.js';
import { CREDIT_CHUNKS } from '#prober/client/credit.js';
import { encodeControl, type Frame, FrameDecoder, MAX_CHUNK_POSITIONS } from '#prober/client/frames.js';
import { creditMessage, orderMessage } from '#prober/messages/messages.js';
import { MAX_ORDERS, serveProber } from '#prober/serve.js';
import type { Engine } from '#scan/engine/engine.js';
import type { Note } from '#scan/engine/observation-note.js';
import { ChunkBuilder, type CompletedChunk, SKIPPED } from '#scan/results/completed-chunk.js';
import { proberOf } from '../../test/support/programs/work-context.ts';

/** What an engine is asked by the test: how far it was read, and whether it was told to end. */
interface Watched {
  readPositions: number;
  aborted: number;
  live: number;
}

/** What each of its chunks holds. */
interface Yielded {
  readonly size: number;
  readonly notes?: readonly Note[];
}

/** Yields chunks of `size` positions as fast as they are read, and sends nothing. */
function countingEngine(watched: Watched, { size, notes = [] }: Yielded): Engine {
  return {
    name: 'connect',
    protocols: ['tcp'],
    async *run({ first, end }, signal) {
      watched.live += 1;
      signal.addEventListener('abort', () => (watched.aborted += 1));
      try {
        for (let position = first; position < end && !signal.aborted; position += size) {
          yield { ...skippedFrom(position, Math.min(size, end - position)), notes };
          watched.readPositions += size;
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        watched.live -= 1;
      }
    },
  };
}

function skippedFrom(first: number, count: number): CompletedChunk {
  const builder = new ChunkBuilder(count);
  for (let at = first; at < first + count; at += 1) {
    builder.add(at, SKIPPED, { attempts: 0, roundTripMicroseconds: -1, observedAtMs: 1 });
  }
  return builder.take();
}

class Lab {
  readonly watched: Watched = { readPositions: 0, aborted: 0, live: 0 };
  readonly frames: Frame[] = [];
  readonly served: Promise<void>;
  readonly #channel: Duplex;
  readonly #input: (bytes: Uint8Array | null) => void;

  constructor(size = 100, notes: readonly Note[] = []) {
    const decoder = new FrameDecoder();
    this.#channel = new Duplex({
      read: () => undefined,
      write: (bytes, _encoding, done) => {
        this.frames.push(...decoder.push(bytes));
        done();
      },
    });
    this.#input = (bytes) => void this.#channel.push(bytes);
    this.served = serveProber(this.#channel, proberOf([countingEngine(this.watched, { size, notes })]));
  }

  print(...[kind, run, message]: Parameters<typeof encodeControl>): void {
    this.#input(encodeControl(kind, run, message));
  }

  order(run: number, end: number): void {
    this.print('order', run, orderOf(end));
  }

  raw(bytes: Uint8Array): void {
    this.#input(bytes);
  }

  end(): Promise<void> {
    this.#input(null);
    return this.served;
  }

  of(run: number): readonly Frame[] {
    return this.frames.filter((frame) => frame.run === run);
  }

  positions(run: number): number {
    return this.of(run).reduce((sum, frame) => sum + (frame.kind === 'chunk' ? frame.chunk.count : 0), 0);
  }
}

function orderOf(end: number): unknown {
  return orderMessage({
    scan: 'a scan',
    engine: 'connect',
    plan: {
      targets: AddressSet.parse(['127.0.0.0/8']),
      ports: PortSet.of({ tcp: [{ first: 1, last: 10 }] }),
      seed: 1n,
    },
    first: 0,
    end,
    exclusions: AddressSet.EMPTY,
    exclusionsGoodUntilMs: null,
    rate: { packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, unlimited: true },
    retries: 1,
    timeoutMs: 1_000,
    concurrency: 10,
    liveHosts: false,
  });
}

let lab = new Lab();
afterEach(async () => {
  await lab.end();
  await expect.poll(() => lab.watched.live).toBe(0);
});

describe('a served prober', () => {
  it('answers hello, and runs orders side by side to their ends', async () => {
    lab = new Lab();
    lab.print('hello', 0);
    lab.order(1, 300);
    lab.order(2, 500);
    await expect.poll(() => lab.of(1).at(-1)?.kind).toBe('end');
    await expect.poll(() => lab.of(2).at(-1)?.kind).toBe('end');
    expect([lab.positions(1), lab.positions(2)]).toEqual([300, 500]);
    expect(lab.of(0)).toMatchObject([{ kind: 'survey' }]);
  });

  it('sends no chunk without credit, and reads no further from its engine', async () => {
    lab = new Lab();
    lab.order(1, 100_000);
    await expect.poll(() => lab.of(1).length).toBe(CREDIT_CHUNKS);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(lab.of(1)).toHaveLength(CREDIT_CHUNKS);
    expect(lab.watched.readPositions).toBeLessThanOrEqual((CREDIT_CHUNKS + 1) * 100);
    lab.print('credit', 1, creditMessage(2));
    await expect.poll(() => lab.of(1).length).toBe(CREDIT_CHUNKS + 2);
  });

  it('charges credit for every frame of a large chunk', async () => {
    lab = new Lab(MAX_CHUNK_POSITIONS * (CREDIT_CHUNKS + 4));
    lab.order(1, MAX_CHUNK_POSITIONS * (CREDIT_CHUNKS + 4));
    await expect.poll(() => lab.of(1).length).toBe(CREDIT_CHUNKS);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(lab.of(1)).toHaveLength(CREDIT_CHUNKS);
  });

  it('sends notes before the positions of their chunk, on the same credit', async () => {
    const note: Note = { kind: 'partial', position: 0, sentence: 'nmap died.' };
    lab = new Lab(100, [note]);
    lab.order(1, 100_000);
    await expect.poll(() => lab.of(1).length).toBe(CREDIT_CHUNKS);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const pairs = Array.from({ length: CREDIT_CHUNKS / 2 }, () => ['note', 'chunk']);
    expect(lab.of(1).map(({ kind }) => kind)).toEqual(pairs.flat());
    expect(lab.of(1)[0]).toMatchObject({ message: [note] });
  });

  it('ends packets at an abort also while it waits for credit', async () => {
    lab = new Lab();
    lab.order(1, 100_000);
    await expect.poll(() => lab.of(1).length).toBe(CREDIT_CHUNKS);
    lab.print('abort', 1);
    await expect.poll(() => lab.watched.aborted).toBe(1);
    expect(lab.of(1).at(-1)?.kind).toBe('halted');
    lab.print('credit', 1, creditMessage(CREDIT_CHUNKS));
    await expect.poll(() => lab.of(1).at(-1)?.kind).toBe('end');
  });

  it('refuses what makes no sense, and goes on', async () => {
    lab = new Lab();
    lab.print('order', 1, { scan: 'no order' });
    lab.print('survey', 2);
    lab.print('credit', 3, { chunks: 'many' });
    lab.print('exclude', 4, null);
    lab.print('abort', 5);
    lab.order(6, 10);
    lab.order(6, 10);
    await expect.poll(() => lab.of(6).at(-1)?.kind).toBe('end');
    expect([1, 2, 3, 4, 5].map((run) => lab.of(run).map(({ kind }) => kind))).toEqual([
      ['failed'],
      ['failed'],
      ['failed'],
      ['failed'],
      [],
    ]);
    expect(lab.positions(6)).toBe(10);
  });

  it('takes no more orders than it can hold', async () => {
    lab = new Lab();
    for (let run = 1; run <= MAX_ORDERS + 1; run += 1) lab.order(run, 100_000);
    await expect.poll(() => lab.of(MAX_ORDERS + 1)).toMatchObject([{ kind: 'failed' }]);
  });

  it('says that it heard garbage, ends every run and is done', async () => {
    lab = new Lab();
    lab.order(1, 100_000);
    await expect.poll(() => lab.of(1).length).toBe(CREDIT_CHUNKS);
    lab.raw(Buffer.alloc(100, 0xee));
    await lab.served;
    expect(lab.of(0)).toMatchObject([{ kind: 'failed', message: { code: 'internal' } }]);
    expect(lab.watched.aborted).toBe(1);
  });

  it('ends every run when nobody is at the other end any more, also in the middle of a frame', async () => {
    lab = new Lab();
    lab.order(1, 100_000);
    await expect.poll(() => lab.of(1).length).toBe(CREDIT_CHUNKS);
    lab.raw(encodeControl('hello', 0).subarray(0, 3));
    await lab.end();
    expect(lab.watched.aborted).toBe(1);
  });
});
