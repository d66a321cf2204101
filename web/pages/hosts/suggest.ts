import { OPERATORS_OF } from '#domain/filter/field-spec.js';
import { FIELDS, type Field, findField } from '#domain/filter/fields.js';

export interface Suggestion {
  /** What takes the place of the word that is being typed. */
  readonly text: string;
  readonly detail: string;
}
export interface Suggestions {
  /** Where that word begins, in UTF-16 units from 0. */
  readonly from: number;
  readonly options: readonly Suggestion[];
}

const MAX_OPTIONS = 8;
const SPANS = [
  ['1h', 'an hour ago'],
  ['24h', 'a day ago'],
  ['7d', 'a week ago'],
  ['30d', 'thirty days ago'],
] as const;
const COMPARISON = /^(?<name>[a-z_]+)(?<operator>!=|<=|>=|[:=<>])(?<values>[^"]*)$/i;

/** How the word before the cursor may go on: a field, or a value of the field that was written. */
export function suggestAt(text: string, cursor: number): Suggestions {
  const before = text.slice(0, cursor);
  const isQuoted = before.replaceAll(/\\./gs, '').split('"').length % 2 === 0;
  const from = before.search(/[^\s(]*$/);
  const raw = before.slice(from);
  if (isQuoted || raw.includes('"')) return { from, options: [] };
  const written = COMPARISON.exec(raw)?.groups;
  const options = written === undefined ? fieldsLike(raw) : valuesLike(written);
  return { from, options: options.filter((option) => option.text !== raw).slice(0, MAX_OPTIONS) };
}

/** As one usually begins with it: `status:`, `last_seen<`. */
const begun = (field: Field) =>
  field.type === 'own' ? `${field.name}.` : `${field.name}${OPERATORS_OF[field.type][0]}`;

function fieldsLike(raw: string): readonly Suggestion[] {
  const start = raw.toLowerCase();
  return FIELDS.filter(({ name, aliases }) =>
    [name, ...aliases].some((known) => known.startsWith(start)),
  ).map((field) => ({ text: begun(field), detail: `${field.description}: ${field.example}` }));
}

function valuesLike({
  name = '',
  operator = '',
  values = '',
}: Readonly<Record<string, string>>): readonly Suggestion[] {
  const field = findField(name);
  if (field === undefined) return [];
  const last = values.lastIndexOf(',') + 1;
  const [kept, start] = [values.slice(0, last), values.slice(last).toLowerCase()];
  const text = (value: string) => `${name}${operator}${kept}${value}`;
  if (field.type === 'term')
    return field.terms
      .filter((known) => known.startsWith(start))
      .map((known) => ({ text: text(known), detail: field.description }));
  if (field.type !== 'time') return [];
  return SPANS.filter(([span]) => span.startsWith(start)).map(([span, detail]) => ({
    text: text(span),
    detail,
  }));
}
