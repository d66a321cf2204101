import { expect, it } from 'vitest';
import { namesIn } from './names-in.ts';

it.each([
  ['web, db ,,', ['web', 'db']],
  ['  ', []],
  ['one two', ['one two']],
])('%j', (text, names) => {
  expect(namesIn(text)).toEqual(names);
});
