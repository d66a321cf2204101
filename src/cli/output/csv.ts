import { printable } from '#cli/output/text.js';

/** What a spreadsheet would take for a formula. */
const FORMULA = /^[=+\-@]/;

/** One line of RFC 4180 text. Text is made visible, and one that a spreadsheet would run is quoted for it. */
export function csvLine(fields: readonly (string | number | null)[]): string {
  return `${fields.map(csvField).join(',')}\n`;
}

function csvField(field: string | number | null): string {
  if (field === null) return '';
  if (typeof field === 'number') return String(field);
  const shown = printable(field);
  const safe = FORMULA.test(shown) ? `'${shown}` : shown;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
