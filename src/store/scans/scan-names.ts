import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';

/** A name that a scan found for an address where no host is known. */
export interface NamedAddress {
  readonly address: string;
  readonly value: string;
  readonly observedAt: Date;
}

/** Keeps what was told first of each address. */
export async function insertScanNames(
  executor: Executor,
  jobId: number,
  names: readonly NamedAddress[],
): Promise<void> {
  if (names.length === 0) return;
  await sql`
    INSERT INTO scan_names (job_id, address, name, observed_at)
    SELECT ${jobId}, * FROM unnest(${names.map(({ address }) => address)}::inet[],
      ${names.map(({ value }) => value)}::text[], ${names.map(({ observedAt }) => observedAt)}::timestamptz[])
    ON CONFLICT DO NOTHING`.execute(executor);
}
