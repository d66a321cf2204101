import type { Profile, ProfileRequest } from '#contract/profile.js';
import { keys } from '../api/queries.ts';
import { PlayIcon, TrashIcon } from '../components/icons.tsx';
import type { Action, ActionWorld } from './action.ts';

function refresh({ queries }: ActionWorld): Promise<void> {
  return queries.invalidateQueries({ queryKey: keys.profileLists });
}

interface ProfileSaving {
  /** Of the profile that is changed; absent for a new one. */
  readonly id: string | undefined;
  readonly request: ProfileRequest;
}

export const saveProfile: Action<ProfileSaving> = {
  label: 'Save profile',
  icon: PlayIcon,
  available: () => true,
  async perform(world, { id, request }) {
    const { name } = await (id === undefined
      ? world.client.createProfile(request)
      : world.client.changeProfile(id, request));
    await refresh(world);
    world.say(
      id === undefined
        ? `The profile ${name} is stored.`
        : `The profile ${name} is changed; scans keep what they ran with.`,
    );
  },
};

export const removeProfile: Action<Profile> = {
  label: 'Remove',
  icon: TrashIcon,
  tone: 'danger',
  available: ({ built_in }) => !built_in,
  async perform(world, profile) {
    await world.client.removeProfile(profile.id);
    await refresh(world);
    world.sayWithUndo(`The profile ${profile.name} is removed; its scans stay.`, async () => {
      await world.client.createProfile(requestOf(profile));
      await refresh(world);
    });
  },
};

/** What stores the same profile again. */
function requestOf(profile: Profile): ProfileRequest {
  const {
    id: _id,
    built_in: _builtIn,
    created_by: _by,
    created_at: _at,
    updated_at: _changed,
    ...request
  } = profile;
  return request;
}
