import { sql } from 'kysely';
import { type Executor, LOCK_TIMEOUT_MS } from '#store/database/database.js';
import { sqlStateOf } from '#store/database/failure.js';

/** Names these advisory locks apart from all others ("devs" in ASCII). */
const DEVICE_LOCK_CLASS = 0x64657673;

/**
 * Makes everybody who changes the devices of a site, or what they are computed from, wait for each other until this
 * transaction ends: so nobody computes from half of what is known, and no two make the same device. No batch takes it. In the
 * lock order it comes behind the removal turn and before the rows of hosts.
 */
export async function takeDeviceLock(executor: Executor, siteId: number): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${DEVICE_LOCK_CLASS}::int, hashtext(${String(siteId)}))`.execute(
    executor,
  );
}

/** How long a person's turn waits inside PostgreSQL: behind one slice of many it comes next then, and never by luck alone. */
export const DEVICE_LOCK_WAIT_MS = 500;

/** The same for a person; false while somebody else has it. */
export async function tryDeviceLock(executor: Executor, siteId: number): Promise<boolean> {
  await sql`SAVEPOINT turn`.execute(executor);
  try {
    await limitLockWaits(executor, DEVICE_LOCK_WAIT_MS);
    await takeDeviceLock(executor, siteId);
  } catch (error) {
    if (sqlStateOf(error) !== '55P03') throw error;
    await sql`ROLLBACK TO SAVEPOINT turn`.execute(executor);
    return false;
  }
  await limitLockWaits(executor, LOCK_TIMEOUT_MS);
  return true;
}

async function limitLockWaits(executor: Executor, waitMs: number): Promise<void> {
  await sql`SELECT set_config('lock_timeout', ${String(waitMs)}, true)`.execute(executor);
}
