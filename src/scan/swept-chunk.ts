import type { SweepNews } from '#probe/sighting.js';
import { ChunkBuilder, type SettledChunk } from '#scan/settled-chunk.js';

/** A chunk of an engine that sweeps hosts before it asks their ports: it may carry what the sweep saw. */
export interface SweptChunk extends SettledChunk {
  readonly swept?: SweepNews;
}

/** No position, only the news. */
export function sweptChunk(swept: SweepNews): SweptChunk {
  return { ...new ChunkBuilder(0).take(), swept };
}

export function sweepNewsOf(chunk: SweptChunk): SweepNews | undefined {
  return chunk.swept;
}
