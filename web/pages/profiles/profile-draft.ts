import type { Profile, ProfileRequest } from '#contract/profiles/profile.js';
import {
  EMPTY_SETTINGS,
  readSettings,
  type SettingDraft,
  type SettingFailures,
  settingsTyped,
  withNulls,
} from '../../settings/setting-draft.ts';

/** The form of a profile as it is typed. */
export interface ProfileDraft extends SettingDraft {
  /** The profile that is changed; absent for a new one. */
  readonly before: Profile | undefined;
  readonly name: string;
  readonly description: string;
}

export const EMPTY_PROFILE: ProfileDraft = {
  ...EMPTY_SETTINGS,
  before: undefined,
  name: '',
  description: '',
};

export function draftOf(profile: Profile): ProfileDraft {
  const { name, description } = profile;
  return { ...settingsTyped(profile), before: profile, name, description: description ?? '' };
}

/** The same as a new profile, under a name that is to be changed; what the original says of itself may not hold then. */
export function cloneDraftOf(profile: Profile): ProfileDraft {
  return { ...draftOf(profile), before: undefined, name: `${profile.name} copy`, description: '' };
}

interface ProfileReading {
  /** Absent while a field cannot be read. */
  readonly request: ProfileRequest | undefined;
  readonly failures: SettingFailures;
}

/** What is left empty is taken back. */
export function readProfileDraft(draft: ProfileDraft): ProfileReading {
  const { given, failures } = readSettings(draft);
  if (Object.keys(failures).length > 0) return { request: undefined, failures };
  const description = draft.description.trim();
  const about = description === '' ? null : description;
  return { request: { name: draft.name.trim(), description: about, ...withNulls(given) }, failures };
}
