import { Foldout } from '../../components/controls/foldout.tsx';
import { fieldsOf } from '../../components/forms/draft-fields.ts';
import { TextField } from '../../components/forms/fields.tsx';
import { SettingFields } from '../../settings/setting-fields.tsx';
import { ExcludeField } from '../fields/exclude-field.tsx';
import { TagsField } from '../fields/tags-field.tsx';
import type { Draft, DraftFailures } from './draft.ts';

interface AdvancedFieldsProps {
  readonly draft: Draft;
  readonly failures: DraftFailures;
  readonly onChange: (changes: Partial<Draft>) => void;
}

export function AdvancedFields({ draft, failures, onChange }: AdvancedFieldsProps) {
  const field = fieldsOf(draft, onChange);
  const faults = Object.keys(failures).filter((field) => field !== 'targets' && field !== 'ports');
  // A fault, and what a profile fills in, are to be seen.
  const opensFor = faults.length > 0 ? faults.join() : draft.profile;
  return (
    <Foldout title="Advanced" opensFor={opensFor}>
      <ExcludeField failure={failures.exclude} {...field('exclude')} />
      <TextField
        label="Name"
        hint="To find the scan again; its targets serve when empty."
        failure={failures.name}
        {...field('name')}
      />
      <TagsField failure={failures.tags} {...field('tags')} />
      <SettingFields draft={draft} failures={failures} onChange={onChange} />
    </Foldout>
  );
}
