import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Completed } from '#scan/engine/engine.js';
import { type BatchesOptions, batches, type ObservationBatch } from '#scan/results/batches.js';
import { type CompletedChunk, chunkOf } from '#scan/results/completed-chunk.js';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const OPTIONS: BatchesOptions = { first: 0, maxPositions: 10, maxDelayMs: 500, clock };

function completed(position: number, more: Partial<Completed> = {}): Completed {
  const address = { family: 4, value: 0x7f00_0001n } as const;
  return {
    position,
    attempts: 1,
    observedAtMs: position * 3,
    probe: { address, protocol: 'tcp', port: 1 },
    outcome: { state: 'closed', reason: 'conn-refused' },
    ...more,
  };
}

function range(first: number, end: number): Completed[] {
  return Array.from({ length: end - first }, (_, index) => completed(first + index));
}

async function* sourceOf(chunks: readonly (readonly Completed[])[]): AsyncGenerator<CompletedChunk> {
  for (const chunk of chunks) yield chunkOf(chunk);
}

function endOfFour(position: number): number {
  return (Math.floor(position / 4) + 1) * 4;
}

async function enrich(stream: AsyncIterable<ObservationBatch>): Promise<ObservationBatch[]> {
  const enriched: ObservationBatch[] = [];
  for await (const batch of stream) enriched.push(batch);
  return enriched;
}

function interval({ first, end }: ObservationBatch): [number, number] {
  return [first, end];
}

/** Chunks as they are pushed, silence in between. */
function pushed() {
  const queue: (readonly Completed[])[] = [];
  let waiting = Promise.withResolvers<void>();
  let isEnded = false;
  let pulled = 0;
  async function* source(): AsyncGenerator<CompletedChunk> {
    for (;;) {
      const chunk = queue.shift();
      if (chunk !== undefined) {
        pulled += 1;
        yield chunkOf(chunk);
      } else if (isEnded) return;
      else await waiting.promise;
    }
  }
  const wake = () => {
    waiting.resolve();
    waiting = Promise.withResolvers<void>();
  };
  return {
    source: source(),
    pulled: () => pulled,
    push: (chunk: readonly Completed[]) => {
      queue.push(chunk);
      wake();
    },
    end: () => {
      isEnded = true;
      wake();
    },
  };
}

describe('batches', () => {
  it('cuts full batches off and ends with the rest', async () => {
    const stream = batches(sourceOf([range(5, 12), range(12, 27)]), { ...OPTIONS, first: 5 });
    expect((await enrich(stream)).map(interval)).toEqual([
      [5, 15],
      [15, 25],
      [25, 27],
    ]);
  });

  it('yields nothing for a source that settles nothing', async () => {
    expect(await enrich(batches(sourceOf([[], []]), OPTIONS))).toEqual([]);
  });

  it('drops and counts what was settled beyond a gap, and what was settled twice', async () => {
    const stream = batches(sourceOf([[...range(0, 4), ...range(5, 8)], range(1, 3)]), OPTIONS);
    expect((await enrich(stream)).map(interval)).toEqual([[0, 4]]);
    expect(stream.leftoverCount).toBe(3);
    expect(stream.droppedCount).toBe(2);
  });

  it('adds up what was sent and what was answered', async () => {
    const chunk = [
      completed(0, { attempts: 2, outcome: { state: 'filtered', reason: 'no-response' } }),
      completed(1, { attempts: 2, outcome: { state: 'open', reason: 'syn-ack' } }),
      completed(2, { attempts: 0, outcome: 'skipped' }),
      completed(3, { outcome: { state: 'filtered', reason: 'host-unreach' } }),
      // No neighbour answered for it, so it was asked nothing.
      completed(4, { attempts: 0, outcome: { state: 'filtered', reason: 'host-unreach' } }),
    ];
    expect(await enrich(batches(sourceOf([chunk]), OPTIONS))).toMatchObject([
      { probesSent: 5, probesAnswered: 2 },
    ]);
  });

  it('throws the error of its source after the last batch that could be closed', async () => {
    const error = new Error('no more');
    async function* failing(): AsyncGenerator<CompletedChunk> {
      yield chunkOf(range(0, 13));
      throw error;
    }
    const seen: [number, number][] = [];
    const reading = (async () => {
      for await (const batch of batches(failing(), OPTIONS)) seen.push(interval(batch));
    })();
    await expect(reading).rejects.toBe(error);
    expect(seen).toEqual([
      [0, 10],
      [10, 13],
    ]);
  });

  it('covers the settled positions in closed intervals, in order, each once', async () => {
    const shuffled = fc
      .integer({ min: 0, max: 80 })
      .chain((count) => fc.shuffledSubarray(range(0, count), { minLength: count }));
    await fc.assert(
      fc.asyncProperty(
        shuffled,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 30 }),
        async (all, cut, maxPositions) => {
          const chunks = Array.from({ length: Math.ceil(all.length / cut) }, (_, i) =>
            all.slice(i * cut, (i + 1) * cut),
          );
          const created = await enrich(batches(sourceOf(chunks), { ...OPTIONS, maxPositions }));
          let next = 0;
          for (const { first, end, completed } of created) {
            expect(first).toBe(next);
            expect(end - first).toBeGreaterThan(0);
            expect(end - first).toBeLessThanOrEqual(maxPositions);
            expect(completed).toMatchObject({ first, count: end - first });
            // Every row is of its position: these have an instant of their own.
            expect([...completed.observedAtMs]).toEqual(range(first, end).map((row) => row.observedAtMs));
            next = end;
          }
          expect(next).toBe(all.length);
        },
      ),
    );
  });

  it('never reaches over the end of a group, and hurries a group that is whole', async () => {
    const stream = batches(sourceOf([range(0, 3), range(3, 9)]), {
      ...OPTIONS,
      maxDelayMs: 60_000,
      endOfGroup: endOfFour,
    });
    expect((await enrich(stream)).map(interval)).toEqual([
      [0, 4],
      [4, 8],
      [8, 9],
    ]);
  });

  it('closes its source when the reader leaves', async () => {
    let isClosed = false;
    async function* endless(): AsyncGenerator<CompletedChunk> {
      try {
        for (let first = 0; ; first += 10) yield chunkOf(range(first, first + 10));
      } finally {
        isClosed = true;
      }
    }
    for await (const batch of batches(endless(), OPTIONS)) if (batch.first >= 30) break;
    expect(isClosed).toBe(true);
  });
});

describe('batches in time', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('flushes by time though the source has fallen silent', async () => {
    const input = pushed();
    const created: [number, number][] = [];
    const reading = (async () => {
      for await (const batch of batches(input.source, OPTIONS)) created.push(interval(batch));
    })();
    await vi.advanceTimersByTimeAsync(2_000);
    input.push(range(0, 2));
    await vi.advanceTimersByTimeAsync(300);
    input.push(range(2, 3));
    await vi.advanceTimersByTimeAsync(199);
    expect(created).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(created).toEqual([[0, 3]]);
    input.push(range(4, 5));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(created).toEqual([[0, 3]]);
    input.push(range(3, 4));
    await vi.advanceTimersByTimeAsync(500);
    expect(created.at(-1)).toEqual([3, 5]);
    input.end();
    await reading;
  });

  it('reads one full batch ahead of a slow reader and no more', async () => {
    const input = pushed();
    for (let first = 0; first < 1_000; first += 5) input.push(range(first, first + 5));
    const reader = batches(input.source, OPTIONS)[Symbol.asyncIterator]();
    await reader.next();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(input.pulled()).toBe(4);
    await reader.next();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(input.pulled()).toBe(6);
    await reader.return?.();
  });
});
