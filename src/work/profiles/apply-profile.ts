import { builtInProfile } from '#domain/profiles/profile.js';
import { mergeSettings, type ScanSettings, type SettingChanges } from '#domain/scans/scan-settings.js';
import type { Executor } from '#store/database/database.js';
import { findStoredProfile } from '#store/profiles/profiles.js';
import type { UsedProfile } from '#store/scans/scan-jobs.js';
import type { ScanInput } from '#work/scans/prepare-scan.js';

/** The part of a wish that settings say. */
export type SettingsInput = Omit<ScanInput, 'site' | 'targets' | 'exclude' | 'outsideScope'>;

/** What a scan is to run with: what its profile says, and what is said beside it. `not_found` for the profile. */
export async function inputFrom(
  executor: Executor,
  profile: string | undefined,
  changes: SettingChanges,
): Promise<SettingsInput> {
  if (profile === undefined) return inputOf(mergeSettings({}, changes).settings, null);
  const { used, base } = await baseOf(executor, profile);
  const { settings, overrides } = mergeSettings(base, changes);
  return inputOf(settings, { ...used, overrides });
}

/** Built-in profiles first: nobody else's has their names. */
async function baseOf(
  executor: Executor,
  text: string,
): Promise<{ used: Omit<UsedProfile, 'overrides'>; base: ScanSettings }> {
  const builtIn = builtInProfile(text);
  if (builtIn !== undefined) {
    const { name, settings } = builtIn;
    return { used: { id: null, uid: null, builtIn: name, name }, base: settings };
  }
  const { id, uid, name, settings } = await findStoredProfile(executor, text);
  return { used: { id, uid, builtIn: null, name }, base: settings };
}

function inputOf(settings: ScanSettings, profile: UsedProfile | null): SettingsInput {
  const { scanType = 'auto', ports, liveHosts = false, rate, perHostRate, ...probing } = settings;
  return {
    scanType,
    ports,
    liveHosts,
    rate: {
      packetsPerSecond: typeof rate === 'number' ? rate : undefined,
      packetsPerSecondPerHost: perHostRate,
      unlimited: rate === 'max',
    },
    probing,
    profile,
  };
}
