import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toJson, writeDocumentWithList, writeList } from '#cli/output/json.js';
import type { Sink } from '#cli/program/io.js';

function recorder(): Sink & { text: string } {
  return {
    text: '',
    isTerminal: false,
    rewritable: false,
    columns: 80,
    color: false,
    async write(text) {
      this.text += text;
    },
  };
}

async function* brokenPages() {
  yield [];
  throw new Error('gone');
}

async function* pagesOf(...pages: unknown[][]) {
  yield* pages;
}

test('any value survives, in visible characters alone', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), fc.constantFrom(0, 2), (value, indent) => {
      const text = toJson(value, indent);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
});

test('a character beyond the basic plane is escaped as its pair', () => {
  expect(toJson('\u{E0041}')).toBe(String.raw`"\udb40\udc41"`);
});

test.each([
  [[[]], []],
  [
    [[], [1], [], [2, 3]],
    [1, 2, 3],
  ],
  [
    [[{ a: 1 }], [{ a: 2 }]],
    [{ a: 1 }, { a: 2 }],
  ],
])('the pages %j are one array, or one line each', async (pages, all) => {
  const [document, stream] = [recorder(), recorder()];
  await writeList(document, pagesOf(...pages), 'document');
  await writeList(stream, pagesOf(...pages), 'stream');
  expect(document.text).toBe(`${toJson(all)}\n`);
  const lines = stream.text.split('\n').slice(0, -1);
  expect(lines.map((line) => JSON.parse(line))).toEqual(all);
});

test('a list is the last member of its document, indented like the rest', async () => {
  for (const pages of [[], [[1], [2]], [[{ ip: 'a\nb', ports: [1, { s: {}, t: [] }] }], [], [{ ip: 'c' }]]]) {
    const sink = recorder();
    await writeDocumentWithList(
      sink,
      { id: 'x', n: { deep: '}' } },
      { name: 'hosts', pages: pagesOf(...pages) },
    );
    expect(sink.text).toBe(`${toJson({ id: 'x', n: { deep: '}' }, hosts: pages.flat() })}\n`);
  }
});

test('a list that cannot be had writes nothing', async () => {
  const sink = recorder();
  await expect(writeList(sink, brokenPages(), 'document')).rejects.toThrow('gone');
  expect(sink.text).toBe('');
});
