import type { Client } from '#contract/api/client.js';
import type { Pagination } from '#contract/api/pagination.js';
import type { Discovered } from '#contract/discovery/discovery.js';
import type { ScanHost } from '#contract/scans/scan.js';

interface Page<Item> {
  readonly data: readonly Item[];
  readonly pagination: Pagination;
}

export interface ListWalk<Item> {
  /** At most so many items; all of them when absent. */
  readonly limit?: number | undefined;
  /** What tells one item from another. */
  keyOf(item: Item): string;
  load(query: { page: number; page_size: number }): Promise<Page<Item>>;
}

/**
 * A list of any length, page by page. An item that appears in front meanwhile moves others over the
 * edge of a page, so what the page before has shown already is left out.
 */
export async function* pagesOf<Item>(walk: ListWalk<Item>): AsyncGenerator<readonly Item[]> {
  const { MAX_PAGE_SIZE_ROWS } = await import('#contract/api/pagination.js');
  const limit = walk.limit ?? Number.POSITIVE_INFINITY;
  const pageSize = Math.min(limit, MAX_PAGE_SIZE_ROWS);
  let shown = 0;
  let before: ReadonlySet<string> = new Set();
  for (let page = 1; ; page += 1) {
    const { data, pagination } = await walk.load({ page, page_size: pageSize });
    const fresh = data.filter((item) => !before.has(walk.keyOf(item))).slice(0, limit - shown);
    before = new Set(data.map((item) => walk.keyOf(item)));
    shown += fresh.length;
    yield fresh;
    if (data.length === 0 || page >= pagination.total_pages || shown >= limit) return;
  }
}

/** What one scan saw, host by host; with all states also the addresses that stayed silent. */
export function scanHostPages(
  client: Client,
  id: string,
  allStates: boolean,
): AsyncGenerator<readonly ScanHost[]> {
  return pagesOf({
    keyOf: (host) => host.ip,
    load: (query) =>
      client.scanResults(
        id,
        allStates ? { ...query, all_states: 'true', include_unresponsive: 'true' } : query,
      ),
  });
}

/** What one discovery run found, address by address. */
export function discoveredPages(client: Client, id: string): AsyncGenerator<readonly Discovered[]> {
  return pagesOf({ keyOf: ({ ip }) => ip, load: (query) => client.discoveryResults(id, query) });
}
