import type { ReactNode } from 'react';
import { BODY, HEAD, HEAD_CELL, TABLE, TOP_LINE } from './table.ts';

/** The head of a column: its title, and where it is not like the others how it looks. */
export type Head = string | { readonly title: string; readonly className: string };

/** A column whose cells speak for themselves: its title is for screen readers alone. */
const UNSEEN = ['Actions', 'Choose'];

interface DataTableProps {
  readonly heads: readonly Head[];
  /** The rows. */
  readonly children: ReactNode;
}

/** A table with its head, which a narrow screen leaves to screen readers. */
export function DataTable({ heads, children }: DataTableProps) {
  return (
    <table className={TABLE}>
      <thead className={HEAD}>
        <tr>
          {heads.map((head) => {
            const { title, className } = typeof head === 'string' ? { title: head, className: '' } : head;
            return (
              <th key={title} className={`${HEAD_CELL} ${className}`}>
                {UNSEEN.includes(title) ? <span className="sr-only">{title}</span> : title}
              </th>
            );
          })}
        </tr>
      </thead>
      <tbody className={`${BODY} ${TOP_LINE}`}>{children}</tbody>
    </table>
  );
}
