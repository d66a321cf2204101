import { sql } from 'kysely';
import type { Executor } from '#store/database.js';

/** Names these advisory locks apart from all others ("devs" in ASCII). */
const DEVICE_LOCK_CLASS = 0x64657673;

/**
 * Makes everybody who changes the devices of a site, or what they are computed from, wait for each other until this
 * transaction ends: so nobody computes from half of what is known, and no two make the same device. No batch takes it. In the
 * lock order it comes behind the removal turn and before the rows of hosts.
 */
export async function takeDeviceTurn(executor: Executor, siteId: number): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${DEVICE_LOCK_CLASS}::int, hashtext(${String(siteId)}))`.execute(
    executor,
  );
}
