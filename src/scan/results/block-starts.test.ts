import { describe, expect, it } from 'vitest';
import { AddressSet } from '#domain/addresses/address-set.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan } from '#domain/scans/plan.js';
import type { Completed } from '#scan/engine/engine.js';
import { BlockStarts } from '#scan/results/block-starts.js';
import { type CompletedChunk, chunkOf } from '#scan/results/completed-chunk.js';

// 64 hosts × 2,048 ports: two blocks of 65,536 positions.
const plan = createPlan({
  targets: AddressSet.parse(['198.18.0.0/26']),
  ports: parsePorts('1-2048'),
  seed: 1n,
});

function completed(position: number, observedAtMs: number): Completed {
  return { position, observedAtMs, attempts: 1, probe: plan.locate(position), outcome: 'skipped' };
}

async function watch(starts: BlockStarts, ...chunks: Completed[][]): Promise<void> {
  async function* source(): AsyncGenerator<CompletedChunk> {
    for (const chunk of chunks) yield chunkOf(chunk);
  }
  for await (const _ of starts.watch(source()));
}

describe('BlockStarts', () => {
  it('dates a block by the first answer in it', async () => {
    const starts = new BlockStarts(plan);
    await watch(
      starts,
      [completed(5, 100), completed(65_536, 150)],
      [completed(0, 200), completed(65_540, 250)],
    );
    expect(starts.startOf(1)).toBe(100);
    expect(starts.startOf(70_000)).toBe(150);
  });

  it('keeps the stored start of the block that a resumed run goes on in', async () => {
    const starts = new BlockStarts(plan, { position: 10, startMs: 50 });
    await watch(starts, [completed(11, 100)]);
    expect(starts.startOf(11)).toBe(50);
  });

  it('forgets a block that is done', async () => {
    const starts = new BlockStarts(plan);
    await watch(starts, [completed(5, 100)]);
    starts.forget(5);
    expect(starts.startOf(5)).toBeUndefined();
  });
});
