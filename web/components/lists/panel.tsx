import type { ReactNode } from 'react';

interface PanelProps {
  readonly title?: string;
  /** Stands at the title's right: filters, counts. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
  readonly flush?: boolean;
}

/** A titled area of a page; `flush` lets a table reach its edges. */
export function Panel({ title, aside, children, flush = false }: PanelProps) {
  return (
    <section className="rounded-2xl border border-line bg-surface shadow-raised" aria-label={title}>
      {(title !== undefined || aside !== undefined) && (
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 pt-4 pb-3 sm:px-5">
          {title !== undefined && <h2 className="text-base font-semibold">{title}</h2>}
          {aside !== undefined && (
            <div className="flex max-w-full min-w-0 flex-wrap items-center gap-x-4 gap-y-2">{aside}</div>
          )}
        </div>
      )}
      <div className={flush ? 'pb-1' : 'px-4 pt-1 pb-5 sm:px-5'}>{children}</div>
    </section>
  );
}

export function PageHeading({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="flex flex-wrap items-start justify-between gap-3">
      <title>{`${title} · Scanorama`}</title>
      <h1 tabIndex={-1} className="text-2xl font-semibold tracking-tight break-words">
        {title}
      </h1>
      {children}
    </div>
  );
}
