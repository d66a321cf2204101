import { ScanoramaError } from '#domain/errors/error.js';
import { quote } from '#domain/text/quote.js';
import { characterCount } from '#domain/text/text-length.js';

export const FIELD_TYPES = ['text', 'number', 'date', 'flag', 'choice'] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

export const MAX_FIELD_VALUE_CHARACTERS = 500;
export const MAX_FIELD_CHOICES = 100;
const FIELD_NAME = /^[a-z][a-z0-9_-]{0,63}$/;

/** A field that an installation has defined for its hosts. */
export interface CustomField {
  readonly name: string;
  readonly type: FieldType;
  /** What a value may be; null but for a choice. */
  readonly choices: readonly string[] | null;
}

/** Whether a field can be called so; the name is in lower case. */
export function isFieldName(name: string): boolean {
  return FIELD_NAME.test(name);
}

/** The name of a field, which filters call `field.NAME`; in lower case. Throws `invalid_request`. */
export function checkFieldName(text: string): string {
  const name = text.trim().toLowerCase();
  if (isFieldName(name)) return name;
  throw new ScanoramaError('invalid_request', `${quote(text)} cannot be the name of a field.`, {
    at: 'name',
    hint: 'A name starts with a letter and has up to 64 letters, digits, hyphens and underscores.',
  });
}

/** The choices of a field, without those given twice. Throws `invalid_request`. */
export function checkChoices(texts: readonly string[]): readonly string[] {
  const choices = [...new Set(texts.map((text) => text.normalize('NFC').trim()))];
  const isGood = choices.every((choice) => isLine(choice) && !choice.includes(','));
  if (choices.length >= 1 && choices.length <= MAX_FIELD_CHOICES && isGood) return choices;
  throw new ScanoramaError('invalid_request', 'These cannot be the choices of a field.', {
    at: 'choices',
    hint: `A choice field has 1 to ${MAX_FIELD_CHOICES} choices: words without commas, at most ${MAX_FIELD_VALUE_CHARACTERS} characters each.`,
  });
}

function isLine(text: string): boolean {
  return text !== '' && characterCount(text) <= MAX_FIELD_VALUE_CHARACTERS && !/\p{Cc}/u.test(text);
}

/** A value as it is kept, one spelling for each: `007.50` is `7.5`, `yes` is `true`. Throws `invalid_request`. */
export function checkFieldValue(field: CustomField, text: string): string {
  const value = readers[field.type](text.normalize('NFC').trim(), field);
  if (value !== undefined) return value;
  throw new ScanoramaError('invalid_request', `${quote(text)} is no value of the field ${field.name}.`, {
    at: field.name,
    hint: `It takes ${valueHint(field)}.`,
  });
}

/** The type of a field in words, for who writes a value. */
function valueHint({ type, choices }: CustomField): string {
  if (type === 'choice') return `one of ${(choices ?? []).join(', ')}`;
  return VALUE_HINTS[type];
}

const VALUE_HINTS: Readonly<Record<Exclude<FieldType, 'choice'>, string>> = {
  text: `text of one line, at most ${MAX_FIELD_VALUE_CHARACTERS} characters`,
  number: 'a decimal number such as 12 or -0.5',
  date: 'a day such as 2026-11-25',
  flag: 'yes or no',
};

const readers: Readonly<Record<FieldType, (text: string, field: CustomField) => string | undefined>> = {
  text: (text) => (isLine(text) ? text : undefined),
  number: readNumber,
  date: readDay,
  flag: readFlag,
  choice: (text, { choices }) => choices?.find((choice) => choice.toLowerCase() === text.toLowerCase()),
};

/** A decimal number in its one spelling; undefined for anything else. */
export function readNumber(text: string): string | undefined {
  const match = /^(?<sign>[+-]?)0*(?<integer>\d{1,15}?)(?:\.(?<part>\d{1,9}?)0*)?$/.exec(text);
  if (match?.groups === undefined) return undefined;
  const { sign, integer = '0', part } = match.groups;
  const digits = part === undefined || /^0*$/.test(part) ? integer : `${integer}.${part}`;
  return sign === '-' && digits !== '0' ? `-${digits}` : digits;
}

/** A day of the calendar; undefined for anything else. */
export function readDay(text: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text.startsWith('0000')) return undefined;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text) ? text : undefined;
}

const FLAG_TEXTS: ReadonlyMap<string, string> = new Map([
  ['true', 'true'],
  ['yes', 'true'],
  ['on', 'true'],
  ['false', 'false'],
  ['no', 'false'],
  ['off', 'false'],
]);

function readFlag(text: string): string | undefined {
  return FLAG_TEXTS.get(text.toLowerCase());
}
