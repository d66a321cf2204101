import type { z } from 'zod';
import { presentPage, rowsOf } from '#api/routes/page.js';
import { presentBuiltIn, presentProfile, presentProfileStats } from '#api/routes/profiles/presenter.js';
import type {
  Profile,
  ProfileStats,
  profileListQuerySchema,
  profileListSchema,
} from '#contract/profiles/profile.js';
import { BUILT_IN_PROFILES, builtInProfile } from '#domain/profiles/profile.js';
import type { Executor } from '#store/database/database.js';
import { inSnapshot } from '#store/database/snapshot.js';
import { countProfiles, findStoredProfile, listProfiles, profileStats } from '#store/profiles/profiles.js';

/** The built-in profiles in their order, then those of one's own by name. */
export function readProfiles(
  executor: Executor,
  query: z.output<typeof profileListQuerySchema>,
): Promise<z.infer<typeof profileListSchema>> {
  const { scan_type: scanType, built_in: isBuiltIn } = query;
  const builtIn = BUILT_IN_PROFILES.filter(
    ({ settings }) =>
      isBuiltIn !== false && (scanType === undefined || (settings.scanType ?? 'auto') === scanType),
  );
  const { limit, offset } = rowsOf(query);
  const shown = builtIn.slice(offset, offset + limit).map(presentBuiltIn);
  if (isBuiltIn === true) return Promise.resolve(presentPage(query, shown, builtIn.length));
  return inSnapshot(executor, async (snapshot) => {
    const page = { limit: limit - shown.length, offset: Math.max(0, offset - builtIn.length) };
    const own = await listProfiles(snapshot, { scanType }, page);
    const total = builtIn.length + (await countProfiles(snapshot, { scanType }));
    return presentPage(query, [...shown, ...own.map(presentProfile)], total);
  });
}

/** One profile by its id or name; `not_found`. */
export async function readProfile(executor: Executor, text: string): Promise<Profile> {
  const builtIn = builtInProfile(text);
  return builtIn === undefined
    ? presentProfile(await findStoredProfile(executor, text))
    : presentBuiltIn(builtIn);
}

export function readProfileStats(executor: Executor, text: string): Promise<ProfileStats> {
  const builtIn = builtInProfile(text);
  return inSnapshot(executor, async (snapshot) =>
    presentProfileStats(
      await profileStats(
        snapshot,
        builtIn === undefined ? await findStoredProfile(snapshot, text) : { builtIn: builtIn.name },
      ),
    ),
  );
}
