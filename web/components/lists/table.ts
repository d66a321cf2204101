/**
 * The looks that all tables share. On a narrow screen a row becomes a small grid of two columns, its head
 * is left to screen readers, and each table says what goes where or is left out.
 */
export const TABLE = 'w-full border-collapse text-left text-sm max-sm:block';
export const HEAD = 'max-sm:sr-only';
export const BODY = 'max-sm:block';
export const HEAD_CELL =
  'border-line px-3 py-2 text-xs font-medium whitespace-nowrap text-muted first:pl-5 last:pr-5 sm:border-b';
export const ROW =
  'relative border-b border-line last:border-b-0 ' +
  'max-sm:grid max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:gap-x-3 max-sm:gap-y-2 max-sm:px-4 max-sm:py-3.5';
export const LINKED_ROW = `${ROW} transition-colors hover:bg-sunken/60`;
export const CELL = 'align-top sm:px-3 sm:py-2.5 sm:first:pl-5 sm:last:pr-5';
/** A host's status beside its address: long words of it wrap, and an IPv4 address stays in one piece. */
export const NARROW_STATUS = 'max-sm:max-w-44 max-sm:text-right';
/** Takes a narrow row's whole width. */
export const WIDE_CELL = `${CELL} max-sm:col-span-2`;
/** Holds the buttons of a row: on a narrow screen below the rest of it. */
export const ACTIONS_CELL = `${CELL} max-sm:col-span-2 max-sm:-mx-3.5 sm:text-right sm:whitespace-nowrap`;
/** Where a table begins without a head above it on a narrow screen. */
export const TOP_LINE = 'max-sm:border-t max-sm:border-line';
/** A link whose click area is the whole row. */
export const ROW_LINK = 'font-medium after:absolute after:inset-0 hover:text-accent';
