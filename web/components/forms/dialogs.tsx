import { createContext, type ReactNode, useContext, useState, useSyncExternalStore } from 'react';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { type Confirmed, type Dialog, QuestionQueue } from './dialog-queue.ts';

const DialogContext = createContext<Dialog>(() => Promise.resolve(false));

export function useDialog(): Dialog {
  return useContext(DialogContext);
}

export function QuestionProvider({ children }: { readonly children: ReactNode }) {
  const [queue] = useState(() => new QuestionQueue());
  const confirmed = useSyncExternalStore(queue.subscribe, queue.current);
  return (
    <DialogContext value={queue.confirm}>
      {children}
      {confirmed && <OpenDialog key={confirmed.number} confirmed={confirmed} />}
    </DialogContext>
  );
}

function OpenDialog({ confirmed: { question, answer } }: { readonly confirmed: Confirmed }) {
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
