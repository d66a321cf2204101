import { useQuery } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import type { HostDetail } from '#contract/hosts/host.js';
import type { Field as FieldDefinition } from '#contract/labels/custom-field.js';
import type { FieldType } from '#domain/fields/custom-field.js';
import { useAction } from '../../actions/actions/use-action.ts';
import { editHosts } from '../../actions/hosts/annotation-actions.ts';
import { failureOf } from '../../api/failure.ts';
import { fieldsQuery } from '../../api/queries.ts';
import { Button } from '../../components/controls/button.tsx';
import { FailureHint } from '../../components/feedback/failure-hint.tsx';
import { ChoiceField, TextField } from '../../components/forms/fields.tsx';
import { Panel } from '../../components/lists/panel.tsx';

/** The fields of the installation with the values of one host; nothing where none is defined. */
export function HostFields({ host }: { readonly host: HostDetail }) {
  const fields = useQuery(fieldsQuery());
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const [error, setError] = useState<unknown>();
  const { perform, pending } = useAction(editHosts, setError);
  const defined = fields.data?.data ?? [];
  if (defined.length === 0) return null;
  const standing = new Map(host.fields.map(({ name, value }) => [name, value]));

  async function submit(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    setError(undefined);
    const changed = Object.entries(typed).map(
      ([name, text]) => [name, text.trim() === '' ? null : text] as const,
    );
    if (changed.length === 0) return;
    if (await perform({ host_ids: [host.id], change: { fields: Object.fromEntries(changed) } })) setTyped({});
  }

  return (
    <Panel title="Fields">
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-3">
          {defined.map((field) => (
            <ValueField
              key={field.name}
              field={field}
              value={typed[field.name] ?? standing.get(field.name) ?? ''}
              onChange={(text) => setTyped({ ...typed, [field.name]: text })}
            />
          ))}
        </div>
        {error !== undefined && (
          <p role="alert" className="text-sm text-bad">
            {failureOf(error).sentence} <FailureHint failure={failureOf(error)} />
          </p>
        )}
        <Button type="submit" disabled={pending || Object.keys(typed).length === 0} className="ml-auto">
          Save fields
        </Button>
      </form>
    </Panel>
  );
}

interface ValueFieldProps {
  readonly field: FieldDefinition;
  readonly value: string;
  readonly onChange: (text: string) => void;
}

const INPUT_TYPES: Readonly<Record<Exclude<FieldType, 'choice' | 'flag'>, string>> = {
  text: 'text',
  number: 'text',
  date: 'date',
};
const NO_VALUE = { '': '–' };
const FLAG_TEXTS = { ...NO_VALUE, true: 'yes', false: 'no' };

function ValueField({ field: { name, type, choices, description }, value, onChange }: ValueFieldProps) {
  const about = { label: name, hint: description ?? undefined, value, onChange };
  if (type === 'flag') return <ChoiceField {...about} terms={['', 'true', 'false']} texts={FLAG_TEXTS} />;
  if (type === 'choice') return <ChoiceField {...about} terms={['', ...(choices ?? [])]} texts={NO_VALUE} />;
  return (
    <TextField {...about} type={INPUT_TYPES[type]} inputMode={type === 'number' ? 'decimal' : undefined} />
  );
}
