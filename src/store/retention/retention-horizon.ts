import { sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import type { RetentionKind } from '#domain/settings/retention.js';
import type { Executor } from '#store/database/database.js';

/** Of what was stored before the horizon, some is removed; null when nothing of the kind ever was. */
async function horizonOf(executor: Executor, kind: RetentionKind): Promise<Date | null> {
  const { rows } = await sql<{ horizon: Date }>`
    SELECT horizon FROM retention_horizons WHERE kind = ${kind}`.execute(executor);
  return rows[0]?.horizon ?? null;
}

/** How far back history answers, by the time it was recorded; null when it was never pruned. */
export function historyHorizon(executor: Executor): Promise<Date | null> {
  return horizonOf(executor, 'history');
}

/** Throws `beyond_retention` when the state of hosts at this instant can no longer be told. */
export async function assertHistoryReaches(executor: Executor, time: Date): Promise<void> {
  const horizon = await historyHorizon(executor);
  if (horizon === null || time >= horizon) return;
  throw new ScanoramaError(
    'beyond_retention',
    `History before ${horizon.toISOString()} was removed, so ${time.toISOString()} cannot be told.`,
    {
      hint: 'Ask for a later time; `scanorama settings list` shows how long history is kept.',
      at: time.toISOString(),
      facts: { horizon: horizon.toISOString() },
    },
  );
}

export interface Horizon {
  readonly kind: RetentionKind;
  readonly horizon: Date;
  readonly done: boolean;
}

export async function listHorizons(executor: Executor): Promise<readonly Horizon[]> {
  const { rows } = await sql<Horizon>`SELECT kind, horizon, done FROM retention_horizons`.execute(executor);
  return rows;
}

/** When a span that ends now began, at the start of its day (UTC), by PostgreSQL's clock. `span` as in the settings. */
export async function startOfSpan(executor: Executor, span: string): Promise<Date> {
  const { rows } = await sql<{ start: Date }>`
    SELECT date_trunc('day', now() - ${span}::interval, 'UTC') AS start`.execute(executor);
  const row = rows[0];
  if (row === undefined) throw new Error('a statement that always returns a row returned none');
  return row.start;
}

/** Moves a horizon forwards, never back: what is gone does not return. Gives where it stands, and whether all before it is gone. */
export async function moveHorizon(executor: Executor, kind: RetentionKind, to: Date): Promise<Horizon> {
  const { rows } = await sql<Horizon>`
    INSERT INTO retention_horizons AS standing (kind, horizon) VALUES (${kind}, ${to})
    ON CONFLICT (kind) DO UPDATE SET horizon = greatest(standing.horizon, excluded.horizon),
      done = standing.done AND standing.horizon >= excluded.horizon, updated_at = clock_timestamp()
    RETURNING kind, horizon, done`.execute(executor);
  const row = rows[0];
  if (row === undefined) throw new Error('an upsert returned no row');
  return row;
}

export async function markHorizonDone(executor: Executor, { kind, horizon }: Horizon): Promise<void> {
  await sql`UPDATE retention_horizons SET done = true WHERE kind = ${kind} AND horizon = ${horizon}`.execute(
    executor,
  );
}
