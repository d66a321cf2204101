import { type PageQuery, paginationOf } from '#contract/api/pagination.js';
import type { Page } from '#store/scans/scan-views.js';

/** The rows of a page, for the store. */
export function rowsOf({ page, page_size }: PageQuery): Page {
  return { limit: page_size, offset: (page - 1) * page_size };
}

/** The envelope of a list. */
export function presentPage<Item>(query: PageQuery, data: readonly Item[], totalItems: number) {
  return { data: [...data], pagination: paginationOf(query, totalItems) };
}
