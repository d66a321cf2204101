import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';

/** The longest one statement of the retiring of a month may take; most of it is counting. */
export const RETIRE_TIMEOUT_MS = 300_000;
/**
 * How long the dropping of a partition may wait for one lock. Whoever stores or reads port_scans queues up behind it, so
 * it is far below what a batch may wait, and below PostgreSQL's deadlock_timeout: who gives way is always this one.
 */
const RETIRE_LOCK_TIMEOUT_MS = 500;

/** A month of raw rows. */
export interface MonthPartition {
  readonly name: string;
  /** Its first day, `2026-01-01`. */
  readonly month: string;
  /** Its first instant that belongs to it no more. */
  readonly end: Date;
}

/** Partitions of port_scans whose last instant is before the cutoff, the oldest first. */
export async function partitionsBefore(executor: Executor, cutoff: Date): Promise<readonly MonthPartition[]> {
  const { rows } = await sql<MonthPartition>`
    SELECT name, month::text, "end" FROM (
      SELECT child.relname AS name, to_date(right(child.relname, 7), 'YYYY_MM') AS month,
        (to_date(right(child.relname, 7), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC' AS "end"
      FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
      WHERE inhparent = 'port_scans'::regclass AND child.relname ~ '^port_scans_[0-9]{4}_[0-9]{2}$') AS partition
    WHERE "end" <= ${cutoff} ORDER BY month`.execute(executor);
  return rows;
}

/** Rows of a partition. */
export async function countPartition(executor: Executor, { name }: MonthPartition): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM ${sql.table(name)}`.execute(
    executor,
  );
  return rows[0]?.count ?? 0;
}

/**
 * Drops a month of raw rows in the open transaction and keeps how many each scan had in it. Locks, after the removal
 * turn: the partition and its scans for reading while it counts, then port_scans and its default partition, alone and
 * only until the commit. Give up on `55P03` and come again: nothing is done then. Gives how many rows went.
 */
export async function retirePartition(executor: Executor, partition: MonthPartition): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    WITH total AS (
      INSERT INTO scan_rows_removed AS standing (job_id, cause, month, listed_ports, first_observed_at, last_observed_at)
      SELECT job_id, 'partition', ${partition.month}::date, count(*), min(observed_at), max(observed_at)
      FROM ${sql.table(partition.name)} GROUP BY job_id ORDER BY job_id
      ON CONFLICT (job_id, cause, month) DO UPDATE SET listed_ports = standing.listed_ports + excluded.listed_ports,
        first_observed_at = least(standing.first_observed_at, excluded.first_observed_at),
        last_observed_at = greatest(standing.last_observed_at, excluded.last_observed_at)
    )
    SELECT count(*) AS count FROM ${sql.table(partition.name)}`.execute(executor);
  await sql`SELECT set_config('lock_timeout', ${String(RETIRE_LOCK_TIMEOUT_MS)}, true)`.execute(executor);
  await sql`DROP TABLE ${sql.table(partition.name)}`.execute(executor);
  return rows[0]?.count ?? 0;
}
