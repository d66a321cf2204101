import { useSyncExternalStore } from 'react';
import { formatAgo, formatAhead, formatExact } from '../../format/instant.ts';

const BEAT_MS = 1_000;

/** One clock for the whole page, so that no two places on it tell different times. */
const listeners = new Set<() => void>();
let beatAtMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function follow(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(beat, BEAT_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function beat(): void {
  beatAtMs = Date.now();
  for (const listener of listeners) listener();
}

function nowMs(): number {
  // A clock nobody followed stands still until the next look at it.
  if (timer === undefined && Date.now() - beatAtMs >= BEAT_MS) beatAtMs = Date.now();
  return beatAtMs;
}

const followNothing = () => () => undefined;

/** The time as of the last beat, every second; one that does not move asks for no beat. */
export function useNow(moves: boolean): number {
  return useSyncExternalStore(moves ? follow : followNothing, nowMs);
}

/** `5 min ago`, with the exact instant in its title. */
export function Ago({ time: timestamp }: { readonly time: string }) {
  const text = useSyncExternalStore(follow, () => formatAgo(timestamp, nowMs()));
  return (
    <time dateTime={timestamp} title={formatExact(timestamp)} className="whitespace-nowrap">
      {text}
    </time>
  );
}

/** `in 5 min`, with the exact instant in its title. */
export function Ahead({ time: timestamp }: { readonly time: string }) {
  const text = useSyncExternalStore(follow, () => formatAhead(timestamp, nowMs()));
  return (
    <time dateTime={timestamp} title={formatExact(timestamp)} className="whitespace-nowrap">
      {text}
    </time>
  );
}
