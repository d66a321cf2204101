import { presentExclusion } from '#api/routes/exclusions/presenter.js';
import { presentPage, rowsOf } from '#api/routes/page.js';
import type { PageQuery } from '#contract/api/pagination.js';
import type { Executor } from '#store/database/database.js';
import { countExclusions, type ExclusionFilter, listExclusions } from '#store/networks/exclusions.js';

/** A page of exclusions by address; the executor is a snapshot. */
export async function readExclusions(snapshot: Executor, filter: ExclusionFilter, query: PageQuery) {
  const views = await listExclusions(snapshot, filter, rowsOf(query));
  return presentPage(query, views.map(presentExclusion), await countExclusions(snapshot, filter));
}
