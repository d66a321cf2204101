import { sql } from 'kysely';

/** The owner of the narrowest network that has one and holds the row `host`: owner_id, network. */
export const INHERITED_OWNER = sql`
  SELECT own.owner_id, network.name AS network FROM networks network JOIN network_owners own ON own.network_id = network.id
  WHERE network.site_id = host.site_id AND network.cidr >>= host.ip_address
  ORDER BY masklen(network.cidr) DESC LIMIT 1`;

/** The name of the owner of the row `host`: its own, or that of its network. */
export const OWNER_NAME = sql`
  SELECT owner.name FROM owners owner WHERE owner.id = coalesce(
    (SELECT own.owner_id FROM host_owners own WHERE own.host_id = host.id),
    (SELECT inherited.owner_id FROM (${INHERITED_OWNER}) AS inherited))`;
