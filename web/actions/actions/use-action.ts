import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type ComponentType, useCallback, useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import { client } from '../../api/client.ts';
import { failureOf, hasCode } from '../../api/failure.ts';
import { useToasts } from '../../components/feedback/toasts.tsx';
import { useDialog } from '../../components/forms/dialogs.tsx';
import type { Action, ActionContext } from './action.ts';
import { matches, type Shortcut } from './shortcut.ts';
import { Declined } from './start-confirmed.ts';

/** An action tied to its subject, ready to be shown. */
export interface Offer {
  readonly label: string;
  readonly icon: ComponentType;
  readonly tone: 'danger' | undefined;
  readonly shortcut: Shortcut | undefined;
  readonly available: boolean;
  readonly pending: boolean;
  readonly perform: () => void;
}

function useActionContext(): ActionContext {
  const queries = useQueryClient();
  const router = useRouter();
  const { toast, toastWithUndo } = useToasts();
  const confirm = useDialog();
  return useMemo(
    () => ({ client, queries, toast, toastWithUndo, confirm, go: (path) => router.navigate({ href: path }) }),
    [queries, router, toast, toastWithUndo, confirm],
  );
}

/**
 * Performs an action and tells of a failure, unless `onFailure` wants to show it in its own place. Gives whether it
 * was done.
 */
export function useAction<Subject>(
  action: Action<Subject>,
  onFailure?: (error: unknown) => void,
): { perform: (subject: Subject) => Promise<boolean>; pending: boolean } {
  const context = useActionContext();
  const { warn } = useToasts();
  const [pending, setPending] = useState(false);
  const underWay = useRef(false);

  const perform = useCallback(
    async (subject: Subject) => {
      if (underWay.current || !action.available(subject)) return false;
      underWay.current = true;
      setPending(true);
      try {
        const question = await action.question?.(context, subject);
        if (question !== undefined && !(await context.confirm(question))) return false;
        await action.perform(context, subject);
        return true;
      } catch (error) {
        if (error instanceof Declined) return false;
        if (hasCode(error, 'unauthenticated')) await context.go('/sign-in');
        else if (onFailure) onFailure(error);
        else warn(failureOf(error), hasCode(error, 'server_unreachable') ? 'server away' : undefined);
        return false;
      } finally {
        underWay.current = false;
        setPending(false);
      }
    },
    [action, context, warn, onFailure],
  );
  return { perform, pending };
}

/** `afterwards` is called once it was done: where the thing is gone, to leave its page. */
export function useOffer<Subject>(
  action: Action<Subject>,
  subject: Subject,
  afterwards?: () => unknown,
): Offer {
  const { perform, pending } = useAction(action);
  return {
    label: action.label,
    icon: action.icon,
    tone: action.tone,
    shortcut: action.shortcut,
    available: action.available(subject),
    pending,
    perform: () => void perform(subject).then((isDone) => (isDone ? afterwards?.() : undefined)),
  };
}

/** Listens for the offers' chords while the component that calls it is on screen. */
export function useShortcuts(offers: readonly Offer[]): void {
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    const offer = offers.find(({ shortcut, available }) => available && shortcut && matches(shortcut, event));
    if (offer === undefined) return;
    event.preventDefault();
    offer.perform();
  });
  useEffect(() => {
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}
