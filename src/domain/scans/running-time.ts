/** The times of a scan, as the API writes them. */
export interface ScanTimes {
  readonly started_at: string | null;
  readonly completed_at: string | null;
  /** Of the time between them, in which nobody worked for it; null where it is not known any more. */
  readonly idle_seconds: number | null;
}

/** Milliseconds for which somebody worked for a scan, until now where it has no end; null where nobody knows. */
export function workMs({ started_at, completed_at, idle_seconds }: ScanTimes, nowMs: number): number | null {
  if (started_at === null || idle_seconds === null) return null;
  const untilMs = completed_at === null ? nowMs : Date.parse(completed_at);
  return Math.max(0, untilMs - Date.parse(started_at) - idle_seconds * 1_000);
}
