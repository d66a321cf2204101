import { Foldout } from '../../components/controls/foldout.tsx';
import { fieldsOf } from '../../components/forms/draft-fields.ts';
import { CheckField, ChoiceField, TextField } from '../../components/forms/fields.tsx';
import { NumberSettings, SettingFields } from '../../settings/setting-fields.tsx';
import { MethodFields } from '../discovery/method-fields.tsx';
import { ExcludeField } from '../fields/exclude-field.tsx';
import { SiteField } from '../fields/site-field.tsx';
import { TagsField } from '../fields/tags-field.tsx';
import type { ChangeDraft, ScheduleDraft, ScheduleReading } from './schedule-draft.ts';

interface TargetFieldsProps {
  readonly draft: ScheduleDraft;
  readonly profiles: readonly string[];
  readonly onChange: ChangeDraft;
}

/** Whom it asks, and of a scan what. */
export function TargetFields({ draft, profiles, onChange }: TargetFieldsProps) {
  const field = fieldsOf(draft, onChange);
  if (draft.kind !== 'scan' && draft.kind !== 'discovery') return null;
  return (
    <>
      {!draft.storedNetworks && (
        <TextField
          label={draft.kind === 'scan' ? 'Targets' : 'Networks'}
          hint="Addresses, ranges, networks, or network:NAME of a stored one, read anew each time."
          isCode
          placeholder="198.18.0.0/24"
          {...field('targets')}
        />
      )}
      <CheckField
        label="Every enabled network of the site"
        hint="Those that are stored when a run begins."
        {...field('storedNetworks')}
      />
      <SiteField isFixed={draft.before !== undefined} {...field('site')} />
      {draft.kind === 'scan' && (
        <>
          <TextField
            label="Ports"
            hint="As the profile has it, or the usual ones, when empty."
            isCode
            {...field('ports')}
          />
          <ChoiceField
            label="Profile"
            hint="As it is when a run begins."
            terms={[...new Set(['', ...profiles, draft.profile])]}
            texts={{ '': 'none' }}
            {...field('profile')}
          />
        </>
      )}
    </>
  );
}

interface WayFieldsProps {
  readonly draft: ScheduleDraft;
  readonly failures: ScheduleReading['failures'];
  readonly onChange: ChangeDraft;
}

/** How it asks; what is left empty is left to the profile, or else to the program. */
export function WayFields({ draft, failures, onChange }: WayFieldsProps) {
  const field = fieldsOf(draft, onChange);
  const { before, kind } = draft;
  if (kind !== 'scan' && kind !== 'discovery') return null;
  return (
    <Foldout title="How it asks" opensFor={before?.id ?? ''}>
      <ExcludeField {...field('exclude')} />
      <TagsField {...field('tags')} />
      {kind === 'scan' ? (
        <SettingFields
          draft={draft}
          failures={failures}
          defaultType="as the profile has it, or else auto"
          onChange={onChange}
        />
      ) : (
        <>
          <NumberSettings
            names={['rate', 'perHostRate']}
            draft={draft}
            failures={failures}
            onChange={onChange}
          />
          <div className="flex flex-col gap-4 sm:col-span-2">
            <MethodFields draft={draft} onChange={onChange} />
          </div>
          <CheckField label="Then tell the systems of the hosts found, by nmap" {...field('detectOs')} />
        </>
      )}
      <CheckField
        label="As an administrator I confirm that the scope of the site does not count for its runs"
        hint="What is excluded stays excluded."
        {...field('outsideScope')}
      />
    </Foldout>
  );
}
