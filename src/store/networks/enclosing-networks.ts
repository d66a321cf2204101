import { sql } from 'kysely';

/**
 * The stored networks that hold the address of the row `host`, as FROM items `prefix` (its length) and `network`. Each is
 * looked up by its prefix, as long as those that there are: of 100,000 hosts and 1,900 networks, holding one against the
 * other takes minutes.
 */
export const NETWORKS_AROUND = sql`
  unnest(ARRAY(SELECT DISTINCT masklen(cidr) FROM networks)) AS prefix(length)
  JOIN networks network ON network.site_id = host.site_id AND prefix.length <= masklen(host.ip_address)
    AND network.cidr = network(set_masklen(host.ip_address, least(prefix.length, masklen(host.ip_address))))`;
