import type { SettingChanges } from '#contract/workers/setting.js';
import { keys } from '../../api/queries.ts';
import { PlayIcon } from '../../components/feedback/icons.tsx';
import { countOf } from '../../format/number.ts';
import type { Action } from '../actions/action.ts';

export const saveSettings: Action<SettingChanges> = {
  label: 'Save settings',
  icon: PlayIcon,
  available: (changes) => Object.keys(changes).length > 0,
  async perform({ client, queries, toast }, changes) {
    const settings = await client.changeSettings(changes);
    queries.setQueryData(keys.settings, settings);
    toast(`${countOf(Object.keys(changes).length, 'setting')} changed.`);
  },
};
