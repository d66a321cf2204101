const MICROSECONDS_PER_MS = 1_000;
/** Less is told as less than this: it says more of a clock than of a network. */
const SHORTEST_SHOWN_MS = 0.01;

/** `<0.01 ms`, `0.34 ms`, `1.25 ms`, `212 ms`: two digits behind the point, and three in all, say enough. */
export function roundTripText(microseconds: number): string {
  const ms = microseconds / MICROSECONDS_PER_MS;
  if (ms < SHORTEST_SHOWN_MS) return `<${SHORTEST_SHOWN_MS} ms`;
  return `${ms < 1 ? Number(ms.toFixed(2)) : Number(ms.toPrecision(3))} ms`;
}
