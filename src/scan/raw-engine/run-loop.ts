import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '#domain/time/clock.js';
import { DRAIN_MS } from '#scan/engine/engine.js';
import type { RawRun } from '#scan/raw-engine/raw-run.js';
import type { CompletedChunk } from '#scan/results/completed-chunk.js';

/** So long the loop works before anything else in the process gets a turn. */
const SLICE_MS = 4;
/** It looks up so often while nothing is due: what a reply's round trip may be too long by. */
const REST_MS = 1;
/** A chunk is handed over when it has so many positions, or after so long. */
export const CHUNK_POSITIONS = 16_384;
const CHUNK_DELAY_MS = 100;
/** What is settled may lie beyond a gap, so not even a full chunk is looked for all the time. */
const FULL_CHUNK_DELAY_MS = 10;

/** Where settled positions go. */
export interface ChunkSink {
  /** Whether a chunk would be taken now. */
  readonly isWanted: boolean;
  give(chunk: CompletedChunk): void;
}

export interface RunLoopOptions {
  readonly run: RawRun;
  readonly sink: ChunkSink;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Nobody reads any more: ends at once. */
  readonly abandoned: AbortSignal;
}

/** Drives a run to its end. Throws what ends it early, after all settled positions were given. */
export async function driveRun(options: RunLoopOptions): Promise<void> {
  const { run, abandoned } = options;
  try {
    await work(options);
    await giveRest(options);
  } catch (error) {
    run.stop();
    if (!abandoned.aborted) await giveRest(options);
    throw error;
  } finally {
    await run.close();
  }
}

async function work({ run, sink, clock, signal, abandoned }: RunLoopOptions): Promise<void> {
  let drainedAtMs = Number.POSITIVE_INFINITY;
  let givenAtMs = clock.monotonic();
  while (!run.isDone && !abandoned.aborted) {
    const startMs = clock.monotonic();
    if (signal.aborted && drainedAtMs === Number.POSITIVE_INFINITY) {
      run.stop();
      drainedAtMs = startMs + DRAIN_MS;
    }
    if (startMs >= drainedAtMs) break;
    let isBusy = true;
    while (isBusy && clock.monotonic() - startMs < SLICE_MS) isBusy = run.step();
    const waitedMs = startMs - givenAtMs;
    const isDue = waitedMs >= (run.completedCount >= CHUNK_POSITIONS ? FULL_CHUNK_DELAY_MS : CHUNK_DELAY_MS);
    const isEnding = run.completedCount > 0 && run.isIdle;
    if (sink.isWanted && (isDue || isEnding)) {
      const chunk = run.take(CHUNK_POSITIONS);
      if (chunk !== undefined) sink.give(chunk);
      givenAtMs = startMs;
    }
    if (isBusy) await turn();
    else await rest(run);
  }
}

/** Waiting in the kernel hears of a reply at once; a timer of Node's would be up to a millisecond late. */
async function rest(run: RawRun): Promise<void> {
  if (run.isWaiting) {
    run.rest(REST_MS);
    await turn();
  } else {
    await sleep(REST_MS);
  }
}

async function giveRest({ run, sink, abandoned }: RunLoopOptions): Promise<void> {
  let chunk = run.takeRest();
  while (chunk !== undefined && !abandoned.aborted) {
    if (sink.isWanted) {
      sink.give(chunk);
      chunk = run.takeRest();
    } else {
      await sleep(REST_MS);
    }
  }
}
