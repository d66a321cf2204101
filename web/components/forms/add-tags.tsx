import { useQuery } from '@tanstack/react-query';
import { type SubmitEvent, useId, useState } from 'react';
import { failureOf } from '../../api/failure.ts';
import { tagsQuery } from '../../api/queries.ts';
import { namesIn } from '../../format/names-in.ts';
import { Button } from '../controls/button.tsx';
import { Field } from './field.tsx';

interface AddTagsProps {
  readonly error: unknown;
  readonly pending: boolean;
  /** Whether it was done. */
  readonly onAdd: (names: readonly string[]) => Promise<boolean>;
}

/** A field for names of tags, with those that there are. */
export function AddTags({ error, pending, onAdd }: AddTagsProps) {
  const [text, setText] = useState('');
  const known = useQuery(tagsQuery());
  const listId = useId();
  async function submit(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const names = namesIn(text);
    if (names.length > 0 && (await onAdd(names))) setText('');
  }
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex items-start gap-2">
      <div className="grow">
        <Field
          label="Add tags"
          hint="With commas between; a new one is made."
          failure={error === undefined ? undefined : failureOf(error)}
        >
          {(attributes) => (
            <input
              {...attributes}
              list={listId}
              autoCapitalize="off"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <datalist id={listId}>
          {known.data?.data.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </datalist>
      </div>
      <Button type="submit" disabled={pending} className="mt-6.5">
        Add
      </Button>
    </form>
  );
}
