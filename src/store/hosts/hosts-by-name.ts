import { sql } from 'kysely';
import type { Filter } from '#domain/filter/filter.js';
import type { Executor } from '#store/database/database.js';
import { filterScope, hostsMatching } from '#store/filter/host-filter.js';

/** Addresses of the hosts of a site that have this name, found or given, whatever its case; at most `limit`, in their order. */
export async function addressesCalled(
  executor: Executor,
  { siteId, name, limit }: { readonly siteId: number; readonly name: string; readonly limit: number },
): Promise<readonly string[]> {
  const isCalled: Filter = {
    kind: 'comparison',
    field: 'name',
    operator: '=',
    values: [{ type: 'text', pattern: [name] }],
  };
  const { rows } = await sql<{ address: string }>`
    SELECT host(host.ip_address) AS address FROM hosts host
    WHERE host.site_id = ${siteId} AND host.deleted_at IS NULL AND ${hostsMatching(isCalled, filterScope({}, new Date(0)))}
    ORDER BY host.ip_address LIMIT ${limit}`.execute(executor);
  return rows.map(({ address }) => address);
}
