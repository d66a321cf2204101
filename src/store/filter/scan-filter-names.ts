import { sql } from 'kysely';
import { builtInProfile } from '#domain/profiles/profile.js';
import type { Executor } from '#store/database/database.js';
import type { ScanFilter } from '#store/filter/scan-filter.js';
import { findStoredProfile } from '#store/profiles/profiles.js';
import { assertSiteNamed } from '#store/sites/sites.js';
import { assertTagNamed } from '#store/tags/tags.js';

/**
 * Refuses with `not_found` a filter that names a site, a tag or a profile that there is not: it would find nothing, as if all
 * were well.
 */
export async function assertNamedThere(
  executor: Executor,
  { site, tag, profile }: Pick<ScanFilter, 'site' | 'tag' | 'profile'>,
): Promise<void> {
  if (site !== undefined) await assertSiteNamed(executor, site);
  if (tag !== undefined) await assertTagNamed(executor, tag);
  if (profile !== undefined) await assertProfileNamed(executor, profile);
}

/** One that was removed is known by the scans that have its name still. */
async function assertProfileNamed(executor: Executor, term: string): Promise<void> {
  if (builtInProfile(term) !== undefined) return;
  const { rows } = await sql`
    SELECT FROM scan_jobs WHERE lower(profile_name) = lower(${term}) LIMIT 1`.execute(executor);
  if (rows.length === 0) await findStoredProfile(executor, term);
}
