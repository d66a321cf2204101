import { useEffect, useState } from 'react';
import { formatAgo, formatExact } from '../format/instant.ts';

const AGO_BEAT_MS = 10_000;

/** The time, as of the last beat; a beat of `undefined` stands still. */
export function useNow(beatMs: number | undefined): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (beatMs === undefined) return undefined;
    const timer = setInterval(() => setNowMs(Date.now()), beatMs);
    return () => clearInterval(timer);
  }, [beatMs]);
  return nowMs;
}

/** `5 min ago`, with the exact instant in its title. */
export function Ago({ instant }: { readonly instant: string }) {
  const nowMs = useNow(AGO_BEAT_MS);
  return (
    <time dateTime={instant} title={formatExact(instant)} className="whitespace-nowrap">
      {formatAgo(instant, nowMs)}
    </time>
  );
}
