import { createContext, type ReactNode, useContext, useState, useSyncExternalStore } from 'react';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { type Ask, type Asked, QuestionQueue } from './dialog-queue.ts';

const DialogContext = createContext<Ask>(() => Promise.resolve(false));

export function useDialog(): Ask {
  return useContext(DialogContext);
}

export function QuestionProvider({ children }: { readonly children: ReactNode }) {
  const [queue] = useState(() => new QuestionQueue());
  const asked = useSyncExternalStore(queue.subscribe, queue.current);
  return (
    <DialogContext value={queue.ask}>
      {children}
      {asked && <OpenDialog key={asked.number} asked={asked} />}
    </DialogContext>
  );
}

function OpenDialog({ asked: { question, answer } }: { readonly asked: Asked }) {
  return (
    <ConfirmDialog
      title={question.title}
      confirmLabel={question.confirmLabel}
      isDanger={question.isDanger ?? false}
      pending={false}
      onConfirm={() => answer(true)}
      onCancel={() => answer(false)}
    >
      {question.sentences.map((sentence) => (
        <p key={sentence} className="break-words">
          {sentence}
        </p>
      ))}
    </ConfirmDialog>
  );
}
