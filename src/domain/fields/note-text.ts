import { ScanoramaError } from '#domain/errors/error.js';
import { characterCount } from '#domain/text/text-length.js';

export const MAX_NOTE_CHARACTERS = 4_000;

/** A note as it is kept: plain text of one or more lines. Throws `invalid_request`. */
export function checkNoteText(text: string): string {
  const note = text.replaceAll(/\r\n?/g, '\n').trim();
  const length = characterCount(note);
  if (length === 0) throw refused('A note needs some text.');
  if (length > MAX_NOTE_CHARACTERS) throw refused(`A note has at most ${MAX_NOTE_CHARACTERS} characters.`);
  if (/[^\P{Cc}\n\t]/u.test(note)) throw refused('A note must not contain control characters.');
  return note;
}

function refused(sentence: string): ScanoramaError {
  return new ScanoramaError('invalid_request', sentence, { at: 'note' });
}
