import { type ReactNode, useState } from 'react';
import { ChevronIcon } from '../feedback/icons.tsx';

interface FoldoutProps {
  readonly title: string;
  /** It opens by itself when this becomes another word; an empty one leaves it as it is. */
  readonly opensFor?: string;
  readonly children: ReactNode;
}

/** Fields that few need: out of the way until they are asked for, or something in them wants to be seen. */
export function Foldout({ title, opensFor = '', children }: FoldoutProps) {
  const [isOpen, setIsOpen] = useState(opensFor !== '');
  const [openedFor, setOpenedFor] = useState(opensFor);
  // Never closed by itself, or a field would vanish while it is typed into.
  if (opensFor !== openedFor) {
    setOpenedFor(opensFor);
    if (opensFor !== '') setIsOpen(true);
  }
  return (
    <details className="group" open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary className="inline-flex list-none items-center gap-1.5 rounded-md text-sm font-medium text-muted hover:text-ink">
        <span className="transition-transform group-open:rotate-90">
          <ChevronIcon />
        </span>
        {title}
      </summary>
      <div className="mt-3 grid gap-4 sm:grid-cols-2">{children}</div>
    </details>
  );
}
