import { useCallback, useRef, useState } from 'react';
import { ScanoramaError } from '#domain/error.js';
import { confirmationOf, type ScanConfirmation } from '#domain/scan-confirmation.js';
import { failureOf, hasCode } from '../api/failure.ts';
import type { Action } from './action.ts';
import { useAction } from './use-action.ts';

/** Starts a scan of any kind, asking first where the server wants a yes. */
export function useConfirmedStart<Request extends object>(action: Action<Request>) {
  const [error, setError] = useState<unknown>(null);
  const [unconfirmed, setUnconfirmed] = useState<Request>();
  const [asksFor, setAsksFor] = useState<ScanConfirmation>('confirm_large');
  const [question, setQuestion] = useState<string>();
  const lastRequest = useRef<Request>(undefined);

  const onFailure = useCallback((failure: unknown) => {
    if (!hasCode(failure, 'confirmation_required')) {
      setUnconfirmed(undefined);
      setError(failure);
      return;
    }
    setQuestion(failureOf(failure).sentence);
    setAsksFor(confirmationOf(failure instanceof ScanoramaError ? failure.facts : undefined));
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
      // Not every start leads to another page.
      void perform(lastRequest.current).then((done) => done && setUnconfirmed(undefined));
    },
    submit(request: Request, mustConfirm?: ScanConfirmation): void {
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
