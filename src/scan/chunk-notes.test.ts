import { expect, it } from 'vitest';
import type { Finding } from '#domain/finding.js';
import { ChunkNotes } from '#scan/chunk-notes.js';
import { ChunkBuilder, NO_ROUND_TRIP, type SettledChunk, SKIPPED } from '#scan/settled-chunk.js';

function chunkAt(positions: readonly number[], notes: Partial<SettledChunk>): SettledChunk {
  const builder = new ChunkBuilder(positions.length);
  for (const position of positions)
    builder.add(position, SKIPPED, { attempts: 1, roundTripMicroseconds: NO_ROUND_TRIP, observedAtMs: 1 });
  return { ...builder.take(), ...notes };
}

const named = (value: string): Finding => ({
  address: { family: 4, value: 1n },
  fact: 'hostname',
  protocol: null,
  port: null,
  value,
  reason: null,
  observedAtMs: 1,
});

async function* stream(chunks: readonly SettledChunk[]) {
  yield* chunks;
}

it('keeps what is told until the batch that holds its position, and tells it once', async () => {
  const notes = new ChunkNotes();
  const chunks = [
    chunkAt([0, 1], { findings: [{ position: 1, finding: named('a') }] }),
    chunkAt([5, 6], { findings: [{ position: 6, finding: named('b') }], partial: 'nmap died.' }),
    chunkAt([2], {}),
  ];
  const passed: SettledChunk[] = [];
  for await (const chunk of notes.watch(stream(chunks))) passed.push(chunk);
  expect(passed).toEqual(chunks);
  expect(notes.take(3)).toEqual({ findings: [named('a')], partial: undefined });
  expect(notes.take(3)).toEqual({ findings: [], partial: undefined });
  expect(notes.take(7)).toEqual({ findings: [named('b')], partial: 'nmap died.' });
});
