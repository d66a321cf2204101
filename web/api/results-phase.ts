import type { Scan, ScanResults } from '#contract/scans/scan.js';
import { isEnded } from '#domain/scans/scan-status.js';

/** Tells a scan's end from what went before it, and from another end after it was resumed. */
export function phaseOf({ status, completed_at }: Pick<Scan, 'status' | 'completed_at'>): string {
  return isEnded(status) ? `${status} ${completed_at ?? ''}` : 'under way';
}

/** Results, and the phase of the scan in which they were asked for. */
export interface PhasedResults {
  readonly phase: string;
  readonly results: ScanResults;
}

/** False for results that were asked for before the scan came to what it is now: they may lack its last part. */
export function areOf(
  { phase }: Pick<PhasedResults, 'phase'>,
  scan: Pick<Scan, 'status' | 'completed_at'>,
): boolean {
  return phase === phaseOf(scan);
}
