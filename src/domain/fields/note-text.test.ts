import { expect, it } from 'vitest';
import { checkNoteText, MAX_NOTE_CHARACTERS } from '#domain/fields/note-text.js';

it('keeps lines, and nothing at the edges', () => {
  expect(checkNoteText('  one\r\ntwo\rthree\t3 \n')).toBe('one\ntwo\nthree\t3');
  expect(checkNoteText('**not rendered**')).toBe('**not rendered**');
});

it.each(['', ' \n ', 'bell\u0007', 'x'.repeat(MAX_NOTE_CHARACTERS + 1)])('refuses %j', (text) => {
  expect(() => checkNoteText(text)).toThrow(expect.objectContaining({ code: 'invalid_request', at: 'note' }));
});
