import { ScanoramaError } from '#domain/errors/error.js';
import type { Note } from '#scan/engine/observation-note.js';
import type { CompletedChunk } from '#scan/results/completed-chunk.js';

/** Notes held at once: one a position of what `Settlement` holds would be half of this. */
export const MAX_HELD_NOTES = 1_048_576;

/**
 * Keeps what chunks tell beside their columns until the batch that holds the position is stored: a finding that
 * stands beyond a gap is not stored before what is in the gap, and not at all when that never settles.
 */
export class ChunkNotes {
  #held: Note[] = [];

  /** Passes chunks on and keeps their notes. Throws `internal` for an engine that tells without an end. */
  async *watch(source: AsyncIterable<CompletedChunk>): AsyncGenerator<CompletedChunk, void, undefined> {
    for await (const chunk of source) {
      for (const note of chunk.notes ?? []) this.#held.push(note);
      if (this.#held.length > MAX_HELD_NOTES)
        throw new ScanoramaError('internal', `More than ${MAX_HELD_NOTES} notes wait for their positions.`);
      yield chunk;
    }
  }

  /** The notes at positions before `end`, once. */
  take(end: number): readonly Note[] {
    const due = this.#held.filter(({ position }) => position < end);
    if (due.length > 0) this.#held = this.#held.filter(({ position }) => position >= end);
    return due;
  }
}
