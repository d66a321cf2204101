import type { Finding } from '#domain/finding.js';
import type { PlacedFinding, SettledChunk } from '#scan/settled-chunk.js';

/** What chunks tell beside positions, for one batch. */
export interface BatchNotes {
  readonly findings: readonly Finding[];
  /** Why positions of it are skipped though they were asked; undefined when none is for that. */
  readonly partial: string | undefined;
}

/**
 * Keeps what chunks tell beside their positions until the batch that holds the position is stored: a finding that
 * stands beyond a gap is not stored before what is in the gap, and not at all when that never settles.
 */
export class ChunkNotes {
  #findings: PlacedFinding[] = [];
  #partials: { readonly position: number; readonly sentence: string }[] = [];

  /** Passes chunks on and keeps their notes. */
  async *watch(source: AsyncIterable<SettledChunk>): AsyncGenerator<SettledChunk, void, undefined> {
    for await (const chunk of source) {
      this.#findings.push(...(chunk.findings ?? []));
      const position = chunk.positions[0];
      if (chunk.partial !== undefined && position !== undefined)
        this.#partials.push({ position, sentence: chunk.partial });
      yield chunk;
    }
  }

  /** The notes at positions before `end`, once. */
  take(end: number): BatchNotes {
    const due = this.#findings.filter(({ position }) => position < end);
    this.#findings = this.#findings.filter(({ position }) => position >= end);
    const partials = this.#partials.filter(({ position }) => position < end);
    this.#partials = this.#partials.filter(({ position }) => position >= end);
    return { findings: due.map(({ finding }) => finding), partial: partials[0]?.sentence };
  }
}
