import type { Operator } from '#domain/filter/field-spec.js';
import type { FieldName } from '#domain/filter/fields.js';
import type { TextPattern } from '#domain/filter/pattern.js';
import type { FieldValue } from '#domain/filter/value.js';

/** Of the text, and of the JSON form as text: what fits into the address of a request. */
export const MAX_FILTER_CHARACTERS = 4_096;
/** How deep groups and negations may stand in each other. */
export const MAX_FILTER_DEPTH = 16;
/** Words and values together: each is a condition of its own in the database. */
export const MAX_FILTER_TERMS = 200;

/** Any one of the values holds. */
export interface Comparison {
  readonly kind: 'comparison';
  readonly field: FieldName;
  readonly operator: Operator;
  readonly values: readonly FieldValue[];
  /** Of `field`, which: `rack` of `field.rack`. */
  readonly own?: string;
}
/** A part of the address or of a name. */
export interface TermMatch {
  readonly kind: 'term';
  readonly pattern: TextPattern;
}

/**
 * What hosts are asked to be. Made by `allOf`, `anyOf` and `negate` alone, so that one meaning has one form: no group
 * stands directly in a group of its kind, none has fewer than two parts, and nothing is negated twice.
 */
export type Filter =
  | { readonly kind: 'all'; readonly parts: readonly Filter[] }
  | { readonly kind: 'any'; readonly parts: readonly Filter[] }
  | { readonly kind: 'not'; readonly part: Filter }
  | Comparison
  | TermMatch;

/** Every one of them holds; at least one must be given. Throws RangeError. */
export function allOf(filters: readonly Filter[]): Filter {
  return group('all', filters);
}

/** One of them holds; at least one must be given. Throws RangeError. */
export function anyOf(filters: readonly Filter[]): Filter {
  return group('any', filters);
}

function group(kind: 'all' | 'any', filters: readonly Filter[]): Filter {
  const parts = filters.flatMap((filter) => (filter.kind === kind ? filter.parts : [filter]));
  const [first, second] = parts;
  if (first === undefined) throw new RangeError('a group of a filter has at least one part');
  return second === undefined ? first : { kind, parts };
}

/** `field:value`. */
export function fieldIs(field: FieldName, value: FieldValue): Filter {
  return { kind: 'comparison', field, operator: ':', values: [value] };
}

export function negate(filter: Filter): Filter {
  return filter.kind === 'not' ? filter.part : { kind: 'not', part: filter };
}

/** Whether it says something of a field, whatever that is. */
export function probesFor(filter: Filter, name: FieldName): boolean {
  return comparisonsOf(filter).some(({ field }) => field === name);
}

/** The comparisons in it, in their order. */
export function comparisonsOf(filter: Filter): readonly Comparison[] {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return filter.parts.flatMap(comparisonsOf);
    case 'not':
      return comparisonsOf(filter.part);
    case 'comparison':
      return [filter];
    default:
      return [];
  }
}
