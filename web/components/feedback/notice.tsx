import type { ReactNode } from 'react';
import { type Failure, failureOf } from '../../api/failure.ts';
import { Button } from '../controls/button.tsx';
import { FailureHint } from './failure-hint.tsx';
import { WarningIcon } from './icons.tsx';

export function FailureNotice({
  failure,
  children,
}: {
  readonly failure: Failure;
  readonly children?: ReactNode;
}) {
  return (
    <div role="alert" className="flex items-start gap-3 rounded-xl bg-bad-soft px-4 py-3 text-sm">
      <span className="mt-0.5 text-bad">
        <WarningIcon />
      </span>
      <div className="min-w-0 grow">
        <p className="font-medium break-words">{failure.sentence}</p>
        <FailureHint failure={failure} />
        {children}
      </div>
    </div>
  );
}

/** What a list or page shows in its own place when it could not be had. */
export function LoadFailure({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  return (
    <FailureNotice failure={failureOf(error)}>
      <Button className="mt-3" onClick={onRetry}>
        Try again
      </Button>
    </FailureNotice>
  );
}

export function EmptyState({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-3 px-4 py-12 text-center">
      <p className="font-medium">{title}</p>
      {children !== undefined && <div className="max-w-prose text-sm text-muted">{children}</div>}
    </div>
  );
}

/** Grey lines in the shape of what is coming. */
export function Skeleton({ lines = 5 }: { readonly lines?: number }) {
  return (
    <div className="flex flex-col gap-4 px-4 py-4 sm:px-5">
      <output className="sr-only">Loading…</output>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="flex animate-breathe gap-4" aria-hidden="true">
          <div className="h-4 w-1/6 rounded bg-sunken" />
          <div className="h-4 grow rounded bg-sunken" />
          <div className="h-4 w-1/5 rounded bg-sunken" />
        </div>
      ))}
    </div>
  );
}
