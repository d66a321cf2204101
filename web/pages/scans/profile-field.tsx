import { useQuery } from '@tanstack/react-query';
import type { Profile } from '#contract/profiles/profile.js';
import { profilesQuery } from '../../api/queries.ts';
import { Field } from '../../components/forms/field.tsx';
import { EMPTY_SETTINGS, settingsTyped } from '../../settings/setting-draft.ts';
import type { Draft } from './draft.ts';

/** Profiles that the form offers. */
const PROFILES_OFFERED = 1_000;

interface ProfileFieldProps {
  readonly value: string;
  readonly onChange: (changes: Partial<Draft>) => void;
}

/** Fills the other fields with what a profile says; each of them can still be changed. */
export function ProfileField({ value, onChange }: ProfileFieldProps) {
  const profiles = useQuery(profilesQuery({ page_size: PROFILES_OFFERED })).data?.data ?? [];
  const chosen = profiles.find(({ id }) => id === value);

  function choose(id: string): void {
    const profile = profiles.find((one) => one.id === id);
    onChange(
      profile === undefined ? { profile: '', ...EMPTY_SETTINGS } : { profile: id, ...settingsTyped(profile) },
    );
  }

  return (
    <Field
      label="Profile"
      hint={chosen?.description ?? 'Fills in how to ask; what you change holds against it.'}
    >
      {(attributes) => (
        <select {...attributes} value={chosen?.id ?? ''} onChange={({ target }) => choose(target.value)}>
          <option value="">none</option>
          <Options label="Built in" profiles={profiles.filter(({ built_in }) => built_in)} />
          <Options label="Your own" profiles={profiles.filter(({ built_in }) => !built_in)} />
        </select>
      )}
    </Field>
  );
}

function Options({ label, profiles }: { readonly label: string; readonly profiles: readonly Profile[] }) {
  if (profiles.length === 0) return null;
  return (
    <optgroup label={label}>
      {profiles.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </optgroup>
  );
}
