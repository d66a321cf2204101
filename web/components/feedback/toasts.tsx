import { useRouterState } from '@tanstack/react-router';
import {
  createContext,
  type Dispatch,
  type ReactNode,
  type SetStateAction,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { type Failure, failureOf } from '../../api/failure.ts';
import { FailureHint } from './failure-hint.tsx';
import { CloseIcon, WarningIcon } from './icons.tsx';
import { type Toast, type ToastTopic, withoutFailures, withoutTopic, withToast } from './toast-list.ts';

const SHOWN_FOR_MS = 6_000;
/** Long enough to notice, regret and reach it. */
const UNDO_SHOWN_FOR_MS = 15_000;

interface Toasts {
  readonly toast: (sentence: string, topic?: ToastTopic) => void;
  /** The same with a button that takes it back. */
  readonly toastWithUndo: (sentence: string, undo: () => Promise<void>, topic?: ToastTopic) => void;
  readonly warn: (failure: Failure, topic?: ToastTopic) => void;
  /** Takes away what was said about this. */
  readonly dismiss: (topic: ToastTopic) => void;
}

const ToastContext = createContext<Toasts>({
  toast: () => undefined,
  toastWithUndo: () => undefined,
  warn: () => undefined,
  dismiss: () => undefined,
});

export function useToasts(): Toasts {
  return useContext(ToastContext);
}

export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const count = useRef(0);
  useForgottenFailures(setToasts);

  const add = useCallback((toast: Omit<Toast, 'number'>) => {
    count.current += 1;
    const number = count.current;
    setToasts((shown) => withToast(shown, { ...toast, number }));
  }, []);
  const remove = useCallback(
    (number: number) => setToasts((shown) => shown.filter((toast) => toast.number !== number)),
    [],
  );
  const value = useMemo<Toasts>(
    () => ({
      toast: (sentence, topic) => add({ sentence, topic, isFailure: false }),
      toastWithUndo: (sentence, undo, topic) =>
        add({
          sentence,
          topic,
          isFailure: false,
          undo: () => undo().catch((error: unknown) => add({ ...failureOf(error), isFailure: true })),
        }),
      warn: (failure, topic) => add({ ...failure, topic, isFailure: true }),
      dismiss: (topic) => setToasts((shown) => withoutTopic(shown, topic)),
    }),
    [add],
  );

  return (
    <ToastContext value={value}>
      <div className="flex min-h-svh flex-col">
        {children}
        {/* Part of the page, so that its end can be moved out from under what is told. */}
        <div className={TOASTS} aria-live="polite">
          {toasts.map((toast) => (
            <ToastCard key={toast.number} toast={toast} onClose={remove} />
          ))}
        </div>
      </div>
    </ToastContext>
  );
}

const TOASTS =
  'pointer-events-none sticky bottom-0 z-40 mt-auto flex flex-col items-center gap-2 not-empty:p-4 sm:items-end sm:not-empty:p-6';

/** What failed on a page is of no use on the next one; what is so everywhere says what it is about. */
function useForgottenFailures(setToasts: Dispatch<SetStateAction<readonly Toast[]>>): void {
  const pathname = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname });
  const previous = useRef(pathname);
  useEffect(() => {
    if (previous.current !== undefined && previous.current !== pathname) setToasts(withoutFailures);
    previous.current = pathname;
  }, [pathname, setToasts]);
}

function ToastCard({
  toast,
  onClose,
}: {
  readonly toast: Toast;
  readonly onClose: (number: number) => void;
}) {
  const { number, isFailure, undo } = toast;
  const shownForMs = undo === undefined ? SHOWN_FOR_MS : UNDO_SHOWN_FOR_MS;
  useEffect(() => {
    // A failure stays until it is read, or its page is left.
    if (isFailure) return undefined;
    const timer = setTimeout(() => onClose(number), shownForMs);
    return () => clearTimeout(timer);
  }, [number, isFailure, shownForMs, onClose]);

  return (
    <div className="pointer-events-auto flex w-full max-w-md items-start gap-3 rounded-xl border border-line bg-surface py-2.5 pr-2 pl-4 text-sm shadow-floating">
      {isFailure && (
        <span className="mt-0.5 text-bad">
          <WarningIcon />
        </span>
      )}
      <p className="grow py-0.5">
        {toast.sentence}
        <FailureHint failure={toast} />
      </p>
      {undo && (
        <button
          type="button"
          className="rounded-md px-2 py-0.5 font-medium text-accent hover:bg-sunken"
          onClick={() => {
            onClose(number);
            void undo();
          }}
        >
          Undo
        </button>
      )}
      <button
        type="button"
        aria-label="Dismiss"
        className="rounded-md p-1.5 text-muted hover:bg-sunken hover:text-ink"
        onClick={() => onClose(number)}
      >
        <CloseIcon />
      </button>
    </div>
  );
}
