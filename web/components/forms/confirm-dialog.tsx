import { type ReactNode, useId, useLayoutEffect, useRef } from 'react';
import { Button } from '../controls/button.tsx';

interface ConfirmDialogProps {
  readonly title: string;
  readonly confirmLabel: string;
  readonly pending: boolean;
  /** Something goes that cannot be brought back. */
  readonly isDanger?: boolean;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
  readonly children: ReactNode;
}

/** Mounted while the question stands; the browser keeps the focus inside and closes it on Escape. */
export function ConfirmDialog({
  title,
  confirmLabel,
  pending,
  isDanger = false,
  onConfirm,
  onCancel,
  children,
}: ConfirmDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // It is closed while it is still there: then the browser gives the focus back to what had it.
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);

  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onCancel();
      }}
      className="m-auto w-[min(30rem,calc(100vw-2rem))] rounded-2xl border border-line bg-surface p-6 text-ink shadow-floating"
    >
      <h2 id={titleId} className="text-lg font-semibold">
        {title}
      </h2>
      <div className="mt-2 flex flex-col gap-2 text-sm text-muted">{children}</div>
      <div className="mt-6 flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        {/* The second press of a double one was meant for the question before this. */}
        <Button
          variant={isDanger ? 'danger' : 'primary'}
          disabled={pending}
          onClick={(event) => event.detail <= 1 && onConfirm()}
        >
          {confirmLabel}
        </Button>
      </div>
    </dialog>
  );
}
