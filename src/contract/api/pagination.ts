import { z } from 'zod';
import { UID_BEGINNING } from '#domain/errors/uid.js';

export const DEFAULT_PAGE_SIZE_ROWS = 50;
export const MAX_PAGE_SIZE_ROWS = 1_000;
/** Deep offsets cost the database a walk over everything before them; a filter is the better tool there. */
export const MAX_PAGE = 100_000;

export const pageQuerySchema = z.object({
  page: z.coerce.number().int().min(1).max(MAX_PAGE).default(1),
  page_size: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE_ROWS).default(DEFAULT_PAGE_SIZE_ROWS),
});
/** Of a list in the order of time. */
export const idPrefix = z
  .string()
  .regex(UID_BEGINNING)
  .optional()
  .describe('Those whose id begins so, with six characters at least.');
export type PageQuery = z.infer<typeof pageQuerySchema>;

export const paginationSchema = z.object({
  page: z.number().int(),
  page_size: z.number().int(),
  total_items: z.number().int(),
  total_pages: z.number().int(),
});
export type Pagination = z.infer<typeof paginationSchema>;

/** The envelope of every list. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ data: z.array(item), pagination: paginationSchema });
}

export function paginationOf(query: PageQuery, totalItems: number): Pagination {
  return {
    page: query.page,
    page_size: query.page_size,
    total_items: totalItems,
    total_pages: Math.ceil(totalItems / query.page_size),
  };
}
