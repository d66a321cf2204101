/** Milliseconds between two instants as the API writes them; `end` absent means now. */
export function msBetween(start: string, end: string | null, nowMs: number): number {
  return Math.max(0, (end === null ? nowMs : Date.parse(end)) - Date.parse(start));
}
