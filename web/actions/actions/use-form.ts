import { type SubmitEvent, useState } from 'react';
import { type Failure, failureOf } from '../../api/failure.ts';
import { fieldsOf } from '../../components/forms/draft-fields.ts';
import type { Action } from './action.ts';
import { differing } from './changed-fields.ts';
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
  /** For a form of what is stored, once that was sent: shows what is stored by then, but where more was typed meanwhile. */
  readonly forget: (sent: Partial<Draft>) => void;
  /** Answers the sending of the form: reads what is typed, which may throw, and has it done. */
  readonly submit: (
    read: (draft: Draft) => Subject,
    onDone?: (sent: Partial<Draft>) => unknown,
  ) => (event: SubmitEvent<HTMLFormElement>) => void;
}

/**
 * What is typed into a form until an action takes it, and what was wrong with it. Fields that nobody typed into show `before`,
 * also once that is another: what somebody else changed meanwhile neither takes away what is typed nor is taken back by it.
 */
export function useForm<Draft extends object, Subject>(
  action: Action<Subject>,
  before: Draft,
): Form<Draft, Subject> {
  const [typed, setTyped] = useState<Partial<Draft>>({});
  const draft = { ...before, ...typed };
  const [error, setError] = useState<unknown>();
  const { perform, pending } = useAction(action, setError);
  function change(changes: Partial<Draft>): void {
    setError(undefined);
    setTyped((others) => ({ ...others, ...changes }));
  }
  function forget(sent: Partial<Draft>): void {
    setTyped((now) => differing(sent, now));
  }
  return {
    draft,
    field: fieldsOf(draft, change),
    error,
    failure: error === undefined ? undefined : failureOf(error),
    pending,
    change,
    forget,
    submit: (read, onDone) => (event) => {
      event.preventDefault();
      setError(undefined);
      try {
        void perform(read(draft)).then((isDone) => (isDone ? onDone?.(typed) : undefined));
      } catch (unread) {
        setError(unread);
      }
    },
  };
}
