import { type FilterReading, readComparison, type WrittenComparison } from '#domain/filter/comparison.js';
import { filterError } from '#domain/filter/error.js';
import {
  allOf,
  anyOf,
  type Filter,
  MAX_FILTER_CHARACTERS,
  MAX_FILTER_DEPTH,
  MAX_FILTER_TERMS,
  negate,
} from '#domain/filter/filter.js';
import { parsePattern } from '#domain/filter/pattern.js';
import { type Piece, type Token, tokensOf } from '#domain/filter/tokens.js';
import { unusable } from '#domain/filter/value.js';
import { quote } from '#domain/text/quote.js';

const EXAMPLE = 'Write for example status:up and port:443 and not name:printer*.';

/**
 * Reads the text form: comparisons (`field:value`) and words, `and` (or nothing) between what must hold together, `or`,
 * `not` and parentheses; `and` binds closer than `or`. Throws the error of `filterError`, whose column is inside the text.
 */
export function parseFilter(text: string, reading: FilterReading = {}): Filter {
  if (text.length > MAX_FILTER_CHARACTERS) {
    const place = { column: MAX_FILTER_CHARACTERS + 1, text: text.slice(MAX_FILTER_CHARACTERS) };
    throw filterError(place, { problem: `it is longer than ${MAX_FILTER_CHARACTERS} characters` });
  }
  const tokens = tokensOf(text);
  if (tokens.length === 0) throw filterError({ column: 1, text }, { problem: 'it is empty', hint: EXAMPLE });
  return new Parser(tokens, reading).complete();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #reading: FilterReading;
  #at = 0;
  #terms = 0;

  constructor(tokens: readonly Token[], reading: FilterReading) {
    this.#tokens = tokens;
    this.#reading = reading;
  }

  complete(): Filter {
    const filter = this.#any(0);
    const left = this.#next;
    if (left === undefined) return filter;
    throw filterError(left, {
      problem: 'this closes nothing',
      hint: 'Put a ( before what belongs together.',
    });
  }

  get #next(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #takes(kind: Token['kind']): boolean {
    if (this.#next?.kind !== kind) return false;
    this.#at += 1;
    return true;
  }

  #any(depth: number): Filter {
    const parts = [this.#all(depth)];
    while (this.#takes('or')) parts.push(this.#all(depth));
    return anyOf(parts);
  }

  #all(depth: number): Filter {
    const parts = [this.#one(depth)];
    while (this.#takes('and') || this.#beginsTerm()) parts.push(this.#one(depth));
    return allOf(parts);
  }

  #beginsTerm(): boolean {
    return this.#next !== undefined && !['close', 'or', 'and'].includes(this.#next.kind);
  }

  #one(depth: number): Filter {
    const token = this.#next;
    if (token === undefined || !this.#beginsTerm()) throw this.#missing();
    if (depth > MAX_FILTER_DEPTH)
      throw filterError(token, { problem: `it is nested deeper than ${MAX_FILTER_DEPTH} levels here` });
    this.#at += 1;
    switch (token.kind) {
      case 'not':
        return negate(this.#one(depth + 1));
      case 'open':
        return this.#group(token, depth);
      case 'term':
        return this.#term(token);
      default:
        return this.#comparison(token);
    }
  }

  /** Nothing stands where something must: said of what it should follow, or of what is there instead. */
  #missing() {
    const [before, next] = [this.#tokens[this.#at - 1], this.#next];
    if (next !== undefined && before === undefined)
      return filterError(next, { problem: `${quote(next.text)} has nothing before it`, hint: EXAMPLE });
    const place = before ?? { column: 1, text: '' };
    return filterError(place, { problem: `nothing follows ${quote(place.text)}`, hint: EXAMPLE });
  }

  #group(open: Piece, depth: number): Filter {
    const filter = this.#any(depth + 1);
    if (this.#takes('close')) return filter;
    throw filterError(open, {
      problem: 'the parenthesis that opens here is not closed',
      hint: 'Put a ) behind it.',
    });
  }

  #count(token: Piece, terms: number): void {
    this.#terms += terms;
    if (this.#terms > MAX_FILTER_TERMS)
      throw filterError(token, { problem: `it has more than ${MAX_FILTER_TERMS} words and values` });
  }

  #term(token: Token & { readonly kind: 'term' }): Filter {
    this.#count(token, 1);
    const problem = unusable(token.value);
    if (problem !== undefined) throw filterError(token, { problem: `${quote(token.value)} ${problem}` });
    return { kind: 'term', pattern: parsePattern(token.value) };
  }

  #comparison(token: Token): Filter {
    if (token.kind !== 'comparison') throw new RangeError(`no comparison begins with ${token.kind}`);
    this.#count(token, token.values.length);
    const written: WrittenComparison = {
      field: token.field,
      operator: token.operator,
      values: token.values.map(({ value }) => value),
      placeOf(part) {
        if (part === 'field') return { column: token.column, text: token.field };
        if (part === 'operator') return { column: token.operatorColumn, text: token.operator };
        return token.values[part] ?? token;
      },
    };
    return readComparison(written, this.#reading);
  }
}
