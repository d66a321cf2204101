import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';

/** Names our advisory locks apart from anybody else's on the same database ("scan" in ASCII). */
export const ADDRESS_LOCK_CLASS = 0x7363616e;
/** How many stripes the addresses of all sites share, a power of two; bounds the locks one batch may take. */
export const ADDRESS_LOCK_STRIPES = 256;

/**
 * Makes batches that touch neighbouring addresses wait for each other until this transaction ends.
 * Row locks cannot do it: an "open" that creates a host and a "closed" of the same port, committed at
 * the same time by two scans, would each not see the other's new rows, and the newer might not win.
 * A stripe is a hash of site and /24 (IPv6: /64). Third in the lock order, stripes ascending.
 */
export async function lockAddresses(
  executor: Executor,
  siteId: number,
  addresses: readonly string[],
): Promise<void> {
  await sql`
    SELECT pg_advisory_xact_lock(${ADDRESS_LOCK_CLASS}::int, stripe) FROM (
      SELECT DISTINCT hashtext(${siteId}::text || '/' ||
        host(network(set_masklen(address, CASE family(address) WHEN 4 THEN 24 ELSE 64 END)))) & ${ADDRESS_LOCK_STRIPES - 1}::int AS stripe
      FROM unnest(${addresses}::inet[]) AS address
      ORDER BY stripe
    ) AS ordered`.execute(executor);
}

/** The same for every address of every site: whoever stores a batch waits. */
export async function lockAllAddresses(executor: Executor): Promise<void> {
  await sql`
    SELECT pg_advisory_xact_lock(${ADDRESS_LOCK_CLASS}::int, stripe) FROM generate_series(0, ${ADDRESS_LOCK_STRIPES - 1}::int) AS stripe`.execute(
    executor,
  );
}
