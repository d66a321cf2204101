import { ScanoramaError } from '#domain/errors/error.js';
import { quote } from '#domain/text/quote.js';
import { characterCount } from '#domain/text/text-length.js';

/** What people give names of this form to. */
export type LabelNoun = 'tag' | 'group' | 'owner';

export const MAX_LABEL_CHARACTERS = 64;
const LABEL = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._:/@+()&'#-]*$/u;

/** The name of a tag, group or owner, trimmed and composed (NFC). Throws `invalid_request`. */
export function checkLabelName(noun: LabelNoun, text: string): string {
  const name = text.normalize('NFC').trim();
  if (LABEL.test(name) && characterCount(name) <= MAX_LABEL_CHARACTERS) return name;
  throw new ScanoramaError('invalid_request', `${quote(name)} cannot be the name of ${aOrAn(noun)}.`, {
    at: noun,
    hint: `A name starts with a letter or digit and has up to ${MAX_LABEL_CHARACTERS} letters, digits, spaces and . _ : / @ + ( ) & ' # -`,
  });
}

function aOrAn(noun: LabelNoun): string {
  return noun === 'owner' ? 'an owner' : `a ${noun}`;
}

/** What two names have in common that differ in case alone: such names are the same. */
export function labelKey(name: string): string {
  return name.normalize('NFC').trim().toLowerCase();
}

/** The names without those that are the same as one before, in the order of their keys. */
export function distinctLabels(noun: LabelNoun, names: readonly string[]): readonly string[] {
  const byKey = new Map<string, string>();
  for (const name of names) {
    const checked = checkLabelName(noun, name);
    const key = labelKey(checked);
    if (!byKey.has(key)) byKey.set(key, checked);
  }
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, name]) => name);
}
