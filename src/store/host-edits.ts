import { type RawBuilder, sql } from 'kysely';
import type { Executor } from '#store/database.js';

/** What a person says of a host, and the type of its column. */
const EDITED = {
  custom_name: 'text',
  ignored: 'boolean',
  grace_misses: 'int',
  gone_after_days: 'int',
} as const;
export type EditedFact = keyof typeof EDITED;

export interface HostEdit {
  readonly hostId: number;
  readonly fact: EditedFact;
  /** As history writes it; null takes it back. */
  readonly value: string | null;
  readonly actor: string;
  /** By the clock of who asks for it. */
  readonly at: Date;
}

/**
 * Sets one fact of a locked host, as a fact of its history, unless it is so already; true when it changed. Two changes
 * never begin at once, however fast they are asked for.
 */
export async function editHost(executor: Executor, edit: HostEdit): Promise<boolean> {
  const { hostId, fact, value, actor, at } = edit;
  const { rows } = await sql`
    WITH before AS (
      SELECT (SELECT past.new_value FROM host_history past WHERE past.host_id = ${hostId} AND past.fact = ${fact} AND past.port IS NULL
          ORDER BY past.observed_at DESC, past.id DESC LIMIT 1) AS value,
        (SELECT max(past.observed_at) + interval '1 microsecond' FROM host_history past
          WHERE past.host_id = ${hostId} AND past.fact = ${fact} AND past.port IS NULL) AS earliest
    ), told AS (
      INSERT INTO host_history (host_id, fact, old_value, new_value, actor, observed_at, recorded_at)
      SELECT ${hostId}, ${fact}, before.value, ${value}, ${actor}, greatest(${at}::timestamptz, before.earliest), clock_timestamp()
      FROM before WHERE coalesce(before.value, ${fact === 'ignored' ? 'false' : null}) IS DISTINCT FROM ${value}::text
      RETURNING new_value
    )
    UPDATE hosts SET ${sql.ref(fact)} = ${columnValue(fact)} FROM told WHERE hosts.id = ${hostId} RETURNING hosts.id`.execute(
    executor,
  );
  return rows.length === 1;
}

function columnValue(fact: EditedFact): RawBuilder<unknown> {
  const value = sql`told.new_value::${sql.raw(EDITED[fact])}`;
  return fact === 'ignored' ? sql`coalesce(${value}, false)` : value;
}
