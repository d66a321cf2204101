import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';

/** How many months of port_scans partitions are kept ready. */
export const PARTITION_MONTHS_AHEAD = 3;

/** Makes what is missing of them; gives how many that were. */
export async function makePartitions(executor: Executor): Promise<number> {
  const { rows } = await sql<{ created: number }>`
    SELECT make_port_scan_partitions(${PARTITION_MONTHS_AHEAD}) AS created`.execute(executor);
  return rows[0]?.created ?? 0;
}
