import type { Executor } from '#store/database.js';
import type { ScanFilter } from '#store/scan-filter.js';
import { assertSiteNamed } from '#store/sites.js';
import { assertTagNamed } from '#store/tags.js';

/** Refuses with `not_found` a filter that names a site or a tag that there is not: it would find nothing, as if all were well. */
export async function assertNamedThere(
  executor: Executor,
  { site, tag }: Pick<ScanFilter, 'site' | 'tag'>,
): Promise<void> {
  if (site !== undefined) await assertSiteNamed(executor, site);
  if (tag !== undefined) await assertTagNamed(executor, tag);
}
