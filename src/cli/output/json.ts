import type { Sink } from '#cli/program/io.js';

const INDENT = '  ';

/** Characters that JSON allows raw and a terminal may obey or hide. */
const RISKY = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** JSON of the same value in visible characters alone. `indent` of 0 keeps it on one line. */
export function toJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent).replace(RISKY, (character) =>
    character === '\n' ? character : escaped(character),
  );
}

function escaped(character: string): string {
  let text = '';
  for (let index = 0; index < character.length; index += 1) {
    text += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }
  return text;
}

export async function writeDocument(sink: Sink, value: unknown): Promise<void> {
  await sink.write(`${toJson(value)}\n`);
}

/** A list of any length as one array, or (`stream`) as an item a line and nothing else. */
export async function writeList(
  sink: Sink,
  pages: AsyncIterable<readonly unknown[]>,
  mode: 'document' | 'stream',
): Promise<void> {
  if (mode === 'document') {
    await writeItems(sink, pages, { before: '[', after: ']\n', indent: '' });
    return;
  }
  for await (const page of pages) {
    if (page.length > 0) await sink.write(page.map((item) => `${toJson(item, 0)}\n`).join(''));
  }
}

/** An object whose last member is a list of any length: it is written page by page and never held whole. */
export async function writeDocumentWithList(
  sink: Sink,
  head: Readonly<Record<string, unknown>>,
  list: { readonly name: string; readonly pages: AsyncIterable<readonly unknown[]> },
): Promise<void> {
  const members = toJson(head).replace(/\s*\}$/, '');
  const before = `${members},\n${INDENT}${toJson(list.name)}: [`;
  await writeItems(sink, list.pages, { before, after: ']\n}\n', indent: INDENT });
}

/**
 * As `toJson` would write the whole, line for line. Nothing is written before the first page is there: a list
 * that cannot be had leaves no torn document.
 */
async function writeItems(
  sink: Sink,
  pages: AsyncIterable<readonly unknown[]>,
  frame: { readonly before: string; readonly after: string; readonly indent: string },
): Promise<void> {
  // Raw line ends are only ever between the members of an item: in text they are escaped.
  const write = (item: unknown) => toJson(item).replaceAll(/^/gm, `${frame.indent}${INDENT}`);
  let joint = `${frame.before}\n`;
  for await (const page of pages) {
    if (page.length === 0) continue;
    await sink.write(`${joint}${page.map(write).join(',\n')}`);
    joint = ',\n';
  }
  await sink.write(joint === ',\n' ? `\n${frame.indent}${frame.after}` : `${frame.before}${frame.after}`);
}
