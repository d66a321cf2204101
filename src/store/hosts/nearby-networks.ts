import { type RawBuilder, sql } from 'kysely';

/** Where one answer shows that the same was to be had of others: what is asked together, and of IPv6 neighbours their link. */
export function surroundings(reason: string, address: string): RawBuilder<unknown> {
  const probed = sql.ref(address);
  return sql`network(set_masklen(${probed}, CASE WHEN family(${probed}) = 4 THEN 24 WHEN ${sql.ref(reason)} = 'nd-response' THEN 64 ELSE 120 END))`;
}
