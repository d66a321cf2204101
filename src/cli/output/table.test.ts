import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { renderFacts, renderTable } from '#cli/output/table.js';

test('columns are aligned, numbers at the right, no blanks at the end', () => {
  const rows = [
    ['a', '1', 'x'],
    ['long name', '1,000', ''],
  ];
  expect(renderTable(rows, { color: false, heads: ['NAME', 'N', 'REST'], right: [1] })).toBe(
    ['NAME           N  REST', 'a              1  x', 'long name  1,000', ''].join('\n'),
  );
});

test('color does not change the layout', () => {
  const rows = [
    [{ text: 'up', paint: 'green' as const }, 'b'],
    ['unknown', 'c'],
  ];
  const colored = renderTable(rows, { color: true, heads: ['S', 'T'] });
  expect(colored).toContain('\u001b[32mup\u001b[39m');
  expect(stripVTControlCharacters(colored)).toBe(renderTable(rows, { color: false, heads: ['S', 'T'] }));
});

test('a hostile cell stays in its line and steers nothing', () => {
  const text = renderTable([['evil\u001b[2J\nname', { text: 'x\u0007', paint: 'red' }]], { color: false });
  expect(text).toBe('evil\u{FFFD}[2J\u{FFFD}name  x\u{FFFD}\n');
});

test('wide characters count as two cells', () => {
  expect(
    renderTable(
      [
        ['東京', 'x'],
        ['abcd', 'y'],
      ],
      { color: false },
    ),
  ).toBe('東京  x\nabcd  y\n');
});

test('no rows are nothing, not even heads', () => {
  expect(renderTable([], { color: false, heads: ['A'] })).toBe('');
});

test('facts are printed beside their names, indented on request', () => {
  expect(
    renderFacts(
      [
        ['Id', '1'],
        ['Status', 'up'],
      ],
      false,
    ),
  ).toBe('Id      1\nStatus  up\n');
  expect(renderTable([['a', 'b']], { color: false, indent: 2 })).toBe('  a  b\n');
});
