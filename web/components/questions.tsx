import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { ConfirmDialog } from './confirm-dialog.tsx';

/** What somebody is asked before something is done. */
export interface Question {
  readonly title: string;
  readonly sentences: readonly string[];
  readonly confirmLabel: string;
  /** Something goes that cannot be brought back. */
  readonly isDanger?: boolean;
}

/** Gives whether the answer was yes. */
export type Ask = (question: Question) => Promise<boolean>;

interface Asked {
  readonly question: Question;
  readonly answer: (isYes: boolean) => void;
}

const AskContext = createContext<Ask>(() => Promise.resolve(false));

export function useAsk(): Ask {
  return useContext(AskContext);
}

export function QuestionProvider({ children }: { readonly children: ReactNode }) {
  const [asked, setAsked] = useState<Asked>();
  const ask = useCallback<Ask>(
    (question) =>
      new Promise((resolve) => {
        const answer = (isYes: boolean) => {
          setAsked(undefined);
          resolve(isYes);
        };
        setAsked({ question, answer });
      }),
    [],
  );
  return (
    <AskContext value={ask}>
      {children}
      {asked && <AskedDialog asked={asked} />}
    </AskContext>
  );
}

function AskedDialog({ asked: { question, answer } }: { readonly asked: Asked }) {
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
