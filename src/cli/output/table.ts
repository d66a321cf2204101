import { type Paint, paint, printable, widthOf } from '#cli/output/text.js';

export interface Cell {
  readonly text: string;
  readonly paint?: Paint;
}
/** One row: text from anywhere; the renderer makes it safe to show. */
export type Row = readonly (string | Cell)[];

export interface TableOptions {
  readonly color: boolean;
  /** Column heads; absent for a table of facts, whose first column is the head. */
  readonly heads?: readonly string[];
  /** Columns whose text stands at the right, counted from 0. */
  readonly right?: readonly number[];
  readonly indent?: number;
}

const GAP = '  ';

/** Aligned columns without borders, one line a row, each line ended. Nothing for no rows. */
export function renderTable(rows: readonly Row[], options: TableOptions): string {
  if (rows.length === 0) return '';
  const { color, heads } = options;
  const body = rows.map((row) => row.map(asCell));
  const all =
    heads === undefined ? body : [heads.map((head): Cell => ({ text: head, paint: 'dim' })), ...body];
  const widths = columnWidths(all);
  const indent = ' '.repeat(options.indent ?? 0);
  return all
    .map((row) => `${indent}${row.map((cell, index) => aligned(cell, index)).join(GAP)}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('');

  function aligned(cell: Cell, index: number): string {
    const space = ' '.repeat((widths[index] ?? 0) - widthOf(cell.text));
    const text =
      cell.paint === undefined || cell.text === '' ? cell.text : paint(color, cell.paint, cell.text);
    return options.right?.includes(index) === true ? space + text : text + space;
  }
}

function asCell(cell: string | Cell): Cell {
  return typeof cell === 'string' ? { text: printable(cell) } : { ...cell, text: printable(cell.text) };
}

function columnWidths(rows: readonly (readonly Cell[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries())
      widths[index] = Math.max(widths[index] ?? 0, widthOf(cell.text));
  }
  return widths;
}

/** `Name   value` lines. */
export function renderFacts(
  facts: readonly (readonly [name: string, value: string])[],
  color: boolean,
): string {
  return renderTable(
    facts.map(([name, value]) => [{ text: name, paint: 'dim' }, value]),
    { color },
  );
}
