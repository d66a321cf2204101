const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };
const PATTERN = /^(\d{1,9})\s*(ms|s|m)$/;

/** `800ms`, `15s` or `2m`, in milliseconds; undefined for what is none. */
export function parseSpanMs(text: string): number | undefined {
  const [, count = '', unit = ''] = PATTERN.exec(text.trim()) ?? [];
  const spanMs = Number(count) * (UNITS_MS[unit] ?? Number.NaN);
  return Number.isNaN(spanMs) ? undefined : spanMs;
}

/** In the largest unit that leaves no rest. */
export function formatSpan(spanMs: number): string {
  if (spanMs > 0 && spanMs % 60_000 === 0) return `${spanMs / 60_000}m`;
  return spanMs > 0 && spanMs % 1_000 === 0 ? `${spanMs / 1_000}s` : `${spanMs}ms`;
}
