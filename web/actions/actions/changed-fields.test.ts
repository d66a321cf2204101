import { expect, it } from 'vitest';
import { differing, isNothing } from './changed-fields.ts';

interface Given {
  readonly name: string;
  readonly description: string | null;
  readonly rule: string;
}

it('says what is otherwise than it was, also that it is none now, and of nothing else', () => {
  const was: Given = { name: 'office', description: null, rule: 'tag:a' };
  expect(differing(was, { ...was })).toEqual({});
  expect(differing({ enrich: ['ssh'] }, { enrich: ['ssh'] })).toEqual({});
  expect(isNothing(differing(was, { ...was }))).toBe(true);
  const given: Given = { name: 'office', description: 'desks', rule: 'tag:b' };
  expect(differing(was, given)).toEqual({ description: 'desks', rule: 'tag:b' });
  expect(differing(given, was)).toEqual({ description: null, rule: 'tag:a' });
});
