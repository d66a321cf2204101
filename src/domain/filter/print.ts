import type { Comparison, Filter } from '#domain/filter/filter.js';
import { printPattern } from '#domain/filter/pattern.js';
import { KEYWORDS } from '#domain/filter/tokens.js';
import { printValue } from '#domain/filter/value.js';

/** The text form with as few parentheses and quotes as it needs; `parseFilter` reads it as the same filter. */
export function printFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'any':
      return filter.parts.map(printFilter).join(' or ');
    case 'all':
      return filter.parts
        .map((part) => (part.kind === 'any' ? inParentheses(part) : printFilter(part)))
        .join(' and ');
    case 'not':
      return `not ${filter.part.kind === 'all' || filter.part.kind === 'any' ? inParentheses(filter.part) : printFilter(filter.part)}`;
    case 'term':
      return termText(printPattern(filter.pattern));
    default:
      return comparisonText(filter);
  }
}

const inParentheses = (filter: Filter) => `(${printFilter(filter)})`;

function comparisonText({ operator, values, ...comparison }: Comparison): string {
  const field = fieldText(comparison);
  return `${field}${operator}${values.map((value) => quotedUnless(/^[\w.:*/+-]+$/, printValue(value))).join(',')}`;
}

/** The field as it is written: `port`, `field.rack`. */
export function fieldText({ field, own }: Pick<Comparison, 'field' | 'own'>): string {
  return own === undefined ? field : `${field}.${own}`;
}

function termText(text: string): string {
  const isKeyword = KEYWORDS.some((keyword) => keyword === text.toLowerCase());
  return isKeyword ? `"${text}"` : quotedUnless(/^[\w.*-]+$/, text);
}

/** A quote within has its backslash already. */
function quotedUnless(plain: RegExp, text: string): string {
  return plain.test(text) ? text : `"${text}"`;
}
