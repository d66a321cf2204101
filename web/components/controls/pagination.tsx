import type { Pagination as PageFacts } from '#contract/api/pagination.js';
import { formatCount } from '../../format/number.ts';
import { ChevronIcon, PreviousIcon } from '../feedback/icons.tsx';
import { Button } from './button.tsx';

interface PaginationProps {
  readonly facts: PageFacts;
  readonly onPage: (page: number) => void;
}

/** Where we are in a list, and the pages beside; nothing when one page holds it all. */
export function Pagination({ facts, onPage }: PaginationProps) {
  const { page, page_size, total_items, total_pages } = facts;
  if (total_pages <= 1 && page === 1) return null;
  const first = (page - 1) * page_size + 1;
  const last = Math.min(page * page_size, total_items);
  return (
    <nav
      aria-label="Pagination"
      className="flex items-center justify-between gap-3 border-t border-line px-4 py-3 sm:px-5"
    >
      <p className="text-sm text-muted">
        {first <= total_items
          ? `${formatCount(first)}–${formatCount(last)} of ${formatCount(total_items)}`
          : `Nothing on page ${formatCount(page)}`}
      </p>
      <div className="flex gap-2">
        <Button
          aria-label="Previous page"
          disabled={page <= 1}
          onClick={() => onPage(Math.min(page - 1, Math.max(1, total_pages)))}
        >
          <PreviousIcon />
          <span className="hidden sm:inline">Previous</span>
        </Button>
        <Button aria-label="Next page" disabled={page >= total_pages} onClick={() => onPage(page + 1)}>
          <span className="hidden sm:inline">Next</span>
          <ChevronIcon />
        </Button>
      </div>
    </nav>
  );
}
