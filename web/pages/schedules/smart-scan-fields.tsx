import { MAX_COMPLETENESS_SCORE } from '#domain/hosts/completeness.js';
import {
  DEFAULT_MAX_STALENESS_HOURS,
  DEFAULT_THRESHOLD,
  DEFAULT_TRIGGER_HOSTS,
  SMART_SCAN_STAGES,
} from '#domain/smart-scan/smart-scan.js';
import { Foldout } from '../../components/controls/foldout.tsx';
import { fieldsOf } from '../../components/forms/draft-fields.ts';
import { CheckField, ChoiceField, TextField } from '../../components/forms/fields.tsx';
import { formatCount } from '../../format/number.ts';
import { SiteField } from '../fields/site-field.tsx';
import { STAGE_TITLES } from '../smart-scan/stage-text.ts';
import type { ChangeDraft, ScheduleDraft, ScheduleReading } from './schedule-draft.ts';
import type { LearningNumber } from './smart-scan-draft.ts';

interface LearningFieldsProps {
  readonly draft: ScheduleDraft;
  readonly failures: ScheduleReading['failures'];
  readonly onChange: ChangeDraft;
}

/** Of which hosts a smart scan learns more. */
export function LearningFields({ draft, failures, onChange }: LearningFieldsProps) {
  const field = fieldsOf(draft, onChange);
  return (
    <>
      <SiteField none="all sites" isFixed={draft.before !== undefined} {...field('siteOfHosts')} />
      <ChoiceField
        label="Stage"
        hint="What it finds out."
        terms={['', ...SMART_SCAN_STAGES]}
        texts={{ '': 'whatever is next of each host', ...STAGE_TITLES }}
        {...field('stage')}
      />
      <TextField
        label="Network"
        hint="Hosts with an address in it; all when empty."
        isCode
        placeholder="198.18.0.0/24"
        {...field('networkCidr')}
      />
      <TextField
        label="System"
        hint="Hosts of this operating system; of any when empty."
        placeholder="linux"
        {...field('osFamily')}
      />
      <TextField
        label="Filter"
        hint="Hosts that match, as in the list of hosts."
        failure={failures.filter}
        isCode
        placeholder="tag:printer and status:up"
        {...field('filter')}
      />
    </>
  );
}

/** What counts as missing, and how much of it is found out at a time. */
export function LearningRules({ draft, failures, onChange }: LearningFieldsProps) {
  const field = fieldsOf(draft, onChange);
  const count = (name: LearningNumber, label: string, given: { hint: string; usual: number }) => (
    <TextField
      label={label}
      hint={given.hint}
      failure={failures[name]}
      inputMode="numeric"
      placeholder={formatCount(given.usual)}
      {...field(name)}
    />
  );
  return (
    <Foldout title="How much it learns" opensFor={draft.before?.id ?? ''}>
      {count('limit', 'Hosts at most', {
        hint: 'Of each run; the others come with the next ones.',
        usual: DEFAULT_TRIGGER_HOSTS,
      })}
      {count('threshold', 'Score below', {
        hint: `Hosts of which more is known are left alone, from 1 to ${MAX_COMPLETENESS_SCORE}.`,
        usual: DEFAULT_THRESHOLD,
      })}
      {count('stalenessHours', 'Stale after, hours', {
        hint: 'Hosts that were not seen for longer are looked for again.',
        usual: DEFAULT_MAX_STALENESS_HOURS,
      })}
      <TextField
        label="Resolver"
        hint="Asked for names, by its address; without one no names are found."
        isCode
        placeholder="198.18.0.53"
        {...field('namesResolver')}
      />
      <CheckField
        label="Start large scans too, and scans at sites that have no scope"
        hint="They are left alone otherwise."
        {...field('isConfirmed')}
      />
    </Foldout>
  );
}
