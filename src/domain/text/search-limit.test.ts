import { expect, test } from 'vitest';
import { MAX_MORE_COUNTED, moreText, shownOf } from '#domain/text/search-limit.js';

const kinds = (count: number, kind: string) => Array.from({ length: count }, () => ({ kind }));

test('of each kind as many are shown as may be, and the others are counted', () => {
  const { shown, more } = shownOf([...kinds(3, 'host'), ...kinds(2, 'tag'), ...kinds(1, 'host')], 2);
  expect(shown).toEqual([...kinds(2, 'host'), ...kinds(2, 'tag')]);
  expect(more).toEqual([{ kind: 'host', count: 2 }]);
  expect(moreText(more)).toBe('And 2 more hosts');
});

test('more than are counted are told as at least so many', () => {
  const { more } = shownOf(kinds(MAX_MORE_COUNTED + 9, 'scan'), 5);
  expect(moreText([{ kind: 'host', count: 1 }, ...more])).toBe('And 1 more host, at least 100 more scans');
});

test('nothing is told where all is shown', () => {
  expect(moreText(shownOf(kinds(2, 'host'), 2).more)).toBeUndefined();
});
