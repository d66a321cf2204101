import type { ReactNode } from 'react';
import type { Pagination as PageFacts } from '#contract/api/pagination.js';
import { countOf } from '../../format/number.ts';
import { Pagination } from '../controls/pagination.tsx';
import { LoadFailure, Skeleton } from '../feedback/notice.tsx';

/** A question for a page of a list, as it stands. */
interface DialogList<Item> {
  readonly data: { readonly data: readonly Item[]; readonly pagination: PageFacts } | undefined;
  readonly error: unknown;
  readonly isPending: boolean;
  refetch(): unknown;
}

interface ListBodyProps<Item> {
  readonly list: DialogList<Item>;
  /** Of the grey lines in its place until it is there. */
  readonly lines?: number;
  /** What stands there when the whole list has nothing. */
  readonly empty?: ReactNode;
  readonly onPage: (page: number) => void;
  readonly children: (items: readonly Item[]) => ReactNode;
}

/** A list in a panel: what is coming, what went wrong, what there is, and the pages beside. */
export function ListBody<Item>({ list, lines = 5, empty, onPage, children }: ListBodyProps<Item>) {
  if (list.data === undefined) {
    if (list.isPending) return <Skeleton lines={lines} />;
    return (
      <div className="p-4">
        <LoadFailure error={list.error} onRetry={() => void list.refetch()} />
      </div>
    );
  }
  const { data, pagination } = list.data;
  return (
    <>
      {data.length > 0 && children(data)}
      {pagination.total_items === 0 && empty}
      <Pagination facts={pagination} onPage={onPage} />
    </>
  );
}

interface ListTotalProps {
  readonly list: DialogList<unknown>;
  /** What each of them is called: `host`. */
  readonly one: string;
}

/** How many there are on all pages, told when it changes. */
export function ListTotal({ list: { data }, one }: ListTotalProps) {
  return (
    <output className="text-sm text-muted">
      {data === undefined ? '' : countOf(data.pagination.total_items, one)}
    </output>
  );
}
