import { type RawBuilder, sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';
import { assertHistoryReaches } from '#store/retention/retention-horizon.js';

/**
 * Which past is asked for. `recorded` cuts by PostgreSQL's clock: what was known then. `observed` cuts by the observers':
 * what was so then. Both: what was so then by what was known then. Neither: what is.
 */
export interface AsOf {
  readonly recorded?: Date | undefined;
  readonly observed?: Date | undefined;
  /** A scan that does not count, whenever its rows were stored; of a past alone. */
  readonly withoutScan?: number | undefined;
}

export function isNow({ recorded, observed }: AsOf): boolean {
  return recorded === undefined && observed === undefined;
}

/**
 * Whether a row of host_history counts. Instants are told in milliseconds and stored in microseconds, so all of a
 * millisecond belongs to it: as of a change, that change has happened. `recorded_at` is when the transaction of a batch
 * began: `awaitCommitted` comes before.
 */
export function within({ recorded, observed, withoutScan }: AsOf): RawBuilder<boolean> {
  const others =
    withoutScan === undefined ? sql`` : sql` AND past.job_id IS DISTINCT FROM ${withoutScan}::bigint`;
  return sql`(${until('past.recorded_at', recorded)} AND ${until('past.observed_at', observed)}${others})`;
}

function until(column: string, time: Date | undefined): RawBuilder<unknown> {
  if (time === undefined) return sql`true`;
  return sql`${sql.ref(column)} < ${time}::timestamptz + interval '1 millisecond'`;
}

/**
 * Refuses what cannot be answered: `future_time` for one that is still to come, by PostgreSQL's clock, and
 * `beyond_retention` for one from before the history that is kept. Every question about a past instant passes here.
 */
export async function assertAnswerable(executor: Executor, asOf: AsOf): Promise<void> {
  const times = [asOf.recorded, asOf.observed].filter((time) => time !== undefined);
  if (times.length === 0) return;
  const { rows } = await sql<{ now: Date }>`SELECT clock_timestamp() AS now`.execute(executor);
  const [row] = rows;
  const future = times.find((time) => row !== undefined && time > row.now);
  if (future === undefined) {
    for (const time of times) await assertHistoryReaches(executor, time);
    return;
  }
  throw new ScanoramaError(
    'future_time',
    `${future.toISOString()} is still to come: nothing is known of it.`,
    {
      hint: 'Ask for an instant in the past, or leave it out for what is known now.',
      at: future.toISOString(),
      facts: { now: row?.now.toISOString() },
    },
  );
}
