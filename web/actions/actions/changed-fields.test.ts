import { expect, it } from 'vitest';
import { differing, isNothing } from './changed-fields.ts';

interface Said {
  readonly name: string;
  readonly description: string | null;
  readonly rule: string;
}

it('says what is otherwise than it was, also that it is none now, and of nothing else', () => {
  const was: Said = { name: 'office', description: null, rule: 'tag:a' };
  expect(differing(was, { ...was })).toEqual({});
  expect(differing({ collect: ['ssh'] }, { collect: ['ssh'] })).toEqual({});
  expect(isNothing(differing(was, { ...was }))).toBe(true);
  const said: Said = { name: 'office', description: 'desks', rule: 'tag:b' };
  expect(differing(was, said)).toEqual({ description: 'desks', rule: 'tag:b' });
  expect(differing(said, was)).toEqual({ description: null, rule: 'tag:a' });
});
