import { useCallback, useRef, useState } from 'react';
import { ScanoramaError } from '#domain/error.js';
import { failureOf, hasCode } from '../api/failure.ts';
import type { Action } from './action.ts';
import { useAction } from './use-action.ts';

type Confirmation = 'confirm_large' | 'confirm_unscoped';

/** What the server wants a yes to: the size of the scan, or that its site has no scope. */
function confirmationOf(failure: unknown): Confirmation {
  const field = failure instanceof ScanoramaError ? failure.facts?.['confirm'] : undefined;
  return field === 'confirm_unscoped' ? field : 'confirm_large';
}

/** Starts a scan of any kind, asking first where the server wants a yes. */
export function useConfirmedStart<Request extends object>(action: Action<Request>) {
  const [error, setError] = useState<unknown>(null);
  const [unconfirmed, setUnconfirmed] = useState<Request>();
  const [asksFor, setAsksFor] = useState<Confirmation>('confirm_large');
  const [question, setQuestion] = useState<string>();
  const lastRequest = useRef<Request>(undefined);

  const onFailure = useCallback((failure: unknown) => {
    if (!hasCode(failure, 'confirmation_required')) {
      setUnconfirmed(undefined);
      setError(failure);
      return;
    }
    setQuestion(failureOf(failure).sentence);
    setAsksFor(confirmationOf(failure));
    setUnconfirmed(lastRequest.current);
  }, []);
  const { perform, pending } = useAction(action, onFailure);

  return {
    error,
    unconfirmed,
    question,
    pending,
    forgetError: () => setError(null),
    cancel: () => setUnconfirmed(undefined),
    asksFor,
    confirm: () => {
      if (unconfirmed === undefined) return;
      lastRequest.current = { ...unconfirmed, [asksFor]: true };
      void perform(lastRequest.current);
    },
    submit(request: Request, mustConfirm?: Confirmation): void {
      setError(null);
      setQuestion(undefined);
      lastRequest.current = request;
      if (mustConfirm === undefined) {
        void perform(request);
        return;
      }
      setAsksFor(mustConfirm);
      setUnconfirmed(request);
    },
  };
}
