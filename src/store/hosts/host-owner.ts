import { sql } from 'kysely';
import { NETWORKS_AROUND } from '#store/networks/enclosing-networks.js';

/** The owner of the narrowest network that has one and holds the row `host`: owner_id, network. */
export const INHERITED_OWNER = sql`
  SELECT own.owner_id, network.name AS network FROM ${NETWORKS_AROUND} JOIN network_owners own ON own.network_id = network.id
  ORDER BY prefix.length DESC LIMIT 1`;

/** The key of the name of the owner of the row `host`: its own, or that of its network. */
export const OWNER_KEY = sql`
  SELECT owner.key FROM owners owner WHERE owner.id = coalesce(
    (SELECT own.owner_id FROM host_owners own WHERE own.host_id = host.id),
    (SELECT inherited.owner_id FROM (${INHERITED_OWNER}) AS inherited))`;
