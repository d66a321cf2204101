type Row = readonly string[];

export function markdownTable(heads: Row, rows: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

export const generatedNote = (source: string) =>
  `<!-- Generated from ${source} by \`npm run docs\`. Do not edit. -->`;
