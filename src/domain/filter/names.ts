import { parseRange } from '#domain/addresses/address-range.js';
import type { FieldType } from '#domain/fields/custom-field.js';
import { labelKey } from '#domain/fields/label-name.js';
import type { WrittenComparison, WrittenOperator } from '#domain/filter/comparison.js';
import { type FilterPlace, filterError, namesNothingError } from '#domain/filter/error.js';
import { findField, ownFieldName } from '#domain/filter/fields.js';
import { comparisonsOf, type Filter } from '#domain/filter/filter.js';
import { parsePattern } from '#domain/filter/pattern.js';
import { readFilter } from '#domain/filter/read.js';
import { isFault, parseAmount } from '#domain/filter/value.js';
import { closestName } from '#domain/text/nearest-word.js';
import { quote } from '#domain/text/quote.js';

/** What a filter can name that people made. */
export const NAMED_KINDS = ['network', 'site', 'tag', 'group', 'owner', 'field'] as const;
export type NamedKind = (typeof NAMED_KINDS)[number];

/** Something that people made and named. */
export interface Named {
  readonly field: NamedKind;
  readonly name: string;
}

/** Whether a filter names it; one with a `*` in its place does not. */
export function isNamedIn(filter: Filter, { field, name }: Named): boolean {
  return comparisonsOf(filter).some((comparison) => {
    if (comparison.field !== field) return false;
    if (field === 'field') return comparison.own === name;
    return comparison.values.some(
      (value) =>
        value.type === 'text' &&
        value.pattern.length === 1 &&
        labelKey(value.pattern[0] ?? '') === labelKey(name),
    );
  });
}

/** Something that a filter names, and where. */
export interface WrittenName {
  readonly kind: NamedKind;
  readonly name: string;
  readonly place: FilterPlace;
}

/** That a field is compared with more or less than a value. */
export interface WrittenOrder {
  /** The name of the field. */
  readonly own: string;
  readonly operator: WrittenOperator;
  readonly operatorPlace: FilterPlace;
  readonly value: string;
  readonly valuePlace: FilterPlace;
}

/** What only the database knows of a filter: whether there is what it names, and whether its fields have an order. */
export interface WrittenNames {
  readonly names: readonly WrittenName[];
  readonly orders: readonly WrittenOrder[];
}

/** Names with a `*` are looked for, and name nothing; a filter may have been stored before. Throws what `readFilter` throws, and for what no network can be. */
export function namesIn(text: string): WrittenNames {
  const written: WrittenComparison[] = [];
  readFilter(text, { onComparison: (comparison) => written.push(comparison), isStored: true });
  return { names: written.flatMap(namesOf), orders: written.flatMap(ordersOf) };
}

function namesOf({ field, values, placeOf }: WrittenComparison): readonly WrittenName[] {
  const own = ownFieldName(field);
  if (own !== undefined) return [{ kind: 'field', name: own, place: placeOf('field') }];
  const kind = NAMED_KINDS.find((known) => known === findField(field)?.name);
  if (kind === undefined) return [];
  return values.flatMap((value, index) => {
    const [name = '', ...rest] = parsePattern(value);
    if (rest.length > 0) return [];
    const place = placeOf(index);
    if (kind !== 'network' || !name.includes('/')) return [{ kind, name, place }];
    if (parseRange(name) === undefined) throw noNetwork(name, place);
    // A network that is said by its CIDR need not be stored.
    return [];
  });
}

/** No network has a slash in its name, unless it is called by its CIDR. */
function noNetwork(text: string, place: FilterPlace) {
  return filterError(place, {
    problem: `${quote(text)} is not a network`,
    hint: 'Write a network such as 198.18.0.0/24, or the name of a stored one, which has no slash.',
  });
}

const HAS_ORDER = /^[<>]/;

function ordersOf({ field, operator, values, placeOf }: WrittenComparison): readonly WrittenOrder[] {
  const own = ownFieldName(field);
  const [value] = values;
  if (own === undefined || value === undefined || !HAS_ORDER.test(operator)) return [];
  return [{ own, operator, operatorPlace: placeOf('operator'), value, valuePlace: placeOf(0) }];
}

/** `known`: the names of that kind that there are, or the first of them. */
export function unknownName({ kind, name, place }: WrittenName, known: readonly string[]) {
  const nearest = nearestName(name, known);
  return namesNothingError(place, {
    problem: `there is no ${kind} called ${quote(name)}`,
    hint: nearest === undefined ? restOfHint(kind, known) : `Did you mean ${quote(nearest)}?`,
  });
}

/** The one of these names that was most likely meant, whatever its case. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const byKey = new Map(known.map((one) => [one.toLowerCase(), one]));
  return byKey.get(closestName(name, [...byKey.keys()]) ?? '');
}

/** More names than this are no hint any more. */
const MAX_NAMES_SHOWN = 8;

function restOfHint(kind: NamedKind, known: readonly string[]): string {
  if (known.length === 0) return `There is no ${kind} yet.`;
  if (known.length <= MAX_NAMES_SHOWN)
    return `The ${known.length === 1 ? `only ${kind} is` : `${kind}s are`} ${known.join(', ')}.`;
  return `\`scanorama ${kind}s list\` shows what there is; a * stands for any letters.`;
}

/** Throws `invalid_filter` where a field has no order, or the value is not of its kind. */
export function assertOrdered(order: WrittenOrder, type: FieldType): void {
  const { own, operator, operatorPlace, value, valuePlace } = order;
  if (type !== 'number' && type !== 'date')
    throw filterError(operatorPlace, {
      problem: `the field ${own} holds ${HELD[type]} and cannot be compared with ${operator}`,
      hint: `It is compared with : or !=, as in field.${own}:${quoted(value)}. Fields of numbers and of days are compared with <, <=, > and >= too.`,
    });
  const amount = parseAmount(value);
  if (isFault(amount) || amount.type === (type === 'number' ? 'amount' : 'day')) return;
  throw filterError(valuePlace, {
    problem: `${quote(value)} is not ${type === 'number' ? 'a number' : 'a day'}, which the field ${own} holds`,
    hint: type === 'number' ? 'Write a number such as 7.5.' : 'Write a day such as 2026-11-25.',
  });
}

const HELD: Readonly<Record<FieldType, string>> = {
  text: 'text',
  number: 'numbers',
  date: 'days',
  flag: 'yes or no',
  choice: 'one of its choices',
};

const quoted = (value: string) => (/^[\w.-]+$/.test(value) ? value : `"${value}"`);
