const MICROSECONDS_PER_MS = 1_000;

/** `0.34 ms`, `212 ms`: three digits say enough. */
export function roundTripText(microseconds: number): string {
  return `${Number((microseconds / MICROSECONDS_PER_MS).toPrecision(3))} ms`;
}
