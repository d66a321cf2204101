/** The life of a scan. `partial` is a flag beside `completed`, never a status (spec: I8). */
export const SCAN_STATUSES = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const;
export type ScanStatus = (typeof SCAN_STATUSES)[number];

/**
 * Every move a scan may make. The table `scan_status_transitions` holds the same rows and a
 * trigger refuses any other move, so that no code path can skip the rule.
 */
export const SCAN_STATUS_TRANSITIONS: Readonly<Record<ScanStatus, readonly ScanStatus[]>> = {
  pending: ['running', 'failed', 'cancelled'],
  // Back to pending: its worker went away, and it waits for the next.
  running: ['completed', 'failed', 'cancelled', 'pending'],
  completed: [],
  failed: ['pending'],
  cancelled: ['pending'],
};

export function canMove(from: ScanStatus, to: ScanStatus): boolean {
  return SCAN_STATUS_TRANSITIONS[from].includes(to);
}

/** A scan that will change no more unless somebody resumes it. */
export function isEnded(status: ScanStatus): boolean {
  return status !== 'pending' && status !== 'running';
}
