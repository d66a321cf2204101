import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';
import { ADDRESS_LOCK_CLASS, ADDRESS_LOCK_STRIPES } from '#store/ports/address-locks.js';

/**
 * Takes the turn of who changes what people say of hosts, until this transaction ends; false while somebody else has it. So
 * limits, names in rules and what an undo finds hold from the look to the write. No scan takes it, and nobody waits for
 * more than a batch under it: it comes before the rows of hosts, which are held against their purge, or of one host locked.
 */
export async function takeEditLock(executor: Executor): Promise<boolean> {
  // The second number beyond the stripes; the first is the removal turn.
  const { rows } = await sql<{ taken: boolean }>`
    SELECT pg_try_advisory_xact_lock(${ADDRESS_LOCK_CLASS}::int, ${ADDRESS_LOCK_STRIPES + 1}::int) AS taken`.execute(
    executor,
  );
  return rows[0]?.taken === true;
}

/** Runs the work inside an open transaction and takes back all that it wrote; its answer stays. */
export async function onTrial<Answer>(executor: Executor, work: () => Promise<Answer>): Promise<Answer> {
  await sql`SAVEPOINT trial`.execute(executor);
  const answer = await work();
  await sql`ROLLBACK TO SAVEPOINT trial`.execute(executor);
  return answer;
}
