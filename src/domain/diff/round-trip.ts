const MICROSECONDS_PER_MS = 1_000;
/** Less is told as less than this: it says more of a clock than of a network. */
const LEAST_TOLD_MS = 0.01;

/** `<0.01 ms`, `0.34 ms`, `1.25 ms`, `212 ms`: two digits behind the point, and three in all, say enough. */
export function roundTripText(microseconds: number): string {
  const ms = microseconds / MICROSECONDS_PER_MS;
  if (ms < LEAST_TOLD_MS) return `<${LEAST_TOLD_MS} ms`;
  return `${ms < 1 ? Number(ms.toFixed(2)) : Number(ms.toPrecision(3))} ms`;
}
