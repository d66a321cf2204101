import type { CompletedChunk } from '#scan/results/completed-chunk.js';

/**
 * Chunks of a generator that hears at once when its reader leaves, by the signal it is given; a generator by itself hears
 * of it only when it has something to yield. The signal is aborted by `signal` as well.
 */
export function leavable(
  signal: AbortSignal,
  chunksUntil: (either: AbortSignal) => AsyncGenerator<CompletedChunk, undefined>,
): AsyncIterable<CompletedChunk> {
  return {
    [Symbol.asyncIterator]: () => {
      const leaving = new AbortController();
      const chunks = chunksUntil(AbortSignal.any([signal, leaving.signal]));
      return {
        next: () => chunks.next(),
        return: () => {
          leaving.abort();
          return chunks.return(undefined);
        },
      };
    },
  };
}
