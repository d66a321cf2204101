import { labelKey } from '#domain/fields/label-name.js';

/** The texts between wildcards: `['web']` has none, `['web', '']` is whatever begins with web. Never empty. */
export type TextPattern = readonly string[];

/** Reads `web*`; a backslash makes the character after it an ordinary one. Inverse of `printPattern`. */
export function parsePattern(text: string): TextPattern {
  const parts: string[] = [];
  let part = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === '\\' && at + 1 < text.length) {
      at += 1;
      part += text[at] ?? '';
    } else if (character === '*') {
      parts.push(part);
      part = '';
    } else part += character;
  }
  parts.push(part);
  // Wildcards side by side are one.
  return parts.filter((between, at) => between !== '' || at === 0 || at === parts.length - 1);
}

export function printPattern(pattern: TextPattern): string {
  return pattern.map((part) => part.replaceAll(/[\\*"]/g, String.raw`\$&`)).join('*');
}

/**
 * Letters of ASCII in lower case: the one fold of case that PostgreSQL makes alike whatever its locale, as
 * `lower(… COLLATE "C")`.
 */
export function foldCase(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Whether the pattern is all of the name of a tag, group or owner. */
export function matchesLabel(pattern: TextPattern, name: string): boolean {
  return matchesFully(labelPattern(pattern), labelKey(name));
}

/** The pattern that is compared with keys of labels. */
export function labelPattern(pattern: TextPattern): TextPattern {
  return pattern.map((part) => part.normalize('NFC').toLowerCase());
}

/** Whether the pattern is all of the text. */
export function matchesFully(pattern: TextPattern, text: string): boolean {
  const [first = '', ...rest] = pattern.map(foldCase);
  const folded = foldCase(text);
  const last = rest.pop();
  if (last === undefined) return folded === first;
  if (!folded.startsWith(first)) return false;
  let from = first.length;
  for (const part of rest) {
    const found = folded.indexOf(part, from);
    if (found === -1) return false;
    from = found + part.length;
  }
  return folded.length - last.length >= from && folded.endsWith(last);
}

/** Whether a pattern without wildcards is anywhere in the text; one with them must be all of it. */
export function matchesAnywhere(pattern: TextPattern, text: string): boolean {
  const [only = '', ...rest] = pattern;
  return rest.length === 0 ? foldCase(text).includes(foldCase(only)) : matchesFully(pattern, text);
}
