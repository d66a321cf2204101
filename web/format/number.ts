const COMPLETE = new Intl.NumberFormat('en');

/** `65,530`: whole numbers, also those that come as decimal text because JSON cannot hold them. */
export function formatCount(value: number | string): string {
  return COMPLETE.format(typeof value === 'string' ? BigInt(value) : value);
}

/** `1 host`, `2 hosts`. */
export function countOf(value: number | string, one: string, many = `${one}s`): string {
  return `${formatCount(value)} ${String(value) === '1' ? one : many}`;
}

/** A percentage that says 100 only when nothing is left. */
export function formatPercent(percent: number): string {
  const bounded = Math.min(100, Math.max(0, percent));
  if (bounded === 0 || bounded === 100) return `${bounded} %`;
  return `${Math.min(99.9, Math.max(0.1, bounded)).toFixed(1)} %`;
}
