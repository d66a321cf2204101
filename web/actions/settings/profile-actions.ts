import type { Profile, ProfileRequest } from '#contract/profiles/profile.js';
import { keys } from '../../api/queries.ts';
import { PlayIcon, TrashIcon } from '../../components/feedback/icons.tsx';
import { countOf } from '../../format/number.ts';
import type { Action, ActionContext } from '../actions/action.ts';
import { differing, isNothing, SO_ALREADY } from '../actions/changed-fields.ts';

function refresh({ queries }: ActionContext): Promise<void> {
  return queries.invalidateQueries({ queryKey: keys.profileLists });
}

interface ProfileSaving {
  /** The profile that is changed, as it was when somebody began to type; absent for a new one. */
  readonly before: Profile | undefined;
  readonly request: ProfileRequest;
}

export const saveProfile: Action<ProfileSaving> = {
  label: 'Save profile',
  icon: PlayIcon,
  available: () => true,
  async perform(context, { before, request }) {
    if (before === undefined) {
      const { name } = await context.client.createProfile(request);
      await refresh(context);
      context.toast(`The profile ${name} is stored.`);
      return;
    }
    const change = differing<ProfileRequest>(before, request);
    if (isNothing(change)) {
      context.toast(SO_ALREADY);
      return;
    }
    const { name } = await context.client.changeProfile(before.id, change);
    await refresh(context);
    context.toast(`The profile ${name} is changed; scans keep what they ran with.`);
  },
};

export const removeProfile: Action<Profile> = {
  label: 'Remove',
  icon: TrashIcon,
  tone: 'danger',
  available: ({ built_in }) => !built_in,
  // Stored anew it would be another, which no scan is of.
  async question({ client }, { id, name }) {
    const { scans } = await client.profileStats(id);
    return {
      title: `Remove the profile ${name}?`,
      confirmLabel: 'Remove',
      isDanger: true,
      sentences: [
        scans === 0
          ? 'No scan that is listed ran by it.'
          : `${countOf(scans, 'scan')} ran by it, and ${scans === 1 ? 'stays' : 'stay'} with its name.`,
        'What it says goes, and its statistics.',
      ],
    };
  },
  async perform(context, { id, name }) {
    await context.client.removeProfile(id);
    await refresh(context);
    context.toast(`The profile ${name} is removed; its scans stay.`);
  },
};
