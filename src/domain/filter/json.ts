import {
  type FilterReading,
  readComparison,
  WRITTEN_OPERATORS,
  type WrittenComparison,
} from '#domain/filter/comparison.js';
import { type FilterFault, type FilterPlace, filterError } from '#domain/filter/error.js';
import {
  allOf,
  anyOf,
  type Filter,
  MAX_FILTER_DEPTH,
  MAX_FILTER_TERMS,
  negate,
} from '#domain/filter/filter.js';
import { parsePattern, printPattern } from '#domain/filter/pattern.js';
import { fieldText } from '#domain/filter/print.js';
import { printValue, unusable } from '#domain/filter/value.js';
import { clip, quote } from '#domain/text/quote.js';

/** The JSON form. Values and words are written as in the text form, without the quotes around them. */
export type FilterJson =
  | { readonly and: readonly FilterJson[] }
  | { readonly or: readonly FilterJson[] }
  | { readonly not: FilterJson }
  | { readonly field: string; readonly operator: string; readonly values: readonly string[] }
  | { readonly term: string };

export function filterToJson(filter: Filter): FilterJson {
  switch (filter.kind) {
    case 'all':
      return { and: filter.parts.map(filterToJson) };
    case 'any':
      return { or: filter.parts.map(filterToJson) };
    case 'not':
      return { not: filterToJson(filter.part) };
    case 'comparison':
      return { field: fieldText(filter), operator: filter.operator, values: filter.values.map(printValue) };
    default:
      return { term: printPattern(filter.pattern) };
  }
}

/** Reads the JSON form, whatever was given for it. Throws the error of `filterError` with the path of what is wrong. */
export function filterOfJson(value: unknown, reading: FilterReading = {}): Filter {
  return new JsonReader(reading).read(value, { path: '$', depth: 0 });
}

interface Place {
  readonly path: string;
  readonly depth: number;
}

const SHAPES =
  'Write {"and": […]}, {"or": […]}, {"not": …}, {"term": "…"} or {"field": "port", "operator": ":", "values": ["443"]}.';

class JsonReader {
  readonly #reading: FilterReading;
  #terms = 0;

  constructor(reading: FilterReading) {
    this.#reading = reading;
  }

  read(value: unknown, { path, depth }: Place): Filter {
    const members = membersOf(value);
    if (members === undefined)
      throw wrong(path, value, { problem: 'this is no part of a filter', hint: SHAPES });
    if (depth > MAX_FILTER_DEPTH)
      throw wrong(path, '', { problem: `it is nested deeper than ${MAX_FILTER_DEPTH} levels here` });
    const below = (key: string): Place => ({ path: `${path}.${key}`, depth: depth + 1 });
    const [key = '', ...others] = members.keys();
    if (others.length === 0) {
      const inner = members.get(key);
      if (key === 'and') return allOf(this.#parts(inner, below(key)));
      if (key === 'or') return anyOf(this.#parts(inner, below(key)));
      if (key === 'not') return negate(this.read(inner, below(key)));
      if (key === 'term') return this.#term(inner, `${path}.term`);
    }
    return this.#comparison(members, path);
  }

  #parts(value: unknown, { path, depth }: Place): Filter[] {
    if (!Array.isArray(value) || value.length === 0)
      throw wrong(path, value, { problem: 'a list with at least one part is needed', hint: SHAPES });
    return value.map((part: unknown, index) => this.read(part, { path: `${path}[${index}]`, depth }));
  }

  #count(path: string, terms: number): void {
    this.#terms += terms;
    if (this.#terms > MAX_FILTER_TERMS)
      throw wrong(path, '', { problem: `it has more than ${MAX_FILTER_TERMS} words and values` });
  }

  #term(value: unknown, path: string): Filter {
    this.#count(path, 1);
    if (typeof value !== 'string') throw wrong(path, value, { problem: 'a text is needed', hint: SHAPES });
    const problem = unusable(value);
    if (problem !== undefined) throw wrong(path, value, { problem: `${quote(value)} ${problem}` });
    return { kind: 'term', pattern: parsePattern(value) };
  }

  #comparison(members: ReadonlyMap<string, unknown>, path: string): Filter {
    const strange = [...members.keys()].find((key) => !['field', 'operator', 'values'].includes(key));
    if (strange !== undefined)
      throw wrong(path, strange, { problem: `${quote(strange)} does not belong here`, hint: SHAPES });
    const [field, operator, values] = ['field', 'operator', 'values'].map((key) => members.get(key));
    const known = WRITTEN_OPERATORS.find((written) => written === (operator ?? ':'));
    if (typeof field !== 'string')
      throw wrong(`${path}.field`, field, { problem: 'the name of a field is needed', hint: SHAPES });
    if (known === undefined) {
      const problem = 'this is no operator';
      throw wrong(`${path}.operator`, operator, {
        problem,
        hint: `It is one of ${WRITTEN_OPERATORS.join(' ')}.`,
      });
    }
    if (!isTexts(values) || values.length === 0)
      throw wrong(`${path}.values`, values, { problem: 'a list of texts is needed', hint: SHAPES });
    this.#count(path, values.length);
    const written: WrittenComparison = {
      field,
      operator: known,
      values,
      placeOf: (part) => {
        if (typeof part === 'number') return placeAt(`${path}.values[${part}]`, values[part]);
        return placeAt(`${path}.${part}`, part === 'field' ? field : known);
      },
    };
    return readComparison(written, this.#reading);
  }
}

function membersOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value))
    : undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function wrong(path: string, value: unknown, fault: FilterFault) {
  return filterError(placeAt(path, value), fault);
}

function placeAt(path: string, value: unknown): FilterPlace {
  return { path, text: typeof value === 'string' ? value : clip(typeof value) };
}
