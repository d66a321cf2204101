import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OPERATORS_OF } from '#domain/filter/field-spec.js';
import { FIELDS } from '#domain/filter/fields.js';
import { parseFilter } from '#domain/filter/parse.js';
import { KEYWORDS } from '#domain/filter/tokens.js';

const DOCUMENT = join(import.meta.dirname, '..', '..', '..', 'docs', 'filter.md');

const code = (texts: readonly string[]) => texts.map((text) => `\`${text}\``).join(' ');

function table(): string {
  const rows = FIELDS.map((field) => {
    const terms = 'terms' in field ? `: ${code(field.terms)}` : '';
    const cells = [
      code([field.name]),
      code(field.aliases),
      `${field.description}${terms}`,
      code(OPERATORS_OF[field.type]),
      code([field.example]),
      field.inPast ? 'yes' : 'no',
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| field | alias | matches | compared with | example | with as_of |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

test('the documentation has the table of fields as it is', () => {
  const [, documented] = /<!-- fields -->\n(.*?)\n<!-- end -->/s.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
  expect(documented).toBe(table());
});

test('every filter in the documentation can be read', () => {
  const examples = [...readFileSync(DOCUMENT, 'utf8').matchAll(/^ {4}(?!scanorama|curl|\{)(.+)$/gm)].map(
    ([, text]) => text ?? '',
  );
  expect(examples.length).toBeGreaterThan(3);
  for (const text of examples) expect(() => parseFilter(text)).not.toThrow();
});

test('no name of a field is taken twice or means something else, and each example is of its field', () => {
  const names: readonly string[] = FIELDS.flatMap(({ name, aliases }) => [name, ...aliases]);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !/^[a-z][a-z_]*$/.test(name))).toEqual([]);
  expect(names.filter((name) => KEYWORDS.some((term) => term === name))).toEqual([]);
  for (const { name, example } of FIELDS) {
    const filter = parseFilter(example);
    const comparison = filter.kind === 'not' ? filter.part : filter;
    expect(comparison).toMatchObject({ kind: 'comparison', field: name });
  }
});
