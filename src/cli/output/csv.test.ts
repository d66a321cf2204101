import { expect, test } from 'vitest';
import { csvLine } from '#cli/output/csv.js';

test.each<[Parameters<typeof csvLine>[0], string]>([
  [['a', 1, null, ''], 'a,1,,\n'],
  [['a,b', 'use "x"'], '"a,b","use ""x"""\n'],
  [['=1+1', '+a', '-a', '@a', 'a=b'], "'=1+1,'+a,'-a,'@a,a=b\n"],
  [[-1], '-1\n'],
  [['two\nlines', 'tab\t'], 'two\u{FFFD}lines,tab\u{FFFD}\n'],
  [['=HYPERLINK("x")'], '"\'=HYPERLINK(""x"")"\n'],
])('%j', (fields, line) => {
  expect(csvLine(fields)).toBe(line);
});
