import { AsyncLocalStorage } from 'node:async_hooks';

/** How long PostgreSQL may take where nobody says else (I18). */
export const STATEMENT_TIMEOUT_MS = 30_000;
/**
 * The longest the transaction of one batch may keep its connection; then it is cut and the batch tried again. Nobody
 * begins to write history later than that in a transaction, or an instant would not be settled when it is taken to be.
 */
export const BATCH_DEADLINE_MS = 60_000;

export interface SessionLimits {
  /** What one statement may take, milliseconds. PostgreSQL must be told too; this side cuts the connection somewhat later. */
  readonly statementTimeoutMs?: number;
  /** How long the connection may be kept, milliseconds; then it is cut, whatever runs on it. */
  readonly deadlineMs?: number;
}

// The query builder takes connections from the pool by itself and hands nothing along, so the limits of what runs on
// them travel beside it.
const limits = new AsyncLocalStorage<SessionLimits>();

/** Connections that `work` takes are held to these limits instead of the usual ones. */
export function withSessionLimits<Result>(
  chosen: SessionLimits,
  work: () => Promise<Result>,
): Promise<Result> {
  return limits.run({ ...limits.getStore(), ...chosen }, work);
}

export function currentSessionLimits(): SessionLimits {
  return limits.getStore() ?? {};
}
