import { type FilterFault, type FilterPlace, filterError } from '#domain/filter/error.js';
import { type FieldSpec, OPERATORS, OPERATORS_OF, type Operator } from '#domain/filter/field-spec.js';
import { FIELDS, type FieldName, findField, nearestField, ownFieldName } from '#domain/filter/fields.js';
import { anyOf, type Comparison, type Filter, negate } from '#domain/filter/filter.js';
import { type FieldValue, isFault, parseAmount, parseValue } from '#domain/filter/value.js';
import { quote } from '#domain/text/quote.js';

/** Operators as they are written. */
export const WRITTEN_OPERATORS = [...OPERATORS, '!='] as const;
export type WrittenOperator = (typeof WRITTEN_OPERATORS)[number];

/** A part of a comparison; a number is that of a value. */
export type ComparisonPart = 'field' | 'operator' | number;

/** A comparison as it was written, in the text or in the JSON form, and where each part of it is. */
export interface WrittenComparison {
  readonly field: string;
  readonly operator: WrittenOperator;
  /** Without the quotes around them; at least one. */
  readonly values: readonly string[];
  readonly placeOf: (part: ComparisonPart) => FilterPlace;
}

export interface FilterReading {
  /** Who wants to know what a filter was read from is told of every comparison that can be read. */
  readonly onComparison?: (written: WrittenComparison) => void;
  /** It was stored before. A time of day without a zone is UTC in it, as it was when it could be written so. */
  readonly isStored?: boolean;
}

/** Throws the error of `filterError`. */
export function readComparison(
  comparison: WrittenComparison,
  { onComparison, isStored = false }: FilterReading,
): Filter {
  const filter = meaningOf(comparison, isStored);
  onComparison?.(comparison);
  return filter;
}

function meaningOf(
  { field: name, operator: written, values, placeOf }: WrittenComparison,
  isStored: boolean,
): Filter {
  const fail = (part: ComparisonPart, fault: FilterFault): never => {
    throw filterError(placeOf(part), fault);
  };
  const field = findField(name);
  if (field === undefined) return fail('field', unknownField(name));
  const own = ownFieldName(name);
  if (field.type === 'own' && own === undefined)
    return fail('field', {
      problem: 'it is not said which field',
      hint: 'Write field.NAME, as in field.rack:7.',
    });
  const operator = operatorOf(field, written);
  if (operator === undefined)
    return fail('operator', {
      problem: `${field.name} cannot be compared with ${written}`,
      hint: usageOf(field),
    });
  if (operator !== ':' && operator !== '=' && values.length > 1)
    return fail(1, { problem: `${written} compares with one value alone`, hint: usageOf(field) });
  const read = values.map((text, index): FieldValue => {
    const value =
      field.type === 'own' && operator !== ':' ? parseAmount(text) : parseValue(field, text, isStored);
    return isFault(value) ? fail(index, value) : value;
  });
  const comparison = comparisonOf({
    field: field.name,
    operator,
    values: read,
    ...(own === undefined ? {} : { own }),
  });
  return written === '!=' ? negate(comparison) : comparison;
}

/** Where a network is said by its addresses, it is these that are asked for. */
function comparisonOf({ values, ...comparison }: Omit<Comparison, 'kind'>): Filter {
  const [addresses, others] = [true, false].map((isAddress) =>
    values.filter(({ type }) => (type === 'address') === isAddress),
  );
  if (comparison.field !== 'network' || addresses?.[0] === undefined)
    return { kind: 'comparison', ...comparison, values };
  const ofAddresses: Comparison = { kind: 'comparison', field: 'address', operator: ':', values: addresses };
  return others?.[0] === undefined
    ? ofAddresses
    : anyOf([{ kind: 'comparison', ...comparison, values: others }, ofAddresses]);
}

function operatorOf({ type }: FieldSpec, written: WrittenOperator): Operator | undefined {
  const known = OPERATORS_OF[type];
  const wanted = written === '!=' ? '=' : written;
  const meant = wanted === '=' && !known.includes('=') ? ':' : wanted;
  return known.find((operator) => operator === meant);
}

function usageOf(field: FieldSpec): string {
  const known = OPERATORS_OF[field.type];
  const last = known.at(-1) ?? ':';
  const list = known.length === 1 ? last : `${known.slice(0, -1).join(', ')} or ${last}`;
  return `It is compared with ${list}, as in ${field.example}.`;
}

function unknownField(name: string): FilterFault {
  const nearest = nearestField(name);
  return {
    problem: `there is no field ${quote(name)}`,
    hint:
      nearest === undefined ? `The fields are ${allFieldNames().join(', ')}.` : `Did you mean ${nearest}?`,
  };
}

function allFieldNames(): readonly FieldName[] {
  return FIELDS.map(({ name }) => name);
}
