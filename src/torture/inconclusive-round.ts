/**
 * A round that says nothing of the promise: it could not be set up, or whoever was to be struck was gone by then. It is
 * held again.
 */
export class UnheldRound extends Error {
  override readonly name = 'UnheldRound';

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Whether a signal was sent to a process that was gone already. */
export function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ESRCH';
}
