import { type ReactNode, useState } from 'react';
import { Button } from '../../components/controls/button.tsx';
import { ConfirmDialog } from '../../components/forms/confirm-dialog.tsx';
import type { Action } from './action.ts';
import { useAction } from './use-action.ts';

/** What is to be done, and who hears what would come of it. */
export interface Variant<Subject, Trial> {
  readonly subject: Subject;
  readonly onAnswer: (trial: Trial) => void;
}

/** What is to be done, and what somebody was told would come of it. */
export interface Confirmed<Subject, Trial> {
  readonly subject: Subject;
  readonly trial: Trial;
}

interface ConfirmingButtonProps<Subject, Trial> {
  readonly subject: Subject;
  readonly variant: Action<Variant<Subject, Trial>>;
  readonly act: Action<Confirmed<Subject, Trial>>;
  readonly title: (trial: Trial) => string;
  readonly isEmpty: (trial: Trial) => boolean;
  /** Something goes that cannot be brought back. */
  readonly isDanger?: boolean;
  readonly onDone: () => void;
  /** What goes and what stays. */
  readonly children: (trial: Trial) => ReactNode;
}

/** A button for what is done to many at once: it first asks what would come of it, tells, and acts on a yes to that. */
export function ConfirmingButton<Subject, Trial>({
  subject,
  variant,
  act,
  title,
  isEmpty,
  isDanger = false,
  onDone,
  children,
}: ConfirmingButtonProps<Subject, Trial>) {
  // With what the answer is of: others may be chosen by then.
  const [question, setQuestion] = useState<Confirmed<Subject, Trial>>();
  const looking = useAction(variant);
  const { perform, pending } = useAction(act);
  async function agree(confirmed: Confirmed<Subject, Trial>): Promise<void> {
    const isDone = await perform(confirmed);
    setQuestion(undefined);
    if (isDone) onDone();
  }
  return (
    <>
      <Button
        disabled={looking.pending || pending}
        onClick={() =>
          void looking.perform({ subject, onAnswer: (trial) => setQuestion({ subject, trial }) })
        }
      >
        {act.label}
      </Button>
      {question && (
        <ConfirmDialog
          title={title(question.trial)}
          confirmLabel={act.label}
          pending={pending || isEmpty(question.trial)}
          isDanger={isDanger}
          onConfirm={() => void agree(question)}
          onCancel={() => setQuestion(undefined)}
        >
          {children(question.trial)}
        </ConfirmDialog>
      )}
    </>
  );
}
