import { expect, it } from 'vitest';
import type { Note } from '#scan/engine/observation-note.js';
import { ChunkNotes, MAX_HELD_NOTES } from '#scan/results/chunk-notes.js';
import {
  ChunkBuilder,
  type CompletedChunk,
  NO_ROUND_TRIP,
  noteChunk,
  SKIPPED,
} from '#scan/results/completed-chunk.js';

function chunkAt(positions: readonly number[], notes: Partial<CompletedChunk>): CompletedChunk {
  const builder = new ChunkBuilder(positions.length);
  for (const position of positions)
    builder.add(position, SKIPPED, { attempts: 1, roundTripMicroseconds: NO_ROUND_TRIP, observedAtMs: 1 });
  return { ...builder.take(), ...notes };
}

const named = (value: string, position: number): Note => {
  const address = { family: 4, value: 1n } as const;
  const host = { address, fact: 'hostname', protocol: null, port: null } as const;
  return { kind: 'finding', position, finding: { ...host, value, reason: null, observedAtMs: 1 } };
};
const died: Note = { kind: 'partial', position: 5, sentence: 'nmap died.' };

async function* stream(chunks: readonly CompletedChunk[]) {
  yield* chunks;
}

it('keeps what is told until the batch that holds its position, and tells it once', async () => {
  const notes = new ChunkNotes();
  const chunks = [
    noteChunk([named('a', 1)]),
    chunkAt([0, 1], {}),
    chunkAt([5, 6], { notes: [named('b', 6), died] }),
    chunkAt([2], {}),
  ];
  const passed: CompletedChunk[] = [];
  for await (const chunk of notes.watch(stream(chunks))) passed.push(chunk);
  expect(passed).toEqual(chunks);
  expect(notes.take(3)).toEqual([named('a', 1)]);
  expect(notes.take(3)).toEqual([]);
  expect(notes.take(7)).toEqual([named('b', 6), died]);
});

it('holds no more than its bound', async () => {
  const many = noteChunk(Array.from({ length: MAX_HELD_NOTES + 1 }, () => died));
  const passing = new ChunkNotes().watch(stream([many]));
  await expect(passing.next()).rejects.toMatchObject({ code: 'internal' });
});
