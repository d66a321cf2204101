import { type RawBuilder, sql } from 'kysely';
import { HOSTS } from '#store/integrity/axes.js';
import { HISTORY_HORIZON } from '#store/integrity/horizon.js';
import type { IntegrityQuestion } from '#store/integrity/question.js';

const CHANGE_NAME = sql`format('host %s %s %s, history %s', past.host_id, past.fact, past.port, past.id)`;

/** Whether the row `alias` of history tells of the fact that `past` tells of. */
function ofSameFact(alias: string): RawBuilder<unknown> {
  const column = (name: string) => sql.ref(`${alias}.${name}`);
  return sql`${column('host_id')} = past.host_id AND ${column('fact')} = past.fact
    AND ${column('protocol')} IS NOT DISTINCT FROM past.protocol AND ${column('port')} IS NOT DISTINCT FROM past.port`;
}

/**
 * Rows stay as they were written, so a change names the value before it as it was known then: something older that was
 * stored later is not among them. Batches of one host are stored one after the other, so ids say what was known;
 * within one transaction and instant they do not, and both ways are right.
 */
const KNOWN_BEFORE = sql`${ofSameFact('known')} AND known.id <> past.id AND known.observed_at <= past.observed_at
  AND (known.id < past.id OR (known.recorded_at, known.observed_at) = (past.recorded_at, past.observed_at))`;

const OLDER_KNOWN = sql`SELECT FROM host_history known WHERE ${KNOWN_BEFORE} AND known.observed_at < past.observed_at`;
const WAS_KNOWN_BEFORE = sql`EXISTS (${OLDER_KNOWN})`;

/**
 * Retention may have removed the change before: that of what was observed before its horizon, or of what was stored
 * before it when the one that superseded the other was stored later still. It removes nothing that was observed later.
 */
const MAY_FOLLOW_REMOVED = sql`(past.observed_at < ${HISTORY_HORIZON} OR past.recorded_at < ${HISTORY_HORIZON}
  AND NOT EXISTS (${OLDER_KNOWN} AND known.observed_at >= ${HISTORY_HORIZON}))`;

/** Whether history can be replayed without doubt. */
export const HISTORY_QUESTIONS: readonly IntegrityQuestion[] = [
  {
    name: 'no two values begin at once',
    description: 'At one time of one scan a fact of a host has one value.',
    axis: HOSTS,
    // What a scan makes of a host's life may be told anew when more is known: then its position says which time it is.
    faults: (within) => sql`SELECT format('host %s %s %s', past.host_id, past.fact, past.port) AS fault
      FROM host_history past WHERE ${within('past.host_id')} AND (past.job_id IS NOT NULL OR past.actor IS NOT NULL)
      GROUP BY past.host_id, past.fact, past.protocol, past.port, past.observed_at, past.job_id, past.shard_number, past.actor,
        CASE WHEN past.fact IN ('status', 'flapping') AND past.shard_number IS NULL THEN past.position END
      HAVING count(*) > 1`,
  },
  {
    name: 'changes follow each other',
    description: 'A change begins with the value that the one before it, as it was known then, ended with.',
    axis: HOSTS,
    // Nearly every row passes by the row before it; of the others each possible one is looked for.
    faults: (within) => sql`SELECT ${CHANGE_NAME} AS fault FROM (
        SELECT past.*, lag(past.new_value) OVER (PARTITION BY past.host_id, past.fact, past.protocol, past.port
          ORDER BY past.observed_at, past.job_id NULLS FIRST, past.shard_number NULLS FIRST, past.id) AS before
        FROM host_history past WHERE ${within('past.host_id')}) AS past
      WHERE past.old_value IS DISTINCT FROM past.before
        AND NOT EXISTS (SELECT FROM host_history known
          WHERE ${KNOWN_BEFORE} AND known.new_value IS NOT DISTINCT FROM past.old_value
            AND (known.observed_at = past.observed_at OR known.observed_at = (
              SELECT max(earlier.observed_at) FROM host_history earlier
              WHERE ${ofSameFact('earlier')} AND earlier.observed_at < past.observed_at AND earlier.id < past.id)))
        AND NOT (past.old_value IS NULL AND NOT ${WAS_KNOWN_BEFORE})
        AND NOT ${MAY_FOLLOW_REMOVED}`,
  },
];
