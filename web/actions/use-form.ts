import { type SubmitEvent, useState } from 'react';
import { type Failure, failureOf } from '../api/failure.ts';
import { fieldsOf } from '../components/draft-fields.ts';
import type { Action } from './action.ts';
import { useAction } from './use-action.ts';

interface Form<Draft extends object, Subject> {
  readonly draft: Draft;
  /** The fields of the draft. */
  readonly field: ReturnType<typeof fieldsOf<Draft>>;
  /** What was thrown when it was to be sent, until something is changed. */
  readonly error: unknown;
  readonly failure: Failure | undefined;
  readonly pending: boolean;
  readonly change: (changes: Partial<Draft>) => void;
  /** Answers the sending of the form: reads what is typed, which may throw, and has it done. */
  readonly submit: (
    read: (draft: Draft) => Subject,
    onDone?: () => unknown,
  ) => (event: SubmitEvent<HTMLFormElement>) => void;
}

/** What is typed into a form until an action takes it, and what was wrong with it. */
export function useForm<Draft extends object, Subject>(
  action: Action<Subject>,
  before: Draft,
): Form<Draft, Subject> {
  const [draft, setDraft] = useState(before);
  const [error, setError] = useState<unknown>();
  const { perform, pending } = useAction(action, setError);
  function change(changes: Partial<Draft>): void {
    setError(undefined);
    setDraft((typed) => ({ ...typed, ...changes }));
  }
  return {
    draft,
    field: fieldsOf(draft, change),
    error,
    failure: error === undefined ? undefined : failureOf(error),
    pending,
    change,
    submit: (read, onDone) => (event) => {
      event.preventDefault();
      setError(undefined);
      try {
        void perform(read(draft)).then((isDone) => (isDone ? onDone?.() : undefined));
      } catch (unread) {
        setError(unread);
      }
    },
  };
}
