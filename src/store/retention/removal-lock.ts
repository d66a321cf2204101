import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';
import { ADDRESS_LOCK_CLASS, ADDRESS_LOCK_STRIPES } from '#store/ports/address-locks.js';

/**
 * Makes everybody who removes stored rows (retention, purge of a scan, purge of a host) wait for each other until this
 * transaction ends, so that what they leave behind adds up. Before all others in the lock order; no batch takes it,
 * and who has it writes no history: nobody waits for what it stores.
 */
export async function takeRemovalLock(executor: Executor): Promise<void> {
  // The first number beyond the stripes.
  await sql`SELECT pg_advisory_xact_lock(${ADDRESS_LOCK_CLASS}::int, ${ADDRESS_LOCK_STRIPES}::int)`.execute(
    executor,
  );
}
